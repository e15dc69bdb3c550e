package events

import (
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// batchToProto returns events of one producer, by part, as they are published.
func batchToProto(producer string, incarnation int32, events []Event) *eventsv1.EventBatch {
	m := &eventsv1.EventBatch{Producer: producer, Incarnation: incarnation}
	var part *eventsv1.PartEvents
	for _, e := range events {
		if part == nil || int(part.GetPart()) != e.Part {
			part = &eventsv1.PartEvents{Part: int32(e.Part)}
			m.Parts = append(m.Parts, part)
		}
		part.Events = append(part.Events, eventToProto(e))
	}
	return m
}

// checkBatch tells what keeps a message from being events of a producer.
func checkBatch(producer string, m *eventsv1.EventBatch) error {
	if m.GetProducer() != producer || m.GetIncarnation() < 1 {
		return fmt.Errorf("producer %q in incarnation %d, want %q in 1 or more", m.GetProducer(), m.GetIncarnation(), producer)
	}
	for _, pe := range m.GetParts() {
		if part := pe.GetPart(); part < 0 || part >= Parts {
			return fmt.Errorf("part %d, want 0 to %d", part, Parts-1)
		}
		for _, e := range pe.GetEvents() {
			if e.GetSeq() < 1 {
				return fmt.Errorf("event %s: sequence %d, want 1 or more", e.GetEventId(), e.GetSeq())
			}
		}
	}
	return nil
}

// eventToProto returns an event as feeds and messages speak of it.
func eventToProto(e Event) *eventsv1.Event {
	return &eventsv1.Event{
		Seq: e.Seq, EventId: e.ID, Tenant: e.Tenant, AggregateId: e.AggregateID, Version: e.Version, Type: e.Type,
		Payload: e.Payload, Actor: e.Actor, OccurTime: timestamppb.New(e.OccurTime), RecordTime: timestamppb.New(e.RecordTime),
		Traceparent: e.TraceParent, After: e.After,
	}
}

// eventFromProto reads an event of a producer.
func eventFromProto(producer string, incarnation int32, part int, m *eventsv1.Event) Event {
	return Event{
		Producer: producer, Incarnation: incarnation, Part: part, Seq: m.GetSeq(),
		ID: m.GetEventId(), Tenant: m.GetTenant(), AggregateID: m.GetAggregateId(), Version: m.GetVersion(),
		Type: m.GetType(), Payload: m.GetPayload(), Actor: m.GetActor(),
		OccurTime: m.GetOccurTime().AsTime(), RecordTime: m.GetRecordTime().AsTime(),
		TraceParent: m.GetTraceparent(), After: m.GetAfter(),
	}
}
