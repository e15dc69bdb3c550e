// Package clock is where time comes from. Services are given a Clock; domain functions are given instants.
package clock

import (
	"context"
	"sync"
	"time"
)

// Clock tells the time and waits for it. It is safe for concurrent use.
type Clock interface {
	// Now returns the present time in UTC.
	Now() time.Time
	// WaitUntil returns nil once Now is not before t, or ctx's error if that ends first.
	WaitUntil(ctx context.Context, t time.Time) error
}

// System is the machine's clock.
type System struct{}

// Now returns the machine's time in UTC.
func (System) Now() time.Time { return time.Now().UTC() }

// WaitUntil waits on the machine's clock.
func (System) WaitUntil(ctx context.Context, t time.Time) error {
	timer := time.NewTimer(time.Until(t))
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}

// Manual is a clock that moves only when told to: for tests, rehearsals and replays.
type Manual struct {
	mu      sync.Mutex
	now     time.Time
	changed chan struct{} // closed and replaced at every move
}

// NewManual returns a clock that stands at t.
func NewManual(t time.Time) *Manual {
	return &Manual{now: t.UTC(), changed: make(chan struct{})}
}

// Now returns the time that the clock stands at.
func (m *Manual) Now() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

// Set moves the clock to t and wakes everybody who waits for it. A clock does not go back: an earlier t is ignored.
func (m *Manual) Set(t time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !t.After(m.now) {
		return
	}
	m.now = t.UTC()
	close(m.changed)
	m.changed = make(chan struct{})
}

// Advance moves the clock on by d.
func (m *Manual) Advance(d time.Duration) { m.Set(m.Now().Add(d)) }

// WaitUntil waits until the clock has been moved to t or past it.
func (m *Manual) WaitUntil(ctx context.Context, t time.Time) error {
	for {
		m.mu.Lock()
		now, changed := m.now, m.changed
		m.mu.Unlock()
		if !now.Before(t) {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}
