package rpc

import (
	"container/list"
	"context"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/peer"
)

// Connections of one process, and of one caller.
const (
	maxConns      = 1024
	maxConnsOfOne = 64
)

// Of all connections from one address on which no caller is known strangersRate bytes are read a second, and strangersBurst at once, in pieces of
// strangersRead: who says who it is does so in one or two. gRPC goes on reading for a second after it has told somebody to go, so that pings
// without end on one connection after the other would keep a processor busy.
const (
	strangersRate  = 64 << 10
	strangersBurst = 256 << 10
	strangersRead  = 1 << 10
)

// hall is a listener that holds a bounded number of connections, and tells those on which a caller has shown a token from those on which
// nobody has. When it is full the oldest of the latter makes room: whoever opens connections and says nothing keeps no caller out, as
// it would if newcomers waited for an end (golang.org/x/net/netutil). A connection on which nothing was said yet costs no more than its place:
// gRPC, which keeps buffers of 64 KiB for each, gets it with the first byte.
type hall struct {
	net.Listener
	max, one int
	shed     func() // told of a connection that was closed for another's sake, or for lack of room

	accepting sync.Once
	spoken    chan *conn    // on which something was said
	failed    chan error    // what the listener answers instead of a connection
	closed    chan struct{} // no more come

	mu        sync.Mutex
	held      int
	unknown   list.List               // of *conn, the oldest first
	by        map[string]int          // connections by caller
	strangers visitors[*rate.Limiter] // the bytes that are read without a caller, by address
}

func newHall(lis net.Listener, shed func()) *hall {
	return &hall{
		Listener: lis, max: maxConns, one: maxConnsOfOne, shed: shed,
		spoken: make(chan *conn), failed: make(chan error), closed: make(chan struct{}),
		by: map[string]int{}, strangers: newVisitors(rested),
	}
}

// conn is one connection. It is its own remote address, too: that is how a call knows on which connection it came.
type conn struct {
	net.Conn
	hall  *hall
	first []byte          // what was said and not read yet
	known atomic.Bool     // that caller is set, for who reads
	reads *rate.Limiter   // bytes, while no caller is known
	open  context.Context //nolint:containedctx // ends with the connection
	end   context.CancelFunc

	place  *list.Element // in hall.unknown; nil once a caller is known, or closed
	caller string
	closed bool
}

// stranger returns what limits the bytes that are read from an address without a caller.
func (h *hall) stranger(addr string) *rate.Limiter {
	from, _, err := net.SplitHostPort(addr)
	if err != nil {
		from = addr
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.strangers.get(from, func() *rate.Limiter { return rate.NewLimiter(strangersRate, strangersBurst) })
}

type connAddr struct {
	net.Addr
	conn *conn
}

// RemoteAddr returns the caller's address, by which a call finds its connection.
func (c *conn) RemoteAddr() net.Addr { return connAddr{c.Conn.RemoteAddr(), c} }

// Read reads what was said, slowly while no caller is known. It fails where that would take longer than an introduction may, so that what is held
// for an address is bounded.
func (c *conn) Read(p []byte) (int, error) {
	if len(c.first) > 0 {
		n := copy(p, c.first)
		c.first = c.first[n:]
		return n, nil
	}
	if c.known.Load() {
		return c.Conn.Read(p)
	}
	n, err := c.Conn.Read(p[:min(len(p), strangersRead)])
	if err != nil {
		return n, err
	}
	patience, cancel := context.WithTimeout(c.open, connectTimeout)
	defer cancel()
	if err := c.reads.WaitN(patience, n); err != nil {
		return 0, err
	}
	return n, nil
}

// Accept returns the next connection for which there is room and on which something was said.
func (h *hall) Accept() (net.Conn, error) {
	h.accepting.Do(func() { go h.accept() })
	select {
	case c := <-h.spoken:
		return c, nil
	case err := <-h.failed:
		return nil, err
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// accept takes connections in until the listener is closed.
func (h *hall) accept() {
	defer close(h.closed)
	for {
		raw, err := h.Listener.Accept()
		switch {
		case errors.Is(err, net.ErrClosed):
			return
		case err != nil:
			h.failed <- err // gRPC knows which of them pass, and waits
			continue
		}
		if c := h.takeIn(raw); c != nil {
			go h.listen(c)
		}
	}
}

// takeIn returns a connection that has a place, or nil where there was none.
func (h *hall) takeIn(raw net.Conn) *conn {
	c := &conn{Conn: raw, hall: h, reads: h.stranger(raw.RemoteAddr().String())}
	c.open, c.end = context.WithCancel(context.Background())
	oldest, admitted := h.admit(c)
	if oldest != nil {
		_ = oldest.hangUp() // gRPC notices, and closes it properly
		h.shed()
	}
	if !admitted {
		_ = c.hangUp()
		h.shed()
		return nil
	}
	return c
}

// listen waits until something is said on c and hands it on.
func (h *hall) listen(c *conn) {
	first := make([]byte, 1)
	err := c.SetReadDeadline(realTime.Now().Add(connectTimeout))
	if err == nil {
		_, err = c.Conn.Read(first)
	}
	if err == nil {
		err = c.SetReadDeadline(time.Time{})
	}
	if err != nil {
		_ = c.Close()
		return
	}
	c.first = first
	select {
	case h.spoken <- c:
	case <-h.closed:
		_ = c.Close()
	}
}

// admit gives c a place; oldest, if not nil, lost its own to it.
func (h *hall) admit(c *conn) (oldest *conn, admitted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held >= h.max {
		first := h.unknown.Front()
		if first == nil {
			return nil, false
		}
		oldest = first.Value.(*conn)
		h.forget(oldest)
	}
	h.held++
	c.place = h.unknown.PushBack(c)
	return oldest, true
}

// forget takes c's place away. h.mu is held.
func (h *hall) forget(c *conn) {
	if c.closed {
		return
	}
	c.closed = true
	h.held--
	if c.place != nil {
		h.unknown.Remove(c.place)
		c.place = nil
	}
	if c.caller == "" {
		return
	}
	if h.by[c.caller]--; h.by[c.caller] == 0 {
		delete(h.by, c.caller)
	}
}

// Close closes the connection.
func (c *conn) Close() error {
	c.hall.mu.Lock()
	c.hall.forget(c)
	c.hall.mu.Unlock()
	return c.hangUp()
}

// hangUp ends the connection, which keeps its place until it is closed.
func (c *conn) hangUp() error {
	c.end()
	return c.Conn.Close()
}

// known notes that a caller has shown its token on the connection of ctx. The first one counts: a proxy may carry many. It fails when
// that caller has too many connections.
func known(ctx context.Context, caller string) error {
	p, _ := peer.FromContext(ctx)
	if p == nil {
		return nil
	}
	at, ok := p.Addr.(connAddr)
	if !ok {
		return nil
	}
	h := at.conn.hall
	h.mu.Lock()
	defer h.mu.Unlock()
	if at.conn.caller != "" || at.conn.closed {
		return nil
	}
	if h.by[caller] >= h.one {
		return callerBusy("connections", h.one)
	}
	at.conn.caller = caller
	at.conn.known.Store(true)
	h.by[caller]++
	h.unknown.Remove(at.conn.place)
	at.conn.place = nil
	return nil
}
