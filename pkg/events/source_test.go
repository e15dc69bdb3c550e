package events

import (
	"errors"
	"testing"
)

// What failed was an event that another process has applied since: its failure says nothing about the one that is next now.
func TestFailuresOfAnEventEndWithIt(t *testing.T) {
	t.Parallel()
	s := newSource("intake", 10)
	for !s.failed(1, errors.New("cannot be applied")) || s.poison == nil {
		continue
	}
	s.setCursor(cursor{incarnation: 1, seq: 0}) // nothing was applied: the failures are still the next event's
	if s.poison == nil {
		t.Error("an event that failed for the last time is not to be parked any more")
	}
	s.setCursor(cursor{incarnation: 1, seq: 1})
	if s.poison != nil || s.attempts != 0 {
		t.Errorf("the next event is to be parked for %v after %d attempts", s.poison, s.attempts)
	}
}
