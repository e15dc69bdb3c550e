package rpc

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/peer"

	"redress.dev/pkg/fault"
)

// connect opens a connection to h, says something on it, and returns both its ends, and ctx of a call on it.
func connect(t *testing.T, h *hall) (client, server net.Conn, ctx context.Context) {
	t.Helper()
	client, err := net.Dial("tcp", h.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if _, err := client.Write([]byte("P")); err != nil {
		t.Fatal(err)
	}
	if server, err = h.Accept(); err != nil {
		t.Fatal(err)
	}
	return client, server, peer.NewContext(t.Context(), &peer.Peer{Addr: server.RemoteAddr()})
}

// places is how many connections h holds, known of how many callers, and of how many of one: it takes in others at any time.
func (h *hall) places() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.held
}

func (h *hall) known() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := 0
	for _, c := range h.callers.by {
		n += min(c.conns, 1)
	}
	return n
}

func (h *hall) of(name string) int {
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.callers.by[name]; c != nil {
		return c.conns
	}
	return 0
}

func smallHall(t *testing.T, limit, one int) (h *hall, shed *atomic.Int64) {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lis.Close() })
	shed = new(atomic.Int64)
	h = newHall(lis, func() { shed.Add(1) })
	h.max, h.one = limit, one
	return h, shed
}

func TestWhoSaysNothingMakesRoom(t *testing.T) {
	t.Parallel()
	h, shed := smallHall(t, 3, 3)
	_, _, gateway := connect(t, h)
	if err := known(gateway, "gateway-1"); err != nil {
		t.Fatal(err)
	}
	silent, _, _ := connect(t, h)
	connect(t, h)
	if shed.Load() != 0 || h.places() != 3 {
		t.Fatalf("at the limit %d connections were closed, and %d are held", shed.Load(), h.places())
	}
	connect(t, h)
	if shed.Load() != 1 || h.places() != 3 {
		t.Errorf("one beyond the limit %d connections were closed, and %d are held", shed.Load(), h.places())
	}
	if _, err := silent.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the oldest connection without a caller is still open: %v", err)
	}
}

func TestAFullHouseOfCallersTurnsNewcomersAway(t *testing.T) {
	t.Parallel()
	h, shed := smallHall(t, 1, 1)
	_, server, ctx := connect(t, h)
	if err := known(ctx, "gateway-1"); err != nil {
		t.Fatal(err)
	}
	late, err := net.Dial("tcp", h.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close()
	accepted := make(chan struct{})
	go func() {
		defer close(accepted)
		if _, err := h.Accept(); err != nil {
			t.Error(err)
		}
	}()
	if _, err := late.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the newcomer was not turned away: %v", err)
	}
	server.Close()
	server.Close() // gRPC may close twice
	again, err := net.Dial("tcp", h.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if _, err := again.Write([]byte("P")); err != nil {
		t.Fatal(err)
	}
	<-accepted
	if shed.Load() != 1 || h.places() != 1 || h.known() != 0 {
		t.Errorf("%d connections were turned away, %d are held, %d callers", shed.Load(), h.places(), h.known())
	}
}

func TestACallersConnectionsAreCounted(t *testing.T) {
	t.Parallel()
	h, _ := smallHall(t, 9, 2)
	_, _, first := connect(t, h)
	for i := range 3 {
		ctx := first
		if i > 0 {
			_, _, ctx = connect(t, h)
		}
		err := known(ctx, "gateway-1")
		if want := map[int]string{2: "CALLER_BUSY"}[i]; fault.ReasonOf(err) != want {
			t.Errorf("connection %d: %v, want %q", i+1, err, want)
		}
	}
	if err := known(first, "gateway-2"); err != nil || h.of("gateway-2") != 0 {
		t.Errorf("a second caller on a connection counts: %v, %d", err, h.of("gateway-2"))
	}
	_, _, other := connect(t, h)
	if err := known(other, "gateway-2"); err != nil {
		t.Errorf("another caller: %v", err)
	}
}

func TestWhoSaysNoNameIsReadSlowly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHall(nil, func() {})
		open := func() (client net.Conn, server *conn) {
			client, raw := net.Pipe()
			t.Cleanup(func() { client.Close() })
			return client, h.takeIn(raw)
		}
		// read takes n bytes that come at once, and returns how long it took.
		read := func(client net.Conn, c *conn, n int) time.Duration {
			began := time.Now()
			go func() { _, _ = client.Write(make([]byte, n)) }()
			if _, err := io.ReadFull(c, make([]byte, n)); err != nil {
				t.Fatal(err)
			}
			return time.Since(began)
		}
		client, c := open()
		if took := read(client, c, strangersBurst); took > 0 {
			t.Errorf("an introduction took %v", took)
		}
		if took := read(client, c, strangersRate); took < 990*time.Millisecond || took > time.Second {
			t.Errorf("what may be read in a second took %v", took)
		}
		another, also := open()
		if took := read(another, also, strangersRate); took < 990*time.Millisecond || took > time.Second {
			t.Errorf("what may be read in a second took %v on another connection from there", took)
		}
		if err := known(peer.NewContext(t.Context(), &peer.Peer{Addr: c.RemoteAddr()}), "gateway-1"); err != nil {
			t.Fatal(err)
		}
		if took := read(client, c, 1<<20); took > 0 {
			t.Errorf("what a known caller said took %v to read", took)
		}
	})
}

