package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
)

// Key names a complaint's fact.
type Key struct{ Tenant, ComplaintID string }

// progress is the column of that name.
type progress struct {
	// Answers are those that metrics see; they are a complaint's facts, and no dimension.
	Answers    map[string]map[string]procedure.Value `json:"answers,omitempty"`
	Clocks     map[string]clockCounts                `json:"clocks"`
	Visits     map[string]visitCounts                `json:"visits"`
	Milestones map[string]int                        `json:"milestones"`
	Actions    map[string]actionCounts               `json:"actions,omitempty"`
	Charges    map[string]chargeCounts               `json:"charges,omitempty"`
	Late       []string                              `json:"late,omitempty"`
	Work       []work                                `json:"work,omitempty"`
}

// work is domain.Work in the column progress, and what a part of it is found by.
type work struct {
	Key    string `json:"key,omitempty"`
	Post   string `json:"post,omitempty"`
	Person string `json:"person,omitempty"`
}

// actionCounts is procedure.ActionCounts in the column progress.
type actionCounts struct {
	Opened    int `json:"opened,omitzero"`
	Closed    int `json:"closed,omitzero"`
	Cancelled int `json:"cancelled,omitzero"`
}

// chargeCounts is procedure.ChargeCounts in the column progress.
type chargeCounts struct {
	Proposed int   `json:"proposed,omitzero"`
	Signed   int   `json:"signed,omitzero"`
	Voided   int   `json:"voided,omitzero"`
	Amount   int64 `json:"amount,omitzero"`
}

// clockCounts is procedure.ClockCounts in the column progress.
type clockCounts struct {
	Started   int `json:"started,omitzero"`
	Met       int `json:"met,omitzero"`
	Breached  int `json:"breached,omitzero"`
	Cancelled int `json:"cancelled,omitzero"`
	Excused   int `json:"excused,omitzero"`
}

// visitCounts is procedure.VisitCounts in the column progress.
type visitCounts struct {
	Satisfied    int `json:"satisfied,omitzero"`
	Dissatisfied int `json:"dissatisfied,omitzero"`
	Unreached    int `json:"unreached,omitzero"`
}

// readColumns are what scanFact reads.
const readColumns = `tenant, complaint_id::text, action, number, procedure, edition, flow, channel, receive_time, month, route_time, close_time, withdraw_time,
	entry_count, round, round_count, contact_count, fields, rule_values, progress`

// ReadFact returns the fact of a complaint without its shares, and false when there is none.
func ReadFact(ctx context.Context, pool *pgxpool.Pool, k Key) (*domain.Fact, bool, error) {
	const q = `SELECT ` + readColumns + ` FROM complaint_fact WHERE tenant = $1 AND complaint_id = $2`
	rows, _ := pool.Query(ctx, q, k.Tenant, k.ComplaintID) // CollectExactlyOneRow returns the error
	f, err := pgx.CollectExactlyOneRow(rows, scanFact)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, false, nil
	}
	if err != nil {
		return nil, false, fmt.Errorf("select fact: %w", err)
	}
	return f, true, nil
}

// LockFacts returns the facts of the complaints that there are, without their shares, locked until tx ends. Each is looked up by
// itself: asked for "IN" a list, the planner may read the whole table, which only grows.
func LockFacts(ctx context.Context, tx pgx.Tx, keys []Key) (map[Key]*domain.Fact, error) {
	const q = `
		SELECT f.*
		FROM (SELECT DISTINCT * FROM unnest($1::text[], $2::uuid[]) AS k (tenant, complaint_id) ORDER BY 1, 2) k
		CROSS JOIN LATERAL (
			SELECT ` + readColumns + `
			FROM complaint_fact
			WHERE tenant = k.tenant AND complaint_id = k.complaint_id
			LIMIT 1
			FOR UPDATE
		) f`
	tenants, ids := make([]string, len(keys)), make([]string, len(keys))
	for i, k := range keys {
		tenants[i], ids[i] = k.Tenant, k.ComplaintID
	}
	rows, _ := tx.Query(ctx, q, tenants, ids) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanFact)
	if err != nil {
		return nil, fmt.Errorf("lock facts: %w", err)
	}
	facts := make(map[Key]*domain.Fact, len(keys))
	for _, f := range list {
		facts[Key{f.Tenant, f.ComplaintID}] = f
	}
	return facts, nil
}

// scanFact reads a fact without its shares: whoever changes it works them out anew.
func scanFact(row pgx.CollectableRow) (*domain.Fact, error) {
	f := &domain.Fact{}
	seen := &f.Seen
	var routed, closed, withdrawn *time.Time
	var p progress
	err := row.Scan(&f.Tenant, &f.ComplaintID, &f.Action, &f.Number, &f.Procedure, &f.Edition, &seen.Flow, &seen.Channel, &seen.Received, &f.Month, &routed, &closed,
		&withdrawn, &f.Entries, &seen.Round, &seen.Rounds, &seen.Contacts, &seen.Fields, &seen.Values, &p)
	if err != nil {
		return nil, err
	}
	f.RouteTime, f.CloseTime, f.WithdrawTime = timeOf(routed), timeOf(closed), timeOf(withdrawn)
	seen.Closed, seen.Withdrawn = closed != nil, withdrawn != nil
	seen.Answers, seen.Milestones, f.Late = p.Answers, p.Milestones, p.Late
	for _, w := range p.Work {
		f.Work = append(f.Work, domain.Work(w))
	}
	seen.Clocks = convert(p.Clocks, func(n clockCounts) procedure.ClockCounts { return procedure.ClockCounts(n) })
	seen.Visits = convert(p.Visits, func(n visitCounts) procedure.VisitCounts { return procedure.VisitCounts(n) })
	seen.Actions = convert(p.Actions, func(n actionCounts) procedure.ActionCounts { return procedure.ActionCounts(n) })
	seen.Charges = convert(p.Charges, func(n chargeCounts) procedure.ChargeCounts { return procedure.ChargeCounts(n) })
	return f, nil
}

// progressOf returns what the column progress holds of f.
func progressOf(f *domain.Fact) progress {
	return progress{
		Work:    column(f.Work, func(w domain.Work) work { return work(w) }),
		Answers: f.Seen.Answers, Milestones: f.Seen.Milestones, Late: f.Late,
		Clocks:  convert(f.Seen.Clocks, func(n procedure.ClockCounts) clockCounts { return clockCounts(n) }),
		Actions: convert(f.Seen.Actions, func(n procedure.ActionCounts) actionCounts { return actionCounts(n) }),
		Charges: convert(f.Seen.Charges, func(n procedure.ChargeCounts) chargeCounts { return chargeCounts(n) }),
		Visits:  convert(f.Seen.Visits, func(n procedure.VisitCounts) visitCounts { return visitCounts(n) }),
	}
}

// convert returns a map with every value converted; it is never nil, so that counting can go on in it.
func convert[A, B any](in map[string]A, one func(A) B) map[string]B {
	out := make(map[string]B, len(in))
	for k, v := range in {
		out[k] = one(v)
	}
	return out
}

// timeOf returns the zero time for NULL.
func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// orNull returns NULL for the zero time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orEmpty returns an empty map for nil, which Postgres would get as NULL.
func orEmpty[V any](m map[string]V) map[string]V {
	if m == nil {
		return map[string]V{}
	}
	return m
}
