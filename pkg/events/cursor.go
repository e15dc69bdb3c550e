package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// errMoved says that a cursor is not where its lane thought: another process applied these events.
var errMoved = errors.New("the cursor was moved by another process")

// cursor is how far a consumer has applied one part of a producer.
type cursor struct {
	incarnation int32 // 0 before the first event
	seq         int64
	streamTime  *time.Time // JetStream's time of the last message applied that came from there
}

// loadCursors returns the cursors of part for the given producers, and creates those that are missing. It waits for no lock: a
// cursor that a transaction under way is moving is read as it was.
func loadCursors(ctx context.Context, db querier, part int, producers []string) (map[string]cursor, error) {
	const q = `
		WITH found AS (
			SELECT producer, incarnation, seq, stream_time FROM inbox_cursor WHERE part = $1 AND producer = ANY ($2)
		), created AS (
			INSERT INTO inbox_cursor (producer, part)
			SELECT p, $1 FROM unnest($2::text[]) AS p WHERE p NOT IN (SELECT producer FROM found) ORDER BY p
			ON CONFLICT DO NOTHING
		)
		SELECT * FROM found`
	rows, _ := db.Query(ctx, q, part, producers) // ForEachRow returns the error
	cursors := map[string]cursor{}
	for _, p := range producers {
		cursors[p] = cursor{}
	}
	var producer string
	var c cursor
	_, err := pgx.ForEachRow(rows, []any{&producer, &c.incarnation, &c.seq, &c.streamTime}, func() error {
		cursors[producer] = c
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load cursors of part %d: %w", part, err)
	}
	return cursors, nil
}

// advanceCursors moves the cursors over stretches, in the transaction that applies them, and returns the aggregates of their parts that are
// parked. It fails with errMoved when the first event of a stretch is not the next one: all of them, or some, have been applied.
func advanceCursors(ctx context.Context, tx pgx.Tx, stretches []stretch) (parked map[string]bool, err error) {
	const move = `
		UPDATE inbox_cursor SET incarnation = $3, seq = $5, stream_time = coalesce($6, stream_time)
		WHERE producer = $1 AND part = $2 AND incarnation IN (0, $3) AND seq = $4`
	parts := make([]int, len(stretches))
	for i, st := range stretches {
		parts[i] = st.lane.part
	}
	if err := lockParts(ctx, tx, parts...); err != nil {
		return nil, err
	}
	b := &pgx.Batch{}
	moved := true
	for _, st := range stretches {
		first, last := st.events[0], st.events[len(st.events)-1]
		b.Queue(move, first.Producer, st.lane.part, first.Incarnation, st.from.seq, last.Seq, last.streamTime).Exec(func(tag pgconn.CommandTag) error {
			moved = moved && tag.RowsAffected() == 1
			return nil
		})
	}
	b.Queue(parkedAggregates, parts).Query(func(rows pgx.Rows) error {
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		parked = make(map[string]bool, len(ids))
		for _, id := range ids {
			parked[id] = true
		}
		return err
	})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return nil, fmt.Errorf("move cursor: %w", err)
	}
	if !moved {
		return nil, errMoved
	}
	return parked, nil
}
