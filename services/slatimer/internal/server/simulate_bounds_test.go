package server_test

import (
	"context"
	"sync"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// between is a feed during whose first answer something else happens.
type between struct {
	eventsv1.EventFeedServiceClient
	once *sync.Once
	do   func()
}

func (f between) ReadEvents(ctx context.Context, req *eventsv1.ReadEventsRequest, opts ...grpc.CallOption) (*eventsv1.ReadEventsResponse, error) {
	f.once.Do(f.do)
	return f.EventFeedServiceClient.ReadEvents(ctx, req, opts...)
}

// What slatimer itself does meanwhile is told apart from what a simulation must never do.
func TestLiveTablesThatChangeMeanwhile(t *testing.T) {
	t.Parallel()
	const change = `UPDATE clock SET warned = warned + 1`
	tests := []struct {
		name  string
		also  string // what slatimer does with it
		wants string // the code of the failure; "OK" for none
	}{
		{"by slatimer's work", `UPDATE producer_head SET seq = seq + 1 WHERE part = 0`, "OK"},
		{"by nobody who should", `SELECT 1`, "Internal"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			x := newTrial(t, "testdata/tried.yaml", "2026-03-02 09:00")
			x.lived()
			once := new(sync.Once)
			x.feedBy(func(producer string) eventsv1.EventFeedServiceClient {
				return between{x.in.Feed(producer), once, func() {
					for _, q := range []string{change, tt.also} {
						if _, err := x.pool.Exec(t.Context(), q); err != nil {
							t.Error(err)
						}
					}
				}}
			})
			_, summary, err := x.simulate(x.same())
			wantStatus(t, err, tt.wants)
			if live := summary.GetLive(); err == nil && (!live.GetWorkedMeanwhile() || live.GetDigestBefore() == live.GetDigestAfter()) {
				t.Errorf("live tables: %v", live)
			}
		})
	}
}

// endless is a feed of one complaint that people talk with for ever.
type endless struct {
	eventsv1.EventFeedServiceClient
	first, next *eventsv1.Event
}

func (f endless) ReadEvents(_ context.Context, req *eventsv1.ReadEventsRequest, _ ...grpc.CallOption) (*eventsv1.ReadEventsResponse, error) {
	res := &eventsv1.ReadEventsResponse{Incarnation: 1, HeadSeq: 1 << 40}
	for seq := req.GetFromSeq(); len(res.Events) < int(req.GetLimit()); seq++ {
		e := proto.CloneOf(f.next)
		if seq == 1 {
			e = proto.CloneOf(f.first)
		}
		e.Seq = seq
		res.Events = append(res.Events, e)
	}
	return res, nil
}

func TestMoreThanMemoryHoldsIsRefused(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "testdata/tried.yaml", "2026-03-02 09:00")
	if _, err := x.pool.Exec(t.Context(), `INSERT INTO inbox_cursor (producer, part, incarnation, seq) VALUES ('intake', 5, 1, 1000000000)`); err != nil {
		t.Fatal(err)
	}
	c := newID()
	event := func(m proto.Message) *eventsv1.Event {
		payload, err := proto.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		when := timestamppb.New(at("2026-03-02 09:00"))
		return &eventsv1.Event{EventId: newID(), Tenant: "default", AggregateId: c, Type: string(proto.MessageName(m)), Payload: payload, OccurTime: when, RecordTime: when}
	}
	f := endless{first: event(x.registered(c, "2026-03-02 09:00", "x").Message), next: event(&intakev1.ContactRecorded{Purpose: "response"})}
	x.feedBy(func(string) eventsv1.EventFeedServiceClient { return f })
	_, _, err := x.simulate(x.same())
	wantStatus(t, err, "ResourceExhausted", "SIMULATION_TOO_LARGE", "receive_time_from", "150000")
}
