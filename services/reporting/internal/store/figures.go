package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
)

// Selection says which complaints are added up, and how.
type Selection struct {
	Tenant    string
	Procedure string
	// Editions whose complaints are added up.
	Editions []string
	// Basis says whether From, To and the month are about receipt or closing.
	Basis procedure.MetricBasis
	// Zone is that of the months of closing.
	Zone *time.Location
	// From and To bound the receipt or the closing, To excluded; zero means no bound.
	From, To time.Time
	// Of narrows to the complaints of a subject.
	Of Subject
	// GroupBy are names that domain.CheckGroups let through.
	GroupBy []string
	// Positions of the metrics wanted, from 0.
	Positions []int
}

// Subject says whose complaints are added up; the zero Subject means all.
type Subject struct {
	// Group and Code name those with a code in a field "fields.<key>".
	Group, Code string
	// Work names those on which one of these was done.
	Work []domain.Work
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
		answer, isAnswer := strings.CutPrefix(name, domain.AnswerGroup)
		switch {
		case isField:
			args = append(args, key)
			fmt.Fprintf(&b, ", coalesce(fields -> $%d ->> 'code', '')", len(args))
		case isAnswer:
			args = append(args, strings.Split(answer, "."))
			fmt.Fprintf(&b, ", coalesce(progress -> 'answers' #> $%d ->> 'code', '')", len(args))
		case name == "month" && s.Basis == procedure.ByClosing:
			args = append(args, s.Zone.String())
			fmt.Fprintf(&b, ", to_char(close_time AT TIME ZONE $%d, 'YYYY-MM')", len(args))
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
	at := "receive_time"
	if s.Basis == procedure.ByClosing {
		at = "close_time"
	}
	fmt.Fprintf(&b, `
		FROM complaint_fact
		WHERE NOT action AND tenant = $1 AND procedure = $2 AND %[1]s IS NOT NULL
			AND ($3::timestamptz IS NULL OR %[1]s >= $3) AND ($4::timestamptz IS NULL OR %[1]s < $4)
			AND edition = ANY($5)`, at)
	args = s.Of.narrow(&b, args)
	b.WriteString(" GROUP BY 1")
	for i := range s.GroupBy {
		fmt.Fprintf(&b, ", %d", i+2)
	}
	return b.String(), args
}

// narrow adds the condition of a subject, and returns the arguments with its own.
func (s Subject) narrow(b *strings.Builder, args []any) []any {
	if key, isField := strings.CutPrefix(s.Group, domain.FieldGroup); isField {
		args = append(args, key, s.Code)
		fmt.Fprintf(b, " AND fields -> $%d ->> 'code' = $%d", len(args)-1, len(args))
	}
	if len(s.Work) > 0 {
		patterns := make([]string, len(s.Work))
		for i, w := range s.Work {
			data, _ := json.Marshal([]work{work(w)}) // strings alone, which always marshal
			patterns[i] = string(data)
		}
		args = append(args, patterns)
		fmt.Fprintf(b, " AND progress -> 'work' @> ANY($%d::jsonb[])", len(args))
	}
	return args
}

// columnOf holds the columns to group by.
var columnOf = map[string]string{"month": "month", "channel": "channel", "flow": "flow"}

// scan reads a row of the statement.
func (s Selection) scan(row pgx.CollectableRow) (domain.Figures, error) {
	f := domain.Figures{Basis: s.Basis, Group: make([]string, len(s.GroupBy)), Shares: make(map[int]domain.Share, len(s.Positions))}
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
