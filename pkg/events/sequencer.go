package events

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// moveLimit is the most events of one part that one statement sequences.
const moveLimit = 256

// sequencer gives committed events their place, as far as their transactions have not. It writes for the parts that it has fenced, and for these only while nobody
// has fenced them anew.
type sequencer struct {
	pool        *pgxpool.Pool
	producer    string
	incarnation int32
	epochs      map[int]int64 // part to epoch
}

// head is where a part stands: its newest sequence, the newest that JetStream has acknowledged, and the message that this one is in, by JetStream's
// sequence; 0 where it is in none.
type head struct{ seq, published, message int64 }

// fence makes the sequencer the only one that can write the given parts, and returns where they stand. A part that somebody
// with a higher epoch has fenced is left out. When fence returns, no statement of a former sequencer is under way.
func (s *sequencer) fence(ctx context.Context, epochs map[int]int64) (map[int]head, error) {
	const q = `
		WITH own AS (
			SELECT h.part, o.epoch
			FROM producer_head h JOIN unnest($1::int[], $2::bigint[]) AS o (part, epoch) ON h.part = o.part AND h.epoch <= o.epoch
			ORDER BY h.part
			FOR UPDATE OF h
		)
		UPDATE producer_head h SET epoch = own.epoch
		FROM own WHERE h.part = own.part
		RETURNING h.part, h.seq, h.published_seq, h.published_message`
	parts, values := split(epochs)
	rows, _ := s.pool.Query(ctx, q, parts, values) // ForEachRow returns the error
	heads := map[int]head{}
	var part int
	var h head
	if _, err := pgx.ForEachRow(rows, []any{&part, &h.seq, &h.published, &h.message}, func() error { heads[part] = h; return nil }); err != nil {
		return nil, fmt.Errorf("fence parts: %w", err)
	}
	s.epochs = map[int]int64{}
	for part := range heads {
		s.epochs[part] = epochs[part]
	}
	return heads, nil
}

// look tells where every part stands, and whether any event has no sequence yet. It locks and writes nothing, so that an idle poll costs next
// to nothing.
func (s *sequencer) look(ctx context.Context) (seqs map[int]int64, waiting bool, err error) {
	rows, _ := s.pool.Query(ctx, `SELECT part, seq, EXISTS (SELECT FROM outbox_pending) FROM producer_head`) // ForEachRow returns the error
	seqs = map[int]int64{}
	var part int
	var seq int64
	if _, err := pgx.ForEachRow(rows, []any{&part, &seq, &waiting}, func() error { seqs[part] = seq; return nil }); err != nil {
		return nil, false, fmt.Errorf("look for new events: %w", err)
	}
	return seqs, waiting, nil
}

// move gives at most moveLimit committed events of every fenced part the next sequences, and returns them, by part and sequence.
//
// It is one statement and so one transaction. The row locks on producer_head and the epoch in its condition fence it; sequences
// go to the rows that were really deleted, so that there is no hole even if an earlier statement of this sequencer, given up
// by its client, ends meanwhile. The service's own cursors are read in the same snapshot that shows the events: what a fold
// emitted is never seen without the cursor that it moved. Only the first event of a part carries them; the others follow it.
func (s *sequencer) move(ctx context.Context) ([]Event, error) {
	const q = `
		WITH head AS MATERIALIZED (
			SELECT h.part, h.seq
			FROM producer_head h JOIN unnest($1::int[], $2::bigint[]) AS o (part, epoch) ON h.part = o.part AND h.epoch = o.epoch
			WHERE EXISTS (SELECT FROM outbox_pending p WHERE p.part = h.part)
			ORDER BY h.part
			FOR UPDATE OF h
		), gone AS (
			DELETE FROM outbox_pending
			WHERE ctid = ANY (ARRAY(
				SELECT p.ctid FROM head CROSS JOIN LATERAL (
					SELECT ctid FROM outbox_pending WHERE part = head.part ORDER BY id LIMIT $3) p))
			RETURNING *
		), numbered AS (
			SELECT gone.*, row_number() OVER (PARTITION BY gone.part ORDER BY gone.id) AS n FROM gone
		), moved AS (
			UPDATE producer_head h SET seq = h.seq + m.n
			FROM (SELECT part, count(*) AS n FROM gone GROUP BY part) m
			WHERE h.part = m.part
		)
		INSERT INTO event_stream (` + streamColumns + `)
		SELECT e.part, head.seq + e.n, e.event_id, e.tenant, e.aggregate_id, e.version, e.type, e.payload, e.actor,
			e.occur_time, e.record_time, e.traceparent,
			CASE WHEN e.n = 1 THEN
				(SELECT jsonb_object_agg(c.producer, c.seq) FROM inbox_cursor c WHERE c.part = e.part AND c.seq > 0)
			END
		FROM numbered e JOIN head ON head.part = e.part
		ORDER BY 1, 2
		RETURNING ` + streamColumns
	if len(s.epochs) == 0 {
		return nil, nil
	}
	parts, epochs := split(s.epochs)
	rows, _ := s.pool.Query(ctx, q, parts, epochs, moveLimit) // CollectRows returns the error
	events, err := pgx.CollectRows(rows, scanStream(s.producer, s.incarnation))
	if err != nil {
		return nil, fmt.Errorf("sequence events: %w", err)
	}
	return events, nil
}

// save remembers how far JetStream has acknowledged the fenced parts, also backwards when its store was lost. Heads are locked in the order of
// parts by all who lock several.
func (s *sequencer) save(ctx context.Context, heads map[int]head) error {
	const q = `
		WITH own AS (
			SELECT h.part, o.published, o.message
			FROM producer_head h JOIN unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[]) AS o (part, epoch, published, message)
				ON h.part = o.part AND h.epoch = o.epoch
			ORDER BY h.part
			FOR UPDATE OF h
		)
		UPDATE producer_head h SET published_seq = own.published, published_message = own.message
		FROM own WHERE h.part = own.part`
	var parts []int
	var epochs, published, messages []int64
	for part, h := range heads {
		parts, epochs = append(parts, part), append(epochs, s.epochs[part])
		published, messages = append(published, h.published), append(messages, h.message)
	}
	if _, err := s.pool.Exec(ctx, q, parts, epochs, published, messages); err != nil {
		return fmt.Errorf("save published sequences: %w", err)
	}
	return nil
}

// split returns a map's keys in order and the values beside them.
func split(m map[int]int64) (keys []int, values []int64) {
	keys = slices.Sorted(maps.Keys(m))
	for _, k := range keys {
		values = append(values, m[k])
	}
	return keys, values
}
