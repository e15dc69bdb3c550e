package events_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"redress.dev/pkg/events"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// kept is a producer's history as a test writes it: what was recorded when, and after what.
type kept struct {
	eventsv1.EventFeedServiceClient
	events []*eventsv1.Event
	err    error
}

func (k kept) ReadEvents(_ context.Context, req *eventsv1.ReadEventsRequest, _ ...grpc.CallOption) (*eventsv1.ReadEventsResponse, error) {
	res := &eventsv1.ReadEventsResponse{Incarnation: 1, HeadSeq: int64(len(k.events))}
	for seq := req.GetFromSeq(); seq <= res.HeadSeq && len(res.Events) < int(req.GetLimit()); seq++ {
		res.Events = append(res.Events, k.events[seq-1])
	}
	return res, k.err
}

// recorded returns a producer's event that was recorded at a second.
func recorded(seq int64, second int, after map[string]int64) *eventsv1.Event {
	when := timestamppb.New(time.Unix(int64(second), 0))
	return &eventsv1.Event{Seq: seq, OccurTime: when, RecordTime: when, After: after}
}

// read returns the events of a history, as "a1".
func read(ctx context.Context, producers map[string]kept, positions ...events.Position) ([]string, error) {
	h := events.History{Positions: positions, Feed: func(name string) eventsv1.EventFeedServiceClient {
		if k, ok := producers[name]; ok {
			return k
		}
		return nil
	}}
	var got []string
	for e, err := range h.All(ctx) {
		if err != nil {
			return got, err
		}
		got = append(got, fmt.Sprint(e.Producer, e.Seq))
	}
	return got, nil
}

func to(producer string, seq int64, parked ...int64) events.Position {
	p := events.Position{Producer: producer, Incarnation: 1, Seq: seq, Parked: map[int64]bool{}}
	for _, s := range parked {
		p.Parked[s] = true
	}
	return p
}

func TestHistoryIsInTheOrderOfCausesThenOfRecording(t *testing.T) {
	t.Parallel()
	a := kept{events: []*eventsv1.Event{recorded(1, 10, nil), recorded(2, 40, nil), recorded(3, 50, nil)}}
	// b's clock is behind: what it did because of a2 was recorded before it.
	b := kept{events: []*eventsv1.Event{recorded(1, 5, nil), recorded(2, 20, map[string]int64{"a": 2, "elsewhere": 9}), recorded(3, 30, nil)}}
	producers := map[string]kept{"a": a, "b": b}
	tests := []struct {
		name      string
		positions []events.Position
		want      []string
	}{
		{"all", []events.Position{to("a", 3), to("b", 3)}, []string{"b1", "a1", "a2", "b2", "b3", "a3"}},
		{"no further than it was taken", []events.Position{to("a", 2), to("b", 2)}, []string{"b1", "a1", "a2", "b2"}},
		{"a cause beyond what was taken binds nobody", []events.Position{to("a", 1), to("b", 2)}, []string{"b1", "a1", "b2"}},
		{"what is parked is left out", []events.Position{to("a", 3, 2), to("b", 3, 1)}, []string{"a1", "b2", "b3", "a3"}},
		{"of nobody", nil, nil},
	}
	for _, tt := range tests {
		got, err := read(t.Context(), producers, tt.positions...)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", tt.name, err, diff)
		}
	}
}

func TestHistoryTurnsPages(t *testing.T) {
	t.Parallel()
	var many kept
	for seq := range int64(2345) {
		many.events = append(many.events, recorded(seq+1, int(seq), nil))
	}
	if got, err := read(t.Context(), map[string]kept{"a": many}, to("a", 2345)); err != nil || len(got) != 2345 || got[2344] != "a2345" {
		t.Errorf("%d events, %v", len(got), err)
	}
}

func TestHistorySaysWhoseEventsAreMissing(t *testing.T) {
	t.Parallel()
	producers := map[string]kept{
		"lost": {}, "away": {err: status.Error(codes.Unavailable, "connection refused")}, "restored": {err: status.Error(codes.OutOfRange, "incarnation")},
		// It follows from something that comes after it: no consumer ever took these.
		"circle": {events: []*eventsv1.Event{recorded(1, 1, map[string]int64{"circle": 1})}},
	}
	for producer, want := range map[string]error{
		"lost": events.ErrHistoryReplaced, "away": events.ErrHistoryAway, "restored": events.ErrHistoryReplaced, "circle": events.ErrHistoryReplaced, "unknown": events.ErrHistoryAway,
	} {
		_, err := read(t.Context(), producers, to(producer, 1))
		var of *events.ProducerError
		if !errors.Is(err, want) || !errors.As(err, &of) || of.Producer != producer {
			t.Errorf("%s: %v, want %v", producer, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := read(ctx, producers, to("lost", 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end of its context: %v", err)
	}
}
