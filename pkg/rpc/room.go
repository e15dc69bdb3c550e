package rpc

import (
	"context"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/fault"
)

// realTime is the machine's: how long connections are silent and how fast calls come has nothing to do with business.
var realTime clock.System

// How much runs at once, in all and for one caller. Feeds are streams on which callers send: each holds what it has sent and nobody has
// taken yet. Views are streams on which they only receive. Probes are calls without a caller, counted by the address that they come from.
const (
	maxCalls, maxCallsOfOne   = 256, 64
	maxFeeds, maxFeedsOfOne   = 256, 8
	maxViews, maxViewsOfOne   = 256, 64
	maxProbes, maxProbesOfOne = 256, 32
)

// Of the calls that a system may begin in a second a person may begin a tenth, and each of them a fortieth as many streams of either kind:
// opening one costs more than a call, and a stream lasts.
const (
	peoplesShare = 1.0 / 10
	streamsShare = 1.0 / 40
)

// A caller's items that are refused may take wasteRate microseconds of a processor a second, and wasteBurst at once.
const (
	wasteRate  = 100_000
	wasteBurst = 10_000
)

// busyDelay is what somebody who is refused is asked to wait at least: calls take milliseconds, and a flood should not come back as one.
const busyDelay = 200 * time.Millisecond

// room is where calls of one kind run: so many in all, so many of one caller, and of that one so many begun in a second; after a pause as many at
// once as in a second, or as there are places. Who finds no place is refused at once, before anything is read of the call: waiting would cost
// the memory that the limit is there to save.
type room struct {
	what            string // for people: "calls"
	all, one        int
	systems, people rate.Limit

	mu     sync.Mutex
	taken  int
	guests visitors[*guest]
}

// guest is one caller in a room, until it has left and could begin as much as a newcomer.
type guest struct {
	taken  int           // places
	begins *rate.Limiter // calls
	waste  *rate.Limiter // microseconds of refused items
}

func newRoom(what string, all, one int, systems, people rate.Limit) *room {
	return &room{what: what, all: all, one: one, systems: systems, people: people, guests: newVisitors((*guest).gone)}
}

// enter takes a place for a call of caller, to be given back by leave.
func (r *room) enter(caller string, person bool) (g *guest, leave func(), err error) {
	limit := r.systems
	if person {
		limit = r.people
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	g = r.guest(caller, limit)
	switch {
	case g.taken >= r.one:
		return nil, nil, callerBusy(r.what, r.one)
	case r.taken >= r.all:
		return nil, nil, fault.New(fault.Exhausted, "SERVER_BUSY", "this replica runs %d %s, as many as it may; try again later", r.all, r.what).
			With("limit", strconv.Itoa(r.all)).After(busyDelay)
	case !g.begins.Allow():
		return nil, nil, fault.New(fault.Exhausted, "CALLER_BUSY", "you begin more than %v %s a second here, as many as you may; wait before you try again", limit, r.what).
			With("limit", strconv.Itoa(int(limit))).After(busyDelay)
	}
	r.taken++
	g.taken++
	return g, func() { r.leave(g) }, nil
}

// guest returns the caller's entry, made if missing. r.mu is held.
func (r *room) guest(caller string, limit rate.Limit) *guest {
	return r.guests.get(caller, func() *guest {
		return &guest{begins: rate.NewLimiter(limit, max(r.one, int(min(limit, 1<<20)))), waste: rate.NewLimiter(wasteRate, wasteBurst)}
	})
}

// gone tells whether the caller has left and could begin as much as a newcomer.
func (g *guest) gone() bool {
	return g.taken == 0 && rested(g.begins)
}

// rested tells whether nothing was taken of l for so long that it is as if it were new.
func rested(l *rate.Limiter) bool { return l.Tokens() >= float64(l.Burst()) }

func (r *room) leave(g *guest) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.taken--
	g.taken--
}

func callerBusy(what string, limit int) *fault.Error {
	return fault.New(fault.Exhausted, "CALLER_BUSY", "you have %d %s here, as many as one caller may; end one, or wait for one to end, and try again", limit, what).
		With("limit", strconv.Itoa(limit)).After(busyDelay)
}

// guestKey finds a call's guest in its context.
type guestKey struct{}

// Charge tells the door how long an item took that was refused, and waits where the caller has sent too many of that kind on all its streams
// together: a tenth of a processor may be spent on them. Whoever sends dear and broken items so delays nobody else. It fails when ctx ends.
func Charge(ctx context.Context, took time.Duration) error {
	g, ok := ctx.Value(guestKey{}).(*guest)
	if !ok {
		return nil
	}
	wait := g.waste.ReserveN(realTime.Now(), min(int(took.Microseconds()), wasteBurst)).Delay()
	if wait == 0 {
		return nil
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
