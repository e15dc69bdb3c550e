// Package events is the backbone between Redress services: what one service commits, every other applies exactly once, in order.
//
// Postgres is the truth and JetStream a fast cache of it. A business transaction inserts its events into outbox_pending; a
// sequencer, one per part, moves committed rows to event_stream under the next dense sequence. A transaction of many events, a
// Fold's or one of Bus.InTx, takes the sequences itself, under the lock of the part's head, and inserts into event_stream. A
// publisher brings them to JetStream in order, what there is at a time as one message (EventBatch in proto/redress/events/v1, which anybody may
// read); a consumer keeps one cursor per (producer, part), which is its duplicate check, its order check and its gap check in one. What JetStream
// loses is read from the producer.
package events

import (
	"fmt"
	"hash/fnv"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"redress.dev/pkg/wire"
)

// Parts is the number of lanes that aggregates are spread over, for ever: another number would be another producer.
const Parts = 16

// PartOf returns the part of an aggregate, 0 to Parts-1. It is the same in every service.
func PartOf(aggregateID string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(aggregateID))
	return int(h.Sum32() % Parts)
}

// Draft is an event that a transaction is about to emit.
type Draft struct {
	// Tenant of the aggregate.
	Tenant string
	// AggregateID is the complaint's id, or the id of the duty, procedure or action that it is about.
	AggregateID string
	// Version is the aggregate's version at this producer after the event, from 1, without gaps.
	Version int64
	// Actor is who caused it, "kind:subject".
	Actor string
	// OccurTime is when it really happened.
	OccurTime time.Time
	// Message is the body: its full name is the event's name.
	Message proto.Message
	// TraceParent is the W3C traceparent of the cause; empty takes that of the span in Emit's context. A Fold sets it to
	// Event.TraceParent, since one batch mixes the traces of many complaints.
	TraceParent string
}

// Event is an event as consumers meet it.
type Event struct {
	// Producer, Incarnation, Part and Seq are its place: dense from 1 within the first three.
	Producer    string
	Incarnation int32
	Part        int
	Seq         int64
	// ID is a UUIDv7.
	ID string
	// Tenant, AggregateID and Version are as in Draft.
	Tenant      string
	AggregateID string
	Version     int64
	// Type is the full name of the message, for example "redress.intake.v1.ComplaintRegistered".
	Type string
	// Payload is the message, binary protobuf.
	Payload []byte
	// Actor, OccurTime and RecordTime are who caused it, when it really happened and when the producer recorded it.
	Actor      string
	OccurTime  time.Time
	RecordTime time.Time
	// TraceParent is the W3C traceparent of its cause; empty when there was none. In a Fold it is that of the span that applies
	// the event, where the trace is sampled: copy it to the drafts that follow from the event.
	TraceParent string
	// After holds the producer's own cursors in the same part: a consumer applies the event only after these.
	After map[string]int64
}

// Message decodes the body. It fails for a type that this program does not know.
func (e Event) Message() (proto.Message, error) {
	mt, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(e.Type))
	if err != nil {
		return nil, fmt.Errorf("event %s: unknown type %s", e.ID, e.Type)
	}
	m := mt.New().Interface()
	if err := wire.Unmarshal(e.Payload, m); err != nil {
		return nil, fmt.Errorf("event %s: decode %s: %w", e.ID, e.Type, err)
	}
	return m, nil
}
