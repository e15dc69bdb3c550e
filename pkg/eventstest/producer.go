package eventstest

import (
	"cmp"
	"context"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/events"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// producer is a service that exists only in the test: it numbers events as a real one would, and its feed still has them all.
// Of the feed's calls a lane makes only ReadEvents; any other would panic.
type producer struct {
	eventsv1.EventFeedServiceClient
	name     string
	streams  [events.Parts][]events.Event
	versions map[string]int64
}

// sequence makes an event of d, recorded when now says; nil says when it happened.
func (p *producer) sequence(t testing.TB, d events.Draft, now func() time.Time) events.Event {
	t.Helper()
	p.versions[d.AggregateID] = cmp.Or(d.Version, p.versions[d.AggregateID]+1)
	d.Version = p.versions[d.AggregateID]
	d.Tenant = cmp.Or(d.Tenant, "default")
	d.Actor = cmp.Or(d.Actor, "service:"+p.name)
	if d.OccurTime.IsZero() {
		d.OccurTime = clock.System{}.Now()
	}
	e := newEvent(t, d)
	if now != nil {
		e.RecordTime = now()
	}
	stream := &p.streams[e.Part]
	e.Producer, e.Seq = p.name, int64(len(*stream)+1)
	*stream = append(*stream, e)
	return e
}

// ReadEvents returns what the producer has sequenced.
func (p *producer) ReadEvents(_ context.Context, req *eventsv1.ReadEventsRequest, _ ...grpc.CallOption) (*eventsv1.ReadEventsResponse, error) {
	stream := p.streams[req.GetPart()]
	res := &eventsv1.ReadEventsResponse{Incarnation: 1, HeadSeq: int64(len(stream))}
	for seq := req.GetFromSeq(); seq <= res.HeadSeq && seq < req.GetFromSeq()+int64(req.GetLimit()); seq++ {
		e := stream[seq-1]
		res.Events = append(res.Events, &eventsv1.Event{
			Seq: e.Seq, EventId: e.ID, Tenant: e.Tenant, AggregateId: e.AggregateID, Version: e.Version, Type: e.Type,
			Payload: e.Payload, Actor: e.Actor, OccurTime: timestamppb.New(e.OccurTime), RecordTime: timestamppb.New(e.RecordTime),
			Traceparent: e.TraceParent, After: e.After,
		})
	}
	return res, nil
}