// Whoever is read slowly holds nothing any more once the connection is closed, by itself or for another's sake, and waits no longer than an
// introduction may take.
func TestSlowReadingEndsWithTheConnection(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		owed int // bytes that were read before and are not paid for
		end  func(h *hall, c *conn)
	}{
		"closed":   {0, func(_ *hall, c *conn) { c.Close() }},
		"shed":     {0, func(h *hall, _ *conn) { h.takeIn(silent{}) }},
		"too long": {strangersRate * int(connectTimeout/time.Second), func(*hall, *conn) {}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHall(nil, func() {})
				h.max = 1
				client, raw := net.Pipe()
				defer client.Close()
				c := h.takeIn(raw)
				for owed := strangersBurst + tt.owed; owed > 0; owed -= strangersRead {
					c.reads.ReserveN(time.Now(), strangersRead)
				}
				began := time.Now()
				read := make(chan error, 1)
				go func() {
					_, err := c.Read(make([]byte, strangersRead))
					read <- err
				}()
				if _, err := client.Write(make([]byte, strangersRead)); err != nil {
					t.Fatal(err)
				}
				tt.end(h, c)
				if err := <-read; err == nil {
					t.Error("it was read all the same")
				}
				if took := time.Since(began); took > 0 {
					t.Errorf("it ended after %v", took)
				}
			})
		})
	}
}

// A caller that is refused too often loses the connection on which it is, which is not read before it ends, and gets no other meanwhile. Who is
// refused once in a while, and everybody else, keep theirs.
func TestWhoIsRefusedTooOftenLosesTheConnection(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var shed atomic.Int64
		h := newHall(nil, func() { shed.Add(1) })
		connect := func() (net.Conn, *conn, context.Context) {
			client, raw := net.Pipe()
			t.Cleanup(func() { client.Close() })
			c := h.takeIn(raw)
			return client, c, peer.NewContext(t.Context(), &peer.Peer{Addr: c.RemoteAddr()})
		}
		// refuse refuses n calls at once and returns how many were answered within a second.
		refuse := func(ctx context.Context, n int) int {
			var answered atomic.Int64
			for range n {
				go func() {
					holdBack(ctx)
					answered.Add(1)
				}()
			}
			time.Sleep(time.Second)
			return int(answered.Load())
		}
		client, c, flood := connect()
		_, _, elsewhere := connect()
		_, _, good := connect()
		for ctx, name := range map[context.Context]string{flood: "flood", elsewhere: "flood", good: "good"} {
			if err := known(ctx, name); err != nil {
				t.Fatal(err)
			}
		}
		if n := refuse(flood, refusalsRate); n != refusalsRate {
			t.Errorf("%d of %d are answered", n, refusalsRate)
		}
		began := time.Now()
		go holdBack(good)
		if n := refuse(flood, 2*refusalsRate); n > refusalsRate {
			t.Errorf("%d are answered, want %d at most", n, refusalsRate)
		}
		_, late, again := connect()
		if err := known(again, "flood"); fault.ReasonOf(err) != "CALLER_BUSY" || !strings.Contains(err.Error(), "refused") || !late.dead.Load() {
			t.Errorf("it gets another connection: %v", err)
		}
		told := time.Now()
		if holdBack(again); time.Since(told) != refusalTime || late.open.Err() != nil {
			t.Errorf("it is told after %v, on a connection that is %v", time.Since(told), late.open.Err())
		}
		go func() { _, _ = client.Write([]byte("more")) }()
		if _, err := c.Read(make([]byte, 4)); !errors.Is(err, net.ErrClosed) || time.Since(began) != deadTime {
			t.Errorf("what it said then was read: %v, after %v", err, time.Since(began))
		}
		time.Sleep(2 * time.Second)
		if elsewhere, _ := connOf(elsewhere); elsewhere.open.Err() != nil || shed.Load() != 2 {
			t.Errorf("%d connections were closed, want the flood's and the one that came late", shed.Load())
		}
		if _, _, anew := connect(); known(anew, "flood") != nil {
			t.Error("it never gets a connection again")
		}
	})
}

// silent is a connection on which nothing is said.
type silent struct{ net.Conn }

func (silent) RemoteAddr() net.Addr { return &net.TCPAddr{} }
func (silent) Close() error         { return nil }

func TestAddressesAreForgotten(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHall(nil, func() {})
		busy := h.stranger("10.9.9.9:1")
		busy.AllowN(time.Now(), strangersBurst)
		for i := range 3 * manyVisitors {
			h.stranger(fmt.Sprintf("10.0.%d.%d:1", i/256, i%256))
		}
		if n := len(h.strangers.by); n > 2*manyVisitors {
			t.Errorf("%d addresses are remembered", n)
		}
		if h.stranger("10.9.9.9:2") != busy {
			t.Error("one that has read much was forgotten")
		}
	})
}
