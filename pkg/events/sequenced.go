package events

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/postgres"
)

// sequenced are the events to which a transaction gives their sequences itself. They are worth something once it has committed.
type sequenced struct {
	producer string
	last     *pgx.Batch // goes with COMMIT, and inserts the events

	events []Event
	queued bool // others wait for the sequencer
}

// flush does in tx what would go with COMMIT.
func (s *sequenced) flush(ctx context.Context, tx pgx.Tx) error {
	if s.last.Len() == 0 {
		return nil
	}
	now := *s.last
	*s.last = pgx.Batch{}
	return postgres.Lost(tx.Conn(), tx.SendBatch(ctx, &now).Close())
}

// sequencedKey finds it in a context.
type sequencedKey struct{}

// sequencing returns a context by which Emit sequences what it emits.
func sequencing(ctx context.Context, s *sequenced) context.Context {
	return context.WithValue(ctx, sequencedKey{}, s)
}

// InTx runs f in a transaction, as postgres.Pipelined does with what first queues. What f emits with the context that it is given has its sequence
// when the transaction commits, and is published at once: of the three rows that an event is otherwise, one is left. It is for transactions
// of many events, and f emits last: that goes with COMMIT.
func (b *Bus) InTx(ctx context.Context, first func(b *pgx.Batch), f func(ctx context.Context, tx pgx.Tx) error) error {
	var s *sequenced
	err := postgres.Pipelined(ctx, b.cfg.Pool, first, func(tx pgx.Tx, last *pgx.Batch) error {
		s = &sequenced{producer: b.cfg.Service, last: last}
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

// sequence has the transaction of s give the events of e their place, in one statement that goes with COMMIT behind those of b, and notes
// them in s. Where others of their part wait for the sequencer, they go behind these into the outbox.
//
// The heads are locked from there to the commit: so sequences rise in the order of commits, without a hole, and whoever sees an event can see
// all before it. What an aggregate emitted before had been committed before its row was locked, and is seen here.
func (e Emission) sequence(s *sequenced, b *pgx.Batch) {
	const events = `
		SELECT unnest($1::smallint[]) AS part, unnest($2::uuid[]) AS event_id, unnest($3::text[]) AS tenant, unnest($4::text[]) AS aggregate_id,
			unnest($5::bigint[]) AS version, unnest($6::text[]) AS type, unnest($7::bytea[]) AS payload, unnest($8::text[]) AS actor,
			unnest($9::timestamptz[]) AS occur_time, unnest($11::text[]) AS traceparent, unnest($12::bigint[]) AS nth`
	const q = `
		WITH head AS MATERIALIZED (
			SELECT h.part, h.seq, c.count, (SELECT jsonb_object_agg(i.producer, i.seq) FROM inbox_cursor i WHERE i.part = h.part AND i.seq > 0) AS after,
				EXISTS (SELECT FROM outbox_pending p WHERE p.part = h.part) AS waits
			FROM producer_head h JOIN unnest($13::int[], $14::bigint[]) AS c (part, count) ON h.part = c.part
			ORDER BY h.part
			FOR UPDATE OF h
		), moved AS (
			UPDATE producer_head h SET seq = head.seq + head.count
			FROM head
			WHERE h.part = head.part AND NOT head.waits
		), kept AS (
			INSERT INTO event_stream (` + streamColumns + `)
			SELECT u.part, head.seq + nth, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, $10, traceparent,
				CASE WHEN nth = 1 THEN head.after END
			FROM (` + events + `) u JOIN head ON head.part = u.part AND NOT head.waits
		), queued AS (
			INSERT INTO outbox_pending
				(part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, record_time, traceparent)
			SELECT u.part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, $10, traceparent
			FROM (` + events + `) u JOIN head ON head.part = u.part AND head.waits
			WHERE EXISTS (SELECT FROM head WHERE waits)
			ORDER BY u.part, nth
		)
		SELECT head.part, head.seq, head.after, producer_meta.incarnation, head.waits FROM head, producer_meta`
	counts := map[int]int64{}
	nth := make([]int64, e.Len())
	for i, part := range e.parts {
		counts[int(part)]++
		nth[i] = counts[int(part)]
	}
	parts, amounts := split(counts)
	last := s.last
	last.QueuedQueries = append(last.QueuedQueries, b.QueuedQueries...)
	last.Queue(q, append(e.args(), nth, parts, amounts)...).Query(func(rows pgx.Rows) error {
		var part int
		var at place
		places := map[int]place{}
		_, err := pgx.ForEachRow(rows, []any{&part, &at.before, &at.after, &at.incarnation, &at.waits}, func() error {
			places[part] = at
			s.queued = s.queued || at.waits
			at.after = nil
			return nil
		})
		if err != nil {
			return err
		}
		s.events = append(s.events, e.eventsAt(places, nth, s.producer)...)
		return nil
	})
}

// eventsAt returns the events of e that got a sequence, of which each is the nth of its part, behind places.
func (e Emission) eventsAt(places map[int]place, nth []int64, producer string) []Event {
	events := make([]Event, 0, e.Len())
	for i, part := range e.parts {
		at := places[int(part)]
		if at.waits {
			continue
		}
		event := Event{
			Producer: producer, Incarnation: at.incarnation, Part: int(part), Seq: at.before + nth[i], ID: uuid.UUID(e.ids[i].Bytes).String(),
			Tenant: e.tenants[i], AggregateID: e.aggregates[i], Version: e.versions[i], Type: e.types[i], Payload: e.payloads[i], Actor: e.actors[i],
			OccurTime: e.occurs[i].Truncate(time.Microsecond), RecordTime: e.now.Truncate(time.Microsecond), TraceParent: e.traces[i],
		}
		if nth[i] == 1 {
			event.After = at.after
		}
		events = append(events, event)
	}
	return events
}

// place is where the events of a part go: behind the sequence before, after what the service has applied of others.
type place struct {
	before      int64
	after       map[string]int64
	incarnation int32
	waits       bool // behind others, which wait for the sequencer: it will give them their place
}
