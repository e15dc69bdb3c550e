package events

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/postgres"
)

// sequenced are the events to which a transaction has given their sequences itself. They are worth something once it has committed.
type sequenced struct {
	producer string
	events   []Event
	queued   bool // others wait for the sequencer
}

// sequencedKey finds it in a context.
type sequencedKey struct{}

// sequencing returns a context by which Emit sequences what it emits.
func sequencing(ctx context.Context, s *sequenced) context.Context {
	return context.WithValue(ctx, sequencedKey{}, s)
}

// InTx runs f in a transaction, as postgres.InTx does. What f emits with the context that it is given has its sequence when the transaction
// commits, and is published at once: of the three rows that an event is otherwise, one is left. It is for transactions of many events, and f
// emits last: from then to the commit nobody else gives the same parts a sequence.
func (b *Bus) InTx(ctx context.Context, f func(ctx context.Context, tx pgx.Tx) error) error {
	var s *sequenced
	err := postgres.InTx(ctx, b.cfg.Pool, func(tx pgx.Tx) error {
		s = &sequenced{producer: b.cfg.Service}
		return f(sequencing(ctx, s), tx)
	})
	if err == nil {
		b.handOver(s)
	}
	return err
}

// handOver gives the relay what a transaction has sequenced, and wakes it, here or in another replica, for what it has to look for.
func (b *Bus) handOver(s *sequenced) {
	taken := true
	if len(s.events) > 0 {
		b.meter.add(b.meter.sequenced, b.cfg.Service, len(s.events))
		pub := b.pub.Load()
		taken = pub != nil && pub.add(s.events)
	}
	if s.queued || !taken {
		b.Poke()
	}
}

// sequence gives the events of e their place in tx, behind the statements of b, and notes them in s. Where others of their parts wait for the
// sequencer, they go behind these into the outbox.
//
// The heads are locked from here to the commit: so sequences rise in the order of commits, without a hole, and whoever sees an event can see
// all before it. What an aggregate emitted before had been committed before its row was locked, and is seen here.
func (e Emission) sequence(ctx context.Context, tx pgx.Tx, s *sequenced, b *pgx.Batch) error {
	counts := map[int]int64{}
	nth := make([]int64, e.Len())
	for i, part := range e.parts {
		counts[int(part)]++
		nth[i] = counts[int(part)]
	}
	places, waiting := map[int]place{}, false
	queueReserve(b, counts, func(part int, at place, others bool) { places[part], waiting = at, waiting || others })
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("take sequences: %w", err)
	}
	if waiting {
		s.queued = true
		var b pgx.Batch
		b.Queue(`UPDATE producer_head h SET seq = h.seq - c.count FROM unnest($1::int[], $2::bigint[]) AS c (part, count) WHERE h.part = c.part`, columnsOf(counts)...)
		e.Queue(&b)
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("insert outbox: %w", err)
		}
		return nil
	}
	seqs, afters := make([]int64, e.Len()), make([]map[string]int64, e.Len())
	for i, part := range e.parts {
		at := places[int(part)]
		seqs[i] = at.before + nth[i]
		if nth[i] == 1 {
			afters[i] = at.after
		}
	}
	const q = `
		INSERT INTO event_stream (` + streamColumns + `)
		SELECT u.part, u.seq, u.event_id, u.tenant, u.aggregate_id, u.version, u.type, u.payload, u.actor, u.occur_time, $10, u.traceparent, u.after
		FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bytea[], $8::text[],
			$9::timestamptz[], $11::text[], $12::bigint[], $13::jsonb[])
			AS u (part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, traceparent, seq, after)`
	if _, err := tx.Exec(ctx, q, append(e.args(), seqs, afters)...); err != nil {
		return fmt.Errorf("insert events: %w", err)
	}
	for i, part := range e.parts {
		s.events = append(s.events, Event{
			Producer: s.producer, Incarnation: places[int(part)].incarnation, Part: int(part), Seq: seqs[i], ID: uuid.UUID(e.ids[i].Bytes).String(),
			Tenant: e.tenants[i], AggregateID: e.aggregates[i], Version: e.versions[i], Type: e.types[i], Payload: e.payloads[i], Actor: e.actors[i],
			OccurTime: e.occurs[i].Truncate(time.Microsecond), RecordTime: e.now.Truncate(time.Microsecond), TraceParent: e.traces[i], After: afters[i],
		})
	}
	return nil
}

// place is where the events of a part go: behind the sequence before, after what the service has applied of others.
type place struct {
	before      int64
	after       map[string]int64
	incarnation int32
}

// queueReserve takes the next counts sequences of parts, which stay locked until the transaction ends, and tells of each where its events go and
// whether others of it wait for their sequence.
func queueReserve(b *pgx.Batch, counts map[int]int64, tell func(part int, at place, others bool)) {
	const q = `
		WITH head AS MATERIALIZED (
			SELECT h.part, c.count
			FROM producer_head h JOIN unnest($1::int[], $2::bigint[]) AS c (part, count) ON h.part = c.part
			ORDER BY h.part
			FOR UPDATE OF h
		)
		UPDATE producer_head h SET seq = h.seq + head.count
		FROM head WHERE h.part = head.part
		RETURNING h.part, h.seq - head.count,
			(SELECT jsonb_object_agg(c.producer, c.seq) FROM inbox_cursor c WHERE c.part = h.part AND c.seq > 0),
			EXISTS (SELECT FROM outbox_pending p WHERE p.part = h.part),
			(SELECT incarnation FROM producer_meta)`
	b.Queue(q, columnsOf(counts)...).Query(func(rows pgx.Rows) error {
		var part int
		var at place
		var others bool
		_, err := pgx.ForEachRow(rows, []any{&part, &at.before, &at.after, &others, &at.incarnation}, func() error {
			tell(part, at, others)
			at.after = nil
			return nil
		})
		return err
	})
}

// columnsOf returns a map's keys in order and the values beside them, as unnest takes them.
func columnsOf(m map[int]int64) []any {
	keys, values := split(m)
	return []any{keys, values}
}
