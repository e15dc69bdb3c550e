package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/reporting/internal/domain"
)

// Selection says which complaints are added up, and how.
type Selection struct {
	Tenant    string
	Procedure string
	// Editions whose complaints are added up.
	Editions []string
	// From and To bound the receipt, To excluded; zero means no bound.
	From, To time.Time
	// GroupBy are names that domain.CheckGroups let through.
	GroupBy []string
	// Positions of the metrics wanted, from 0.
	Positions []int
}

// Figures adds up the metrics at the positions, for each edition and group, in no order. It reads every complaint selected, once.
func Figures(ctx context.Context, pool *pgxpool.Pool, s Selection) ([]domain.Figures, error) {
	q, args := s.query()
	rows, err := pool.Query(ctx, q, args...)
	if err != nil {
		return nil, fmt.Errorf("select figures: %w", err)
	}
	figures, err := pgx.CollectRows(rows, s.scan)
	if err != nil {
		return nil, fmt.Errorf("select figures: %w", err)
	}
	return figures, nil
}

// query writes the statement. Names that came from outside travel as arguments; only numbers of ours are written into it.
func (s Selection) query() (string, []any) {
	args := []any{s.Tenant, s.Procedure, orNull(s.From), orNull(s.To), s.Editions}
	var b strings.Builder
	b.WriteString("SELECT edition")
	for _, name := range s.GroupBy {
		key, isField := strings.CutPrefix(name, domain.FieldGroup)
		target, isValue := strings.CutPrefix(name, domain.ValueGroup)
		switch {
		case isField:
			args = append(args, key)
			fmt.Fprintf(&b, ", coalesce(fields -> $%d ->> 'code', '')", len(args))
		case isValue:
			args = append(args, target)
			fmt.Fprintf(&b, ", coalesce(rule_values ->> $%d, '')", len(args))
		default:
			b.WriteString(", " + columnOf[name])
		}
	}
	b.WriteString(", count(*)")
	for _, at := range s.Positions { // Postgres counts from 1
		fmt.Fprintf(&b, ", coalesce(sum(numerators[%[1]d]), 0)::bigint, coalesce(sum(denominators[%[1]d]), 0)::bigint", at+1)
	}
	b.WriteString(`
		FROM complaint_fact
		WHERE NOT action AND tenant = $1 AND procedure = $2 AND ($3::timestamptz IS NULL OR receive_time >= $3) AND ($4::timestamptz IS NULL OR receive_time < $4)
			AND edition = ANY($5)
		GROUP BY 1`)
	for i := range s.GroupBy {
		fmt.Fprintf(&b, ", %d", i+2)
	}
	return b.String(), args
}

// columnOf holds the columns to group by.
var columnOf = map[string]string{"month": "month", "channel": "channel", "flow": "flow"}

// scan reads a row of the statement.
func (s Selection) scan(row pgx.CollectableRow) (domain.Figures, error) {
	f := domain.Figures{Group: make([]string, len(s.GroupBy)), Shares: make(map[int]domain.Share, len(s.Positions))}
	shares := make([]domain.Share, len(s.Positions))
	into := []any{&f.Edition}
	for i := range f.Group {
		into = append(into, &f.Group[i])
	}
	into = append(into, &f.Complaints)
	for i := range shares {
		into = append(into, &shares[i].Numerator, &shares[i].Denominator)
	}
	err := row.Scan(into...)
	for i, at := range s.Positions {
		f.Shares[at] = shares[i]
	}
	return f, err
}

// Totals counts complaints, clocks and visits.
type Totals struct {
	Registered, Routed, Closed, Withdrawn, Reopened       int64
	ClockStarted, ClockMet, ClockBreached, ClockCancelled int64
	Visits                                                int64
}

// SumTotals adds up a tenant's complaints, of one procedure or, if it is empty, of all.
func SumTotals(ctx context.Context, pool *pgxpool.Pool, tenant, procedure string) (t Totals, err error) {
	const q = `
		SELECT count(*), count(route_time), count(close_time), count(withdraw_time), coalesce(sum(round_count - 1), 0),
			coalesce(sum(clock_started_count), 0), coalesce(sum(clock_met_count), 0), coalesce(sum(clock_breached_count), 0),
			coalesce(sum(clock_cancelled_count), 0), coalesce(sum(visit_count), 0)
		FROM complaint_fact
		WHERE NOT action AND tenant = $1 AND ($2 = '' OR procedure = $2)`
	err = pool.QueryRow(ctx, q, tenant, procedure).Scan(&t.Registered, &t.Routed, &t.Closed, &t.Withdrawn, &t.Reopened,
		&t.ClockStarted, &t.ClockMet, &t.ClockBreached, &t.ClockCancelled, &t.Visits)
	if err != nil {
		return t, fmt.Errorf("add up totals: %w", err)
	}
	return t, nil
}
