package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
)

// changing and lasting are the columns of complaint_fact but its key and its two arrays: what may change, and what a complaint keeps for its
// whole life.
const (
	changing = `edition, route_time, close_time, withdraw_time, entry_count, round, round_count, contact_count, clock_started_count, clock_met_count,
		clock_breached_count, clock_cancelled_count, visit_count, rule_values, progress`
	lasting = `procedure, flow, channel, receive_time, month, fields, action, number`
	// unnested are the key, what may change, and the two arrays, of the arrays of changingOf. Arrays of arrays cannot be unnested by rows: the arrays
	// of each row travel as text.
	unnested = `unnest($1::text[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::timestamptz[]), unnest($5::timestamptz[]),
		unnest($6::timestamptz[]), unnest($7::integer[]), unnest($8::integer[]), unnest($9::integer[]), unnest($10::integer[]),
		unnest($11::integer[]), unnest($12::integer[]), unnest($13::integer[]), unnest($14::integer[]), unnest($15::integer[]),
		unnest($16::jsonb[]), unnest($17::jsonb[]), unnest($18::text[])::bigint[], unnest($19::text[])::bigint[]`
)

// SaveFacts keeps facts with the shares that Measure worked out, in one round trip: those of complaints that were not known before, and of those
// that LockFacts gave.
func SaveFacts(ctx context.Context, tx pgx.Tx, fresh, known []*domain.Fact) error {
	var b pgx.Batch
	queueNew(&b, fresh)
	queueKnown(&b, known)
	if b.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("save facts: %w", err)
	}
	return nil
}

// queueNew inserts facts.
func queueNew(b *pgx.Batch, facts []*domain.Fact) {
	const q = `
		INSERT INTO complaint_fact (tenant, complaint_id, ` + changing + `, numerators, denominators, ` + lasting + `)
		SELECT ` + unnested + `,
			unnest($20::text[]), unnest($21::text[]), unnest($22::text[]), unnest($23::timestamptz[]), unnest($24::text[]), unnest($25::jsonb[]),
			unnest($26::boolean[]), unnest($27::text[])`
	if len(facts) == 0 {
		return
	}
	b.Queue(q, append(changingOf(facts),
		column(facts, func(f *domain.Fact) string { return f.Procedure }),
		column(facts, func(f *domain.Fact) string { return f.Seen.Flow }),
		column(facts, func(f *domain.Fact) string { return f.Seen.Channel }),
		column(facts, func(f *domain.Fact) time.Time { return f.Seen.Received }),
		column(facts, func(f *domain.Fact) string { return f.Month }),
		column(facts, func(f *domain.Fact) procedure.Values { return orEmpty(f.Seen.Fields) }),
		column(facts, func(f *domain.Fact) bool { return f.Action }),
		column(facts, func(f *domain.Fact) string { return f.Number }))...)
}

// queueKnown updates facts that are there. No column of an index changes, so an update that finds room in its page touches no index.
func queueKnown(b *pgx.Batch, facts []*domain.Fact) {
	const q = `
		UPDATE complaint_fact f SET (` + changing + `, numerators, denominators) = ROW (
			u.edition, u.route_time, u.close_time, u.withdraw_time, u.entry_count, u.round, u.round_count, u.contact_count, u.clock_started_count,
			u.clock_met_count, u.clock_breached_count, u.clock_cancelled_count, u.visit_count, u.rule_values, u.progress, u.numerators,
			u.denominators)
		FROM (SELECT ` + unnested + `) AS u (tenant, complaint_id, ` + changing + `, numerators, denominators)
		WHERE f.tenant = u.tenant AND f.complaint_id = u.complaint_id`
	if len(facts) == 0 {
		return
	}
	b.Queue(q, changingOf(facts)...)
}

// changingOf returns the keys of facts, what may change of them, and the arrays of their shares, as unnest takes them.
func changingOf(facts []*domain.Fact) []any {
	n := len(facts)
	var (
		numerators, denominators = make([]string, n), make([]string, n)
		clocks                   = make([]procedure.ClockCounts, n)
	)
	for i, f := range facts {
		numerators[i], denominators[i] = shareArrays(f.Shares)
		clocks[i] = f.Clocks()
	}
	return []any{
		column(facts, func(f *domain.Fact) string { return f.Tenant }),
		column(facts, func(f *domain.Fact) string { return f.ComplaintID }),
		column(facts, func(f *domain.Fact) string { return f.Edition }),
		column(facts, func(f *domain.Fact) *time.Time { return orNull(f.RouteTime) }),
		column(facts, func(f *domain.Fact) *time.Time { return orNull(f.CloseTime) }),
		column(facts, func(f *domain.Fact) *time.Time { return orNull(f.WithdrawTime) }),
		column(facts, func(f *domain.Fact) int { return f.Entries }),
		column(facts, func(f *domain.Fact) int { return f.Seen.Round }),
		column(facts, func(f *domain.Fact) int { return f.Seen.Rounds }),
		column(facts, func(f *domain.Fact) int { return f.Seen.Contacts }),
		column(clocks, func(c procedure.ClockCounts) int { return c.Started }),
		column(clocks, func(c procedure.ClockCounts) int { return c.Met }),
		column(clocks, func(c procedure.ClockCounts) int { return c.Breached }),
		column(clocks, func(c procedure.ClockCounts) int { return c.Cancelled }),
		column(facts, (*domain.Fact).Visits),
		column(facts, func(f *domain.Fact) map[string]string { return orEmpty(f.Seen.Values) }),
		column(facts, progressOf),
		numerators, denominators,
	}
}

// column returns one value of each row, as an array of a statement.
func column[R, V any](rows []R, value func(R) V) []V {
	out := make([]V, len(rows))
	for i, r := range rows {
		out[i] = value(r)
	}
	return out
}

// shareArrays writes the shares as two arrays, with NULL for those that failed.
func shareArrays(shares []domain.Share) (numerators, denominators string) {
	n, d := []byte{'{'}, []byte{'{'}
	for i, s := range shares {
		if i > 0 {
			n, d = append(n, ','), append(d, ',')
		}
		if s.Failed {
			n, d = append(n, "NULL"...), append(d, "NULL"...)
			continue
		}
		n, d = strconv.AppendInt(n, s.Numerator, 10), strconv.AppendInt(d, s.Denominator, 10)
	}
	return string(append(n, '}')), string(append(d, '}'))
}
