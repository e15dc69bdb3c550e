package events

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"google.golang.org/protobuf/proto"
)

// MaxPayload is the most bytes that a message may have: the stream takes 32 KiB with headers.
const MaxPayload = 24 << 10

// Emit inserts drafts into the outbox of tx's service, in order. They become events when tx commits, and never otherwise.
//
// Call it after the statement that locks the aggregates' rows: then the order of events is the order of versions.
func Emit(ctx context.Context, tx pgx.Tx, now time.Time, drafts ...Draft) error {
	if len(drafts) == 0 {
		return nil
	}
	const q = `
		INSERT INTO outbox_pending
			(part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, record_time, traceparent)
		SELECT u.part, u.event_id, u.tenant, u.aggregate_id, u.version, u.type, u.payload, u.actor, u.occur_time, $10, u.traceparent
		FROM unnest($1::smallint[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bytea[], $8::text[],
			$9::timestamptz[], $11::text[])
			WITH ORDINALITY AS u (part, event_id, tenant, aggregate_id, version, type, payload, actor, occur_time, traceparent, n)
		ORDER BY u.n`
	n := len(drafts)
	var (
		parts      = make([]int16, n)
		ids        = make(pgtype.FlatArray[pgtype.UUID], n) // pgx writes it without reflection
		tenants    = make([]string, n)
		aggregates = make([]string, n)
		versions   = make([]int64, n)
		types      = make([]string, n)
		payloads   = make([][]byte, n)
		actors     = make([]string, n)
		occurs     = make([]time.Time, n)
		traces     = make([]string, n)
		span       = traceParent(ctx)
	)
	for i, d := range drafts {
		id, err := uuid.NewV7()
		if err != nil {
			return fmt.Errorf("event id: %w", err)
		}
		name := string(d.Message.ProtoReflect().Descriptor().FullName())
		payload, err := proto.Marshal(d.Message)
		if err != nil {
			return fmt.Errorf("encode %s: %w", name, err)
		}
		if len(payload) > MaxPayload {
			return fmt.Errorf("%s of %s is %d bytes, at most %d are allowed: carry a reference instead", name, d.AggregateID, len(payload), MaxPayload)
		}
		parts[i], ids[i], tenants[i], aggregates[i], versions[i] = int16(PartOf(d.AggregateID)), pgtype.UUID{Bytes: id, Valid: true}, d.Tenant, d.AggregateID, d.Version
		types[i], payloads[i], actors[i], occurs[i] = name, payload, d.Actor, d.OccurTime
		traces[i] = cmp.Or(d.TraceParent, span)
	}
	_, err := tx.Exec(ctx, q, parts, ids, tenants, aggregates, versions, types, payloads, actors, occurs, now, traces)
	if err != nil {
		return fmt.Errorf("insert outbox: %w", err)
	}
	markEmit(ctx)
	return nil
}
