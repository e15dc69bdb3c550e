package demo

import (
	"context"
	"errors"
	"testing"
	"time"

	"redress.dev/pkg/clock"
)

func TestReplayClockMovesOnlyWhenToldTo(t *testing.T) {
	t.Parallel()
	c := newReplayClock(date("2011-12-29"))
	if got := c.Now(); !got.Equal(date("2011-12-29")) {
		t.Errorf("it begins at %s", got)
	}
	c.Set(date("2012-01-01"))
	if err := c.WaitUntil(t.Context(), date("2012-01-01")); err != nil {
		t.Errorf("waiting for what has come: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.WaitUntil(ctx, date("2012-01-02")); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting with an ended context: %v, want canceled", err)
	}
}

func TestReleasedReplayClockIsTheMachines(t *testing.T) {
	t.Parallel()
	c := newReplayClock(date("2011-12-29"))
	waited := make(chan error)
	soon := clock.System{}.Now().Add(20 * time.Millisecond)
	go func() { waited <- c.WaitUntil(t.Context(), soon) }()
	c.release()
	c.release() // again is harmless
	if err := <-waited; err != nil {
		t.Fatalf("wait across the release: %v", err)
	}
	if now := c.Now(); now.Before(soon) {
		t.Errorf("woken at %s, before %s", now, soon)
	}
}
