package rpc

import (
	"strconv"
	"sync"
	"time"

	"redress.dev/pkg/fault"
)

// How much runs at once, in all and for one caller. Feeds are streams on which callers send: each holds what it has sent and nobody has
// taken yet. Views are streams on which they only receive. Probes are calls without a caller, counted by the address that they come from.
const (
	maxCalls, maxCallsOfOne   = 256, 64
	maxFeeds, maxFeedsOfOne   = 256, 8
	maxViews, maxViewsOfOne   = 256, 64
	maxProbes, maxProbesOfOne = 256, 32
)

// busyDelay is what somebody who is refused is asked to wait: calls take milliseconds, and a flood should not come back as one.
const busyDelay = 200 * time.Millisecond

// room is where calls of one kind run: so many in all, so many of one caller. Who finds no place is refused at once, before anything is
// read of the call: waiting would cost the memory that the limit is there to save.
type room struct {
	what     string // for people: "calls"
	all, one int

	mu    sync.Mutex
	taken int
	by    map[string]int
}

func newRoom(what string, all, one int) *room {
	return &room{what: what, all: all, one: one, by: map[string]int{}}
}

// enter takes a place for a call of caller, to be given back by leave.
func (r *room) enter(caller string) (leave func(), err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case r.by[caller] >= r.one:
		return nil, callerBusy(r.what, r.one)
	case r.taken >= r.all:
		return nil, fault.New(fault.Exhausted, "SERVER_BUSY", "this replica runs %d %s, as many as it may; try again later", r.all, r.what).
			With("limit", strconv.Itoa(r.all)).After(busyDelay)
	}
	r.taken++
	r.by[caller]++
	return func() { r.leave(caller) }, nil
}

func (r *room) leave(caller string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken--
	if r.by[caller]--; r.by[caller] == 0 {
		delete(r.by, caller)
	}
}

func callerBusy(what string, limit int) *fault.Error {
	return fault.New(fault.Exhausted, "CALLER_BUSY", "you have %d %s here, as many as one caller may; end one, or wait for one to end, and try again", limit, what).
		With("limit", strconv.Itoa(limit)).After(busyDelay)
}
