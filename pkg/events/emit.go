package events

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"redress.dev/pkg/wire"
)

// MaxPayload is the most bytes that an event's message may have. What is larger is referred to.
const MaxPayload = 24 << 10

// Emit inserts drafts into the outbox of tx's service, in order. They become events when tx commits, and never otherwise.
//
// Call it after the statement that locks the aggregates' rows: then the order of events is the order of versions. In a Fold, and in Bus.InTx, give
// it their context: then the events have their sequence at once.
func Emit(ctx context.Context, tx pgx.Tx, now time.Time, drafts ...Draft) error {
	return EmitWith(ctx, tx, now, &pgx.Batch{}, drafts...)
}

// EmitWith emits as Emit does, behind the statements of b and in one round trip with them: in a Fold, and in Bus.InTx, that of COMMIT.
func EmitWith(ctx context.Context, tx pgx.Tx, now time.Time, b *pgx.Batch, drafts ...Draft) error {
	e, err := Encode(ctx, now, drafts...)
	if err != nil {
		return err
	}
	return e.EmitWith(ctx, tx, b)
}

// EmitWith emits what was encoded as the function does.
func (e Emission) EmitWith(ctx context.Context, tx pgx.Tx, b *pgx.Batch) error {
	s, sequencing := ctx.Value(sequencedKey{}).(*sequenced)
	switch {
	case e.Len() == 0 && b.Len() == 0:
		return nil
	case sequencing && e.Len() == 0:
		s.last.QueuedQueries = append(s.last.QueuedQueries, b.QueuedQueries...)
		return nil
	case sequencing:
		e.sequence(s, b)
		return nil
	case e.Len() > 0:
		e.Queue(b)
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("write with events: %w", err)
	}
	return nil
}

// Emission is drafts as the outbox takes them.
type Emission struct {
	parts      []int16
	ids        []pgtype.UUID
	tenants    []string
	aggregates []string
	versions   []int64
	types      []string
	payloads   [][]byte
	actors     []string
	occurs     []time.Time
	traces     []string
	now        time.Time
}

// Encode returns drafts ready to be queued with other statements of their transaction, where a round trip counts; else call Emit.
func Encode(ctx context.Context, now time.Time, drafts ...Draft) (Emission, error) {
	n := len(drafts)
	e := Emission{
		make([]int16, n), make([]pgtype.UUID, n), make([]string, n), make([]string, n), make([]int64, n), make([]string, n),
		make([][]byte, n), make([]string, n), make([]time.Time, n), make([]string, n), now,
	}
	span := traceParent(ctx)
	for i, d := range drafts {
		id, err := uuid.NewV7()
		if err != nil {
			return e, fmt.Errorf("event id: %w", err)
		}
		name := string(d.Message.ProtoReflect().Descriptor().FullName())
		payload, err := wire.Marshal(d.Message)
		if err != nil {
			return e, fmt.Errorf("encode %s: %w", name, err)
		}
		if len(payload) > MaxPayload {
			return e, fmt.Errorf("%s of %s is %d bytes, at most %d are allowed: carry a reference instead", name, d.AggregateID, len(payload), MaxPayload)
		}
		e.parts[i], e.ids[i], e.tenants[i] = int16(PartOf(d.AggregateID)), pgtype.UUID{Bytes: id, Valid: true}, d.Tenant
		e.aggregates[i], e.versions[i], e.types[i], e.payloads[i] = d.AggregateID, d.Version, name, payload
		e.actors[i], e.occurs[i], e.traces[i] = d.Actor, d.OccurTime, cmp.Or(d.TraceParent, span)
	}
	return e, nil
}

// Len is how many events there are.
func (e Emission) Len() int { return len(e.ids) }

// Queue has b insert the events, as Emit does, behind the statements that lock the aggregates' rows.
func (e Emission) Queue(b *pgx.Batch) { b.Queue(insertOutbox, e.args()...) }

func (e Emission) args() []any {
	return []any{e.parts, e.ids, e.tenants, e.aggregates, e.versions, e.types, e.payloads, e.actors, e.occurs, e.now, e.traces}
}

const insertOutbox = `
	INSERT INTO outbox_pending
		(part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, record_time, traceparent)
	SELECT u.part, u.event_id, u.tenant, u.aggregate_id, u.version, u.type, u.payload, u.actor, u.occur_time, $10, u.traceparent
	FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bytea[], $8::text[],
		$9::timestamptz[], $11::text[])
		WITH ORDINALITY AS u (part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, traceparent, n)
	ORDER BY u.n`
