package clock_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"redress.dev/pkg/clock"
)

func TestManualWakesThoseWhoseTimeHasCome(t *testing.T) {
	start := time.Date(2026, 3, 6, 10, 0, 0, 0, time.UTC)
	m := clock.NewManual(start)
	woken := make(chan error, 1)
	go func() { woken <- m.WaitUntil(t.Context(), start.Add(2*time.Hour)) }()
	m.Advance(time.Hour)
	select {
	case <-woken:
		t.Fatal("woken an hour early")
	default:
	}
	m.Advance(time.Hour)
	if err := <-woken; err != nil {
		t.Fatal(err)
	}
	m.Set(start)
	if got := m.Now(); !got.Equal(start.Add(2 * time.Hour)) {
		t.Errorf("the clock went back to %v", got)
	}
}

func TestWaitEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	far := time.Date(2999, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, c := range []clock.Clock{clock.NewManual(far.Add(-time.Hour)), clock.System{}} {
		if err := c.WaitUntil(ctx, far); err == nil {
			t.Errorf("%T waited on after its context ended", c)
		}
	}
}

func TestSystemWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c clock.System
		due := c.Now().Add(72 * time.Hour)
		if err := c.WaitUntil(t.Context(), due); err != nil || c.Now().Before(due) {
			t.Errorf("woken at %v for %v: %v", c.Now(), due, err)
		}
	})
}
