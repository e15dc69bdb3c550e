package events

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// maxErrorText is the most bytes of an error that are kept with a parked event.
const maxErrorText = 1000

// parking is one event to park, and why.
type parking struct {
	event Event
	cause string
}

// behind returns the parking of an event whose aggregate is parked already.
func behind(e Event) parking { return parking{e, "behind an earlier event of the same aggregate"} }

// parkedAggregates finds the aggregates of parts that are parked; nearly always none.
const parkedAggregates = `SELECT DISTINCT aggregate_id FROM parked_event WHERE part = ANY ($1)`

// park keeps events that could not be applied, in order. A message without fields has no bytes, which are not the same as none.
func park(ctx context.Context, tx pgx.Tx, now time.Time, parkings []parking) error {
	const q = `
		INSERT INTO parked_event (producer, incarnation, part, seq, event_id, tenant, aggregate_id, version, type, payload, actor,
			occur_time, record_time, traceparent, error, park_time)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, coalesce($10, ''::bytea), $11, $12, $13, $14, $15, $16)`
	b := &pgx.Batch{}
	for _, p := range parkings {
		e := p.event
		cause := strings.ToValidUTF8(p.cause[:min(len(p.cause), maxErrorText)], "")
		b.Queue(q, e.Producer, e.Incarnation, e.Part, e.Seq, e.ID, e.Tenant, e.AggregateID, e.Version, e.Type, e.Payload, e.Actor,
			e.OccurTime, e.RecordTime, e.TraceParent, cause, now)
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("park events: %w", err)
	}
	return nil
}

// parkedRow is a row of parked_event.
type parkedRow struct {
	id int64
	parking
	parkTime time.Time
}

// selectParked reads parked events, the longest parked first. part -1 and aggregate "" mean all.
func selectParked(ctx context.Context, db querier, part int, aggregateID string, limit int) ([]parkedRow, error) {
	const q = `
		SELECT id, producer, incarnation, part, seq, event_id, tenant, aggregate_id, version, type, payload, actor,
			occur_time, record_time, traceparent, error, park_time
		FROM parked_event
		WHERE ($1 < 0 OR part = $1) AND ($2 = '' OR aggregate_id = $2)
		ORDER BY id
		LIMIT $3`
	rows, _ := db.Query(ctx, q, part, aggregateID, limit) // CollectRows returns the error
	parked, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (parkedRow, error) {
		var r parkedRow
		var id uuid.UUID
		e := &r.event
		err := row.Scan(&r.id, &e.Producer, &e.Incarnation, &e.Part, &e.Seq, &id, &e.Tenant, &e.AggregateID, &e.Version, &e.Type,
			&e.Payload, &e.Actor, &e.OccurTime, &e.RecordTime, &e.TraceParent, &r.cause, &r.parkTime)
		e.ID = id.String()
		return r, err
	})
	if err != nil {
		return nil, fmt.Errorf("read parked events: %w", err)
	}
	return parked, nil
}
