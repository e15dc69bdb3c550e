package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
)

// factColumns are the columns of complaint_fact but its two arrays, in the order of the table.
const factColumns = `tenant, complaint_id, procedure, edition, flow, channel, receive_time, month, route_time, close_time, withdraw_time,
	entry_count, round, round_count, contact_count, clock_started_count, clock_met_count, clock_breached_count, clock_cancelled_count, visit_count,
	fields, rule_values, progress, action, number`

// SaveFacts inserts or updates the facts in one statement, with the shares that Measure worked out. What a complaint keeps for its whole
// life is written once. No column of an index changes, so an update that finds room in its page touches no index.
func SaveFacts(ctx context.Context, tx pgx.Tx, facts []*domain.Fact) error {
	// Arrays of arrays cannot be unnested by rows: the arrays of each row travel as text.
	const q = `
		INSERT INTO complaint_fact (` + factColumns + `, numerators, denominators)
		SELECT ` + factColumns + `, numerators::bigint[], denominators::bigint[]
		FROM unnest($1::text[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::timestamptz[], $8::text[], $9::timestamptz[],
			$10::timestamptz[], $11::timestamptz[], $12::integer[], $13::integer[], $14::integer[], $15::integer[], $16::integer[], $17::integer[],
			$18::integer[], $19::integer[], $20::integer[], $21::jsonb[], $22::jsonb[], $23::jsonb[], $24::boolean[], $25::text[], $26::text[], $27::text[])
			AS u (` + factColumns + `, numerators, denominators)
		ON CONFLICT (tenant, complaint_id) DO UPDATE SET
			edition = excluded.edition, route_time = excluded.route_time, close_time = excluded.close_time, withdraw_time = excluded.withdraw_time, entry_count = excluded.entry_count,
			round = excluded.round, round_count = excluded.round_count, contact_count = excluded.contact_count,
			clock_started_count = excluded.clock_started_count, clock_met_count = excluded.clock_met_count,
			clock_breached_count = excluded.clock_breached_count, clock_cancelled_count = excluded.clock_cancelled_count,
			visit_count = excluded.visit_count, rule_values = excluded.rule_values, progress = excluded.progress,
			numerators = excluded.numerators, denominators = excluded.denominators`
	if len(facts) == 0 {
		return nil
	}
	n := len(facts)
	var (
		fields, values, rest     = make([]string, n), make([]string, n), make([]string, n)
		numerators, denominators = make([]string, n), make([]string, n)
		clocks                   = make([]procedure.ClockCounts, n)
	)
	for i, f := range facts {
		var err error
		if fields[i], values[i], rest[i], err = documents(f); err != nil {
			return fmt.Errorf("fact of complaint %s: %w", f.ComplaintID, err)
		}
		numerators[i], denominators[i] = shareArrays(f.Shares)
		clocks[i] = f.Clocks()
	}
	_, err := tx.Exec(ctx, q,
		column(facts, func(f *domain.Fact) string { return f.Tenant }),
		column(facts, func(f *domain.Fact) string { return f.ComplaintID }),
		column(facts, func(f *domain.Fact) string { return f.Procedure }),
		column(facts, func(f *domain.Fact) string { return f.Edition }),
		column(facts, func(f *domain.Fact) string { return f.Seen.Flow }),
		column(facts, func(f *domain.Fact) string { return f.Seen.Channel }),
		column(facts, func(f *domain.Fact) time.Time { return f.Seen.Received }),
		column(facts, func(f *domain.Fact) string { return f.Month }),
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
		fields, values, rest, column(facts, func(f *domain.Fact) bool { return f.Action }),
		column(facts, func(f *domain.Fact) string { return f.Number }), numerators, denominators)
	if err != nil {
		return fmt.Errorf("save facts: %w", err)
	}
	return nil
}

// column returns one value of each row, as an array of a statement.
func column[R, V any](rows []R, value func(R) V) []V {
	out := make([]V, len(rows))
	for i, r := range rows {
		out[i] = value(r)
	}
	return out
}

// documents returns the jsonb columns.
func documents(f *domain.Fact) (fields, values, rest string, err error) {
	text := func(v any) string {
		data, merr := json.Marshal(v)
		if merr != nil {
			err = merr
		}
		return string(data)
	}
	return text(f.Seen.Fields), text(f.Seen.Values), text(progressOf(f)), err
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
