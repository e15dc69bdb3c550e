package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
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

// advance moves the cursors over stretches, in the transaction that applies them.
type advance struct {
	moves
	held   bool // the parts are locked
	moved  int
	parked map[string]bool // the aggregates of the parts that are parked
}

// queue has b lock the parts, move their cursors, and look for what is parked there.
func (a *advance) queue(b *pgx.Batch) {
	const move = `
		WITH lock AS MATERIALIZED (` + tryLockParts + `),
		moved AS (
			UPDATE inbox_cursor c SET incarnation = u.incarnation, seq = u.last, stream_time = coalesce(u.stream_time, c.stream_time)
			FROM lock, unnest($1::smallint[], $2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::timestamptz[])
				AS u (part, producer, incarnation, before, last, stream_time)
			WHERE lock.held AND c.producer = u.producer AND c.part = u.part AND c.incarnation IN (0, u.incarnation) AND c.seq = u.before
			RETURNING 1
		)
		SELECT held, (SELECT count(*) FROM moved) FROM lock`
	b.Queue(move, a.parts, a.producers, a.incarnations, a.before, a.last, a.streamTimes).QueryRow(func(row pgx.Row) error {
		return row.Scan(&a.held, &a.moved)
	})
	b.Queue(parkedAggregates, a.parts).Query(func(rows pgx.Rows) error { // in a statement of its own, which sees what was parked before the lock
		ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
		a.parked = make(map[string]bool, len(ids))
		for _, id := range ids {
			a.parked[id] = true
		}
		return err
	})
	b.Queue(byIndex)
}

// check fails with errBusy where another transaction has one of the parts, and with errMoved when the first event of a stretch is not
// the next one: all of them, or some, have been applied.
func (a *advance) check(ctx context.Context, tx pgx.Tx) error {
	switch {
	case !a.held:
		return evict(ctx, tx, a.parts)
	case a.moved != len(a.parts):
		return errMoved
	}
	return nil
}

// moves are cursors to be moved, by index.
type moves struct {
	parts        []int16
	producers    []string
	incarnations []int32
	before, last []int64
	streamTimes  []*time.Time
}

// movesOf returns how the cursors move over stretches, each once: one source may have several stretches, with those of others in between.
func movesOf(stretches []stretch) moves {
	var m moves
	at := make(map[*source]int, len(stretches))
	for _, st := range stretches {
		last := st.events[len(st.events)-1]
		i, again := at[st.source]
		if !again {
			i = len(m.parts)
			at[st.source] = i
			m.parts, m.producers = append(m.parts, int16(st.lane.part)), append(m.producers, last.Producer)
			m.incarnations, m.before = append(m.incarnations, last.Incarnation), append(m.before, st.from.seq)
			m.last, m.streamTimes = append(m.last, 0), append(m.streamTimes, nil)
		}
		m.last[i] = last.Seq
		if last.streamTime != nil {
			m.streamTimes[i] = last.streamTime
		}
	}
	return m
}
