package rpc

import (
	"container/list"
	"context"
	"errors"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/peer"

	"redress.dev/pkg/fault"
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

// A caller may have refusalsRate calls a second that are not let in, and as many at once: gRPC reads and answers each, and each that is broken off,
// whatever the door says of it, and ten thousand a second keep a processor busy. With more it loses the connection on which they come. That ends after
// deadTime, in which nothing is read, and deadSpace after the one before: who comes back at once, and with all it has, costs as much.
const (
	refusalsRate = 1000
	deadTime     = 5 * time.Second
	deadSpace    = 100 * time.Millisecond
)

// refusalTime is how long the answer to a call that is not let in is held back.
const refusalTime = 100 * time.Millisecond

// hall is a listener that holds a bounded number of connections, and tells those on which a caller has shown a token from those on which
// nobody has. When it is full the oldest of the latter makes room: whoever opens connections and says nothing keeps no caller out, as
// it would if newcomers waited for an end (golang.org/x/net/netutil). A connection on which nothing was said yet costs no more than its place:
// gRPC, which keeps buffers of 64 KiB for each, gets it with the first byte.
type hall struct {
	net.Listener
	max, one int
	shed     func() // told of a connection that was closed for another's sake, for lack of room, or as its caller was refused too often

	accepting sync.Once
	spoken    chan *conn    // on which something was said
	failed    chan error    // what the listener answers instead of a connection
	closed    chan struct{} // no more come

	mu        sync.Mutex
	held      int
	unknown   list.List               // of *conn, the oldest first
	callers   visitors[*caller]       // by name
	strangers visitors[*rate.Limiter] // the bytes that are read without a caller, by address
}

func newHall(lis net.Listener, shed func()) *hall {
	return &hall{
		Listener: lis, max: maxConns, one: maxConnsOfOne, shed: shed,
		spoken: make(chan *conn), failed: make(chan error), closed: make(chan struct{}),
		callers: newVisitors((*caller).gone), strangers: newVisitors(rested),
	}
}

// conn is one connection. It is its own remote address, too: that is how a call knows on which connection it came.
type conn struct {
	net.Conn
	hall  *hall
	first []byte          // what was said and not read yet
	reads *rate.Limiter   // bytes, while no caller is known
	open  context.Context //nolint:containedctx // ends with the connection
	end   context.CancelFunc
	dead  atomic.Bool // nothing is read any more, until it ends

	caller atomic.Pointer[caller] // set once, under hall.mu
	place  *list.Element          // in hall.unknown; nil once a caller is known, or closed
	closed bool
}

// caller is who has shown a token, over all its connections.
type caller struct {
	conns    int           // under hall.mu
	refusals *rate.Limiter // calls that were not let in
	free     atomic.Int64  // when, in nanoseconds of Unix, it gets connections again
	ends     *rate.Limiter // of dead connections
}

func newCaller() *caller {
	return &caller{refusals: rate.NewLimiter(refusalsRate, refusalsRate), ends: rate.NewLimiter(rate.Every(deadSpace), 1)}
}

// gone tells whether the caller has no connection and is as good as one that never came.
func (c *caller) gone() bool { return c.conns == 0 && rested(c.refusals) && !c.barred() }

// refuse notes that a call was not let in.
func (c *caller) refuse() {
	if now := realTime.Now(); !c.refusals.AllowN(now, 1) {
		c.free.Store(now.Add(deadTime).UnixNano())
	}
}

// barred tells whether too many calls were not let in.
func (c *caller) barred() bool { return realTime.Now().UnixNano() < c.free.Load() }

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
	caller := c.caller.Load()
	if caller == nil || caller.barred() {
		p = p[:min(len(p), strangersRead)]
	}
	n, err := c.Conn.Read(p)
	if c.dead.Load() {
		<-c.open.Done()
		return 0, net.ErrClosed
	}
	if err != nil || caller != nil {
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
	if caller := c.caller.Load(); caller != nil {
		caller.conns--
	}
}

// Close closes the connection.
func (c *conn) Close() error {
	c.hall.mu.Lock()
	c.hall.forget(c)
	c.hall.mu.Unlock()
	return c.hangUp()
}

// die has the connection end later, after others that its caller loses; until then it is dead.
func (c *conn) die(of *caller) {
	if !c.dead.Swap(true) {
		time.AfterFunc(deadTime+of.ends.Reserve().Delay(), func() {
			if c.open.Err() == nil {
				_ = c.hangUp() // gRPC notices, and closes it properly
				c.hall.shed()
			}
		})
	}
}

// hangUp ends the connection, which keeps its place until it is closed.
func (c *conn) hangUp() error {
	c.end()
	return c.Conn.Close()
}

// known notes that a caller has shown its token on the connection of ctx. The first one counts: a proxy may carry many. It fails when
// that caller has too many connections, or has had too many calls refused.
func known(ctx context.Context, name string) error {
	c, ok := connOf(ctx)
	if !ok {
		return nil
	}
	h := c.hall
	h.mu.Lock()
	defer h.mu.Unlock()
	if c.caller.Load() != nil || c.closed {
		return nil
	}
	caller := h.callers.get(name, newCaller)
	if caller.barred() {
		c.die(caller)
		return fault.New(fault.Exhausted, "CALLER_BUSY", "more than %d of your calls a second were refused here; wait before you connect again", refusalsRate).
			With("limit", strconv.Itoa(refusalsRate)).After(deadTime)
	}
	if caller.conns >= h.one {
		caller.refuse() // holdBack does not know whose it would be
		return callerBusy("connections", h.one)
	}
	caller.conns++
	c.caller.Store(caller)
	h.unknown.Remove(c.place)
	c.place = nil
	return nil
}

// holdBack waits until a call that is not let in may be answered, which its caller is charged for, or until its connection ends. Who loses that has
// been told a thousand times, and is told no more; one that gets no connection is told why.
func holdBack(ctx context.Context) {
	c, ok := connOf(ctx)
	if !ok {
		return
	}
	if caller := c.caller.Load(); caller != nil {
		if caller.refuse(); caller.barred() {
			c.die(caller)
		}
		if c.dead.Load() {
			<-c.open.Done()
			return
		}
	}
	t := time.NewTimer(refusalTime)
	defer t.Stop()
	select {
	case <-t.C:
	case <-c.open.Done():
	}
}

// connOf returns the connection on which a call came, if a hall took that in.
func connOf(ctx context.Context) (*conn, bool) {
	p, ok := peer.FromContext(ctx)
	if !ok {
		return nil, false
	}
	at, ok := p.Addr.(connAddr)
	return at.conn, ok
}
