package events

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestASecondTransactionIsForABacklog(t *testing.T) {
	t.Parallel()
	s := &slots{first: make(chan struct{}, 1), more: make(chan struct{}, 1)}
	gone, leave := context.WithCancel(t.Context())
	leave()
	free, err := s.take(t.Context(), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.take(gone, false); !errors.Is(err, context.Canceled) {
		t.Errorf("without a backlog a second transaction begins: %v", err)
	}
	freeMore, err := s.take(t.Context(), true)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.take(gone, true); !errors.Is(err, context.Canceled) {
		t.Errorf("a third transaction begins: %v", err)
	}
	free(true)
	freeMore(true)
	if len(s.first)+len(s.more) != 0 {
		t.Error("a place was not given back")
	}
	if _, err := (*slots)(nil).take(gone, false); err != nil {
		t.Errorf("without slots: %v", err)
	}
}

func TestTransactionsKeepADistance(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &slots{first: make(chan struct{}, 1)}
		begin := realTime.Now()
		var begins []time.Duration
		for _, backlog := range []bool{false, true, false, false} {
			free, err := s.take(t.Context(), backlog)
			if err != nil {
				t.Fatal(err)
			}
			begins = append(begins, realTime.Now().Sub(begin))
			free(backlog)
		}
		time.Sleep(time.Minute)
		if diff := cmp.Diff([]time.Duration{0, applyGap, applyGap, 2 * applyGap}, begins); diff != "" {
			t.Errorf("beginnings, the second of a backlog (-want +got):\n%s", diff)
		}
		if len(s.first) != 0 {
			t.Error("the place was not given back")
		}
	})
}

func TestWhatWaitsInAllLanesIsTheBacklog(t *testing.T) {
	t.Parallel()
	one, other := NewLane(Config{}, Subscription{Producers: map[string][]string{"intake": nil}}, 1), NewLane(Config{}, Subscription{Producers: map[string][]string{"intake": nil}}, 2)
	one.crew = func() []*Lane { return []*Lane{one, other} }
	for seq := range int64(one.sub.batchSize()) {
		if one.backlog() {
			t.Fatalf("%d events that wait are a backlog", seq)
		}
		lane := one
		if seq%2 == 1 {
			lane = other
		}
		lane.source("intake").buffer[seq+1] = arrival{}
	}
	if !one.backlog() {
		t.Error("a batch that waits in two lanes is none")
	}
}

func TestWhatIsHeldBackIsNoBacklog(t *testing.T) {
	t.Parallel()
	lane := NewLane(Config{}, Subscription{Producers: map[string][]string{"intake": nil, "routing": nil}, Together: map[string][]string{"intake": {"routing"}}}, 1)
	lane.crew = func() []*Lane { return []*Lane{lane} }
	lane.holdEnd = realTime.Now().Add(time.Hour)
	n := int64(lane.sub.batchSize())
	for seq := range n + 1 {
		lane.source("intake").buffer[seq+1] = arrival{}
	}
	for acted, want := range map[int64]bool{n - 1: false, n: true} {
		lane.source("routing").acted["intake"] = acted
		if lane.backlog() != want {
			t.Errorf("of %d events %d need not wait for routing: a backlog is %t, want %t", n+1, acted, !want, want)
		}
	}
}
