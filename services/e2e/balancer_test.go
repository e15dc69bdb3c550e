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
	lis   net.Listener
	ready chan struct{} // closed when somebody serves
	done  chan struct{} // closed with the test

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
	b := &balancer{lis: lis, ready: make(chan struct{}), done: make(chan struct{}), conns: map[net.Conn]bool{}}
	go b.accept()
	t.Cleanup(func() {
		lis.Close()
		close(b.done)
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
	if b.backends = append(b.backends, backend); len(b.backends) == 1 {
		select {
		case <-b.ready:
		default:
			close(b.ready)
		}
	}
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

// forward copies both ways until either side ends. While nobody serves yet it waits: a client that were turned away would come back later
// and later.
func (b *balancer) forward(client net.Conn) {
	defer b.track(client)()
	select {
	case <-b.ready:
	case <-b.done:
		return
	}
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
		return "" // nobody serves any more: the client tries again
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
