package engine

import (
	"context"
	"time"
)

// woke is why a wait ended.
type woke int

const (
	wokeTime   woke = iota // the time has come, there is news, or the engine stops
	wokeTick               // a poll is due
	wokeShards             // other shards are this replica's
)

// wait waits until the next timer is due, timers are to be loaded, or something else is to do.
func (e *Engine) wait(ctx context.Context, tick <-chan time.Time) woke {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	due := make(chan struct{})
	switch next, any := e.next(); {
	case !any:
	case !e.cfg.Clock.Now().Before(next):
		close(due)
	default:
		go func() {
			defer close(due)
			_ = e.cfg.Clock.WaitUntil(ctx, next) // fails only when ctx ends, which is looked at below
		}()
	}
	select { // what is not time's work has its turn under a steady load, too
	case <-tick:
		return wokeTick
	case <-e.cfg.Shards.Changed():
		return wokeShards
	default:
	}
	select {
	case <-ctx.Done():
	case <-due:
	case <-e.signal:
	case <-tick:
		return wokeTick
	case <-e.cfg.Shards.Changed():
		return wokeShards
	}
	return wokeTime
}

// next returns when there is something to fire or to load; false when no shard is held.
func (e *Engine) next() (time.Time, bool) {
	next := e.loadTime()
	if t, ok := e.timers.next(); ok && (t.Before(next) || e.full()) {
		next = t.Add(time.Microsecond) // see past
	}
	return next, len(e.held) > 0
}

// pause lets real time pass.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}
