package events

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// streamColumns are event_stream's, in the order that scanStream expects.
const streamColumns = `part, seq, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, record_time, traceparent, after_seq`

// scanStream returns a reader of rows of streamColumns: events of producer in incarnation.
func scanStream(producer string, incarnation int32) pgx.RowToFunc[Event] {
	return func(row pgx.CollectableRow) (Event, error) {
		e := Event{Producer: producer, Incarnation: incarnation}
		var id uuid.UUID
		err := row.Scan(&e.Part, &e.Seq, &id, &e.Tenant, &e.AggregateID, &e.Version, &e.Type, &e.Payload, &e.Actor,
			&e.OccurTime, &e.RecordTime, &e.TraceParent, &e.After)
		e.ID = id.String()
		return e, err
	}
}

// querier is a pool or a transaction.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// readStream returns at most limit consecutive events of part from fromSeq on.
func readStream(ctx context.Context, db querier, scan pgx.RowToFunc[Event], part int, fromSeq int64, limit int) ([]Event, error) {
	const q = `SELECT ` + streamColumns + ` FROM event_stream WHERE part = $1 AND seq >= $2 ORDER BY seq LIMIT $3`
	rows, _ := db.Query(ctx, q, part, fromSeq, limit) // CollectRows returns the error
	events, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("read part %d from %d: %w", part, fromSeq, err)
	}
	return events, nil
}

// lastBefore returns the newest sequence of part that was recorded before t; 0 when there is none. It reads backwards, so that
// its cost is the events since t and not the history.
func lastBefore(ctx context.Context, db querier, part int, t time.Time) (int64, error) {
	const q = `
		SELECT coalesce((SELECT seq FROM event_stream WHERE part = $1 AND record_time < $2 ORDER BY seq DESC LIMIT 1), 0)`
	var seq int64
	if err := db.QueryRow(ctx, q, part, t).Scan(&seq); err != nil {
		return 0, fmt.Errorf("find seq of part %d at %s: %w", part, t, err)
	}
	return seq, nil
}

// readIncarnation returns the incarnation of the service's own stream.
func readIncarnation(ctx context.Context, db querier) (int32, error) {
	var incarnation int32
	if err := db.QueryRow(ctx, `SELECT incarnation FROM producer_meta`).Scan(&incarnation); err != nil {
		return 0, fmt.Errorf("read incarnation: %w", err)
	}
	return incarnation, nil
}
