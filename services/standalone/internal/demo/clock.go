package demo

import (
	"context"
	"sync"
	"time"

	"redress.dev/pkg/clock"
)

// replayClock is a clock that moves only when told to, until it is released: from then on it is the machine's.
type replayClock struct {
	*clock.Manual
	released chan struct{}
	once     sync.Once
}

func newReplayClock(t time.Time) *replayClock {
	return &replayClock{Manual: clock.NewManual(t), released: make(chan struct{})}
}

// release makes the clock follow the machine's, and wakes everybody who waits for what is past by now.
func (c *replayClock) release() { c.once.Do(func() { close(c.released) }) }

// Now returns the time that the clock stands at, or the machine's.
func (c *replayClock) Now() time.Time {
	select {
	case <-c.released:
		return clock.System{}.Now()
	default:
		return c.Manual.Now()
	}
}

// WaitUntil waits until the clock has come to t, in the replay or after it.
func (c *replayClock) WaitUntil(ctx context.Context, t time.Time) error {
	replay, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		select {
		case <-c.released:
			stop()
		case <-replay.Done():
		}
	}()
	if err := c.Manual.WaitUntil(replay, t); err == nil || ctx.Err() != nil {
		return err
	}
	return clock.System{}.WaitUntil(ctx, t)
}
