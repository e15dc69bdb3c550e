package eventstest

import (
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"

	"redress.dev/pkg/events"
)

// Outbox returns the messages that committed transactions have emitted, in order.
func Outbox(t testing.TB, pool *pgxpool.Pool) []proto.Message {
	t.Helper()
	var messages []proto.Message
	for _, e := range Emitted(t, pool) {
		m, err := e.Message()
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, m)
	}
	return messages
}

// Emitted is Outbox with the envelopes, without the events' sequences.
func Emitted(t testing.TB, pool *pgxpool.Pool) []events.Event {
	t.Helper()
	// Event ids are UUIDv7, made in the order of emission.
	const q = `
		SELECT part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, record_time, traceparent FROM outbox_pending
		UNION ALL
		SELECT part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, record_time, traceparent FROM event_stream
		ORDER BY event_id`
	rows, _ := pool.Query(t.Context(), q) // CollectRows returns the error
	emitted, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (events.Event, error) {
		var e events.Event
		var id uuid.UUID
		err := row.Scan(&e.Part, &id, &e.Tenant, &e.AggregateID, &e.Version, &e.Type, &e.Payload, &e.Actor,
			&e.OccurTime, &e.RecordTime, &e.TraceParent)
		e.ID = id.String()
		return e, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return emitted
}
