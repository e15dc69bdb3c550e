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

// sequence gives the events of e their place in tx, in one statement behind those of b, and notes them in s. Where others of their parts wait for
// the sequencer, they go behind these into the outbox.
//
// The heads are locked from here to the commit: so sequences rise in the order of commits, without a hole, and whoever sees an event can see
// all before it. What an aggregate emitted before had been committed before its row was locked, and is seen here.
func (e Emission) sequence(ctx context.Context, tx pgx.Tx, s *sequenced, b *pgx.Batch) error {
	const q = `
		WITH head AS MATERIALIZED (
			SELECT h.part, h.seq, c.count, (SELECT jsonb_object_agg(i.producer, i.seq) FROM inbox_cursor i WHERE i.part = h.part AND i.seq > 0) AS after
			FROM producer_head h JOIN unnest($13::int[], $14::bigint[]) AS c (part, count) ON h.part = c.part
			ORDER BY h.part
			FOR UPDATE OF h
		), waiting AS MATERIALIZED (
			SELECT EXISTS (SELECT FROM outbox_pending WHERE part IN (SELECT part FROM head)) AS others
		), moved AS (
			UPDATE producer_head h SET seq = head.seq + head.count
			FROM head, waiting
			WHERE h.part = head.part AND NOT waiting.others
		), kept AS (
			INSERT INTO event_stream (` + streamColumns + `)
			SELECT u.part, head.seq + u.nth, u.event_id, u.tenant, u.aggregate_id, u.version, u.type, u.payload, u.actor, u.occur_time, $10, u.traceparent,
				CASE WHEN u.nth = 1 THEN head.after END
			FROM waiting, unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bytea[], $8::text[],
				$9::timestamptz[], $11::text[], $12::bigint[])
				AS u (part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, traceparent, nth)
			JOIN head ON head.part = u.part
			WHERE NOT waiting.others
		)
		SELECT head.part, head.seq, head.after, waiting.others, producer_meta.incarnation FROM head, waiting, producer_meta`
	counts := map[int]int64{}
	nth := make([]int64, e.Len())
	for i, part := range e.parts {
		counts[int(part)]++
		nth[i] = counts[int(part)]
	}
	parts, amounts := split(counts)
	places, others := map[int]place{}, false
	b.Queue(q, append(e.args(), nth, parts, amounts)...).Query(func(rows pgx.Rows) error {
		var part int
		var at place
		_, err := pgx.ForEachRow(rows, []any{&part, &at.before, &at.after, &others, &at.incarnation}, func() error {
			places[part] = at
			at.after = nil
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("insert events: %w", err)
	}
	if others {
		s.queued = true
		var b pgx.Batch
		e.Queue(&b)
		if err := tx.SendBatch(ctx, &b).Close(); err != nil {
			return fmt.Errorf("insert outbox: %w", err)
		}
		return nil
	}
	for i, part := range e.parts {
		at := places[int(part)]
		event := Event{
			Producer: s.producer, Incarnation: at.incarnation, Part: int(part), Seq: at.before + nth[i], ID: uuid.UUID(e.ids[i].Bytes).String(),
			Tenant: e.tenants[i], AggregateID: e.aggregates[i], Version: e.versions[i], Type: e.types[i], Payload: e.payloads[i], Actor: e.actors[i],
			OccurTime: e.occurs[i].Truncate(time.Microsecond), RecordTime: e.now.Truncate(time.Microsecond), TraceParent: e.traces[i],
		}
		if nth[i] == 1 {
			event.After = at.after
		}
		s.events = append(s.events, event)
	}
	return nil
}

// place is where the events of a part go: behind the sequence before, after what the service has applied of others.
type place struct {
	before      int64
	after       map[string]int64
	incarnation int32
}
