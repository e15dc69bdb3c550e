package e2e

import (
	"io"
	"net"
	"slices"
	"sync"
	"testing"
)

// balancer is one address in front of replicas, as a Kubernetes Service is: each connection goes to one that lives.
type balancer struct {
	lis net.Listener

	mu       sync.Mutex
	backends []string
	next     int
	conns    map[net.Conn]bool
}

func newBalancer(t *testing.T) *balancer {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b := &balancer{lis: lis, conns: map[net.Conn]bool{}}
	go b.accept()
	t.Cleanup(func() {
		lis.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		for conn := range b.conns {
			conn.Close()
		}
	})
	return b
}

func (b *balancer) address() string { return b.lis.Addr().String() }

func (b *balancer) add(backend string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.backends = append(b.backends, backend)
}

func (b *balancer) remove(backend string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.backends = slices.DeleteFunc(b.backends, func(s string) bool { return s == backend })
}

func (b *balancer) accept() {
	for {
		conn, err := b.lis.Accept()
		if err != nil {
			return // closed with the test
		}
		go b.forward(conn)
	}
}

// forward copies both ways until either side ends.
func (b *balancer) forward(client net.Conn) {
	defer b.track(client)()
	backend, err := net.Dial("tcp", b.choose())
	if err != nil {
		return
	}
	defer b.track(backend)()
	go func() {
		_, _ = io.Copy(backend, client)
		backend.Close()
	}()
	_, _ = io.Copy(client, backend)
}

func (b *balancer) choose() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.backends) == 0 {
		return "" // nobody serves yet: the client tries again
	}
	b.next++
	return b.backends[b.next%len(b.backends)]
}

// track remembers a connection until the returned function closes it.
func (b *balancer) track(conn net.Conn) (done func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.conns[conn] = true
	return func() {
		conn.Close()
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.conns, conn)
	}
}
