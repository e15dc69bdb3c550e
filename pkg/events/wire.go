package events

import (
	"google.golang.org/protobuf/types/known/timestamppb"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// eventToProto returns an event as feeds speak of it.
func eventToProto(e Event) *eventsv1.Event {
	return &eventsv1.Event{
		Seq: e.Seq, EventId: e.ID, Tenant: e.Tenant, AggregateId: e.AggregateID, Version: e.Version, Type: e.Type,
		Payload: e.Payload, Actor: e.Actor, OccurTime: timestamppb.New(e.OccurTime), RecordTime: timestamppb.New(e.RecordTime),
		Traceparent: e.TraceParent, After: e.After,
	}
}

// eventFromProto reads an event of a producer's feed.
func eventFromProto(producer string, incarnation int32, part int, m *eventsv1.Event) Event {
	return Event{
		Producer: producer, Incarnation: incarnation, Part: part, Seq: m.GetSeq(),
		ID: m.GetEventId(), Tenant: m.GetTenant(), AggregateID: m.GetAggregateId(), Version: m.GetVersion(),
		Type: m.GetType(), Payload: m.GetPayload(), Actor: m.GetActor(),
		OccurTime: m.GetOccurTime().AsTime(), RecordTime: m.GetRecordTime().AsTime(),
		TraceParent: m.GetTraceparent(), After: m.GetAfter(),
	}
}
