package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/followup/internal/domain"
)

// Visit is a visit with what lists show of its complaint.
type Visit struct {
	domain.Visit
	Tenant      string
	ComplaintID string
	Number      string
	Procedure   string
}

// VisitOf returns v of the file f.
func VisitOf(f domain.File, v domain.Visit) Visit {
	return Visit{Visit: v, Tenant: f.Tenant, ComplaintID: f.ComplaintID, Number: f.Number, Procedure: f.Procedure}
}

// visitColumns are what scanVisit reads.
const visitColumns = `tenant, complaint_id::text, number, procedure, visit_id::text, plan, round, post, state, attempt_count, schedule_time, end_time, outcome`

// scanVisit reads a visit.
func scanVisit(row pgx.CollectableRow) (Visit, error) {
	var v Visit
	var end *time.Time
	err := row.Scan(&v.Tenant, &v.ComplaintID, &v.Number, &v.Procedure, &v.ID, &v.Plan, &v.Round, &v.Post, &v.State, &v.Attempts,
		&v.ScheduleTime, &end, &v.Outcome)
	if end != nil {
		v.EndTime = *end
	}
	return v, err
}

// addDueVisits adds the visits that are due to their files, the earliest first.
func addDueVisits(ctx context.Context, tx pgx.Tx, tenants, ids []string, files map[Key]domain.File) error {
	const q = `
		SELECT v.*
		FROM unnest($1::text[], $2::uuid[]) AS k (tenant, complaint_id)
		CROSS JOIN LATERAL (
			SELECT ` + visitColumns + `
			FROM visit
			WHERE tenant = k.tenant AND complaint_id = k.complaint_id AND state = 1
			ORDER BY schedule_time, visit_id
			OFFSET 0
		) v`
	rows, _ := tx.Query(ctx, q, tenants, ids) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanVisit)
	if err != nil {
		return fmt.Errorf("select due visits: %w", err)
	}
	for _, v := range list {
		k := Key{v.Tenant, v.ComplaintID}
		f := files[k]
		f.Visits = append(f.Visits, v.Visit)
		files[k] = f
	}
	return nil
}

// FindVisit returns a visit, and false when there is none.
func FindVisit(ctx context.Context, tx pgx.Tx, tenant, visitID string) (Visit, bool, error) {
	const q = `SELECT ` + visitColumns + ` FROM visit WHERE tenant = $1 AND visit_id = $2`
	rows, _ := tx.Query(ctx, q, tenant, visitID) // CollectExactlyOneRow returns the error
	v, err := pgx.CollectExactlyOneRow(rows, scanVisit)
	if errors.Is(err, pgx.ErrNoRows) {
		return v, false, nil
	}
	if err != nil {
		return v, false, fmt.Errorf("select visit: %w", err)
	}
	return v, true, nil
}

// SaveVisits inserts or updates visits in one statement. Only what happens to a visit is updated; what it is stays.
func SaveVisits(ctx context.Context, tx pgx.Tx, visits []Visit) error {
	const q = `
		INSERT INTO visit (tenant, visit_id, complaint_id, number, procedure, plan, round, post, state, attempt_count, schedule_time, end_time, outcome)
		SELECT unnest($1::text[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::text[]), unnest($5::text[]), unnest($6::text[]),
			unnest($7::integer[]), unnest($8::text[]), unnest($9::smallint[]), unnest($10::integer[]), unnest($11::timestamptz[]),
			unnest($12::timestamptz[]), unnest($13::smallint[])
		ON CONFLICT (tenant, visit_id) DO UPDATE
		SET post = excluded.post, state = excluded.state, attempt_count = excluded.attempt_count, end_time = excluded.end_time, outcome = excluded.outcome`
	if len(visits) == 0 {
		return nil
	}
	n := len(visits)
	var (
		tenants, ids, complaints, numbers = make([]string, n), make([]string, n), make([]string, n), make([]string, n)
		procedures, plans, posts          = make([]string, n), make([]string, n), make([]string, n)
		rounds, attempts                  = make([]int32, n), make([]int32, n)
		states, outcomes                  = make([]int16, n), make([]int16, n)
		schedules                         = make([]time.Time, n)
		ends                              = make([]*time.Time, n)
	)
	for i, v := range visits {
		tenants[i], ids[i], complaints[i], numbers[i] = v.Tenant, v.ID, v.ComplaintID, v.Number
		procedures[i], plans[i], posts[i] = v.Procedure, v.Plan, v.Post
		rounds[i], attempts[i] = int32(v.Round), int32(v.Attempts)
		states[i], outcomes[i] = int16(v.State), int16(v.Outcome)
		schedules[i] = v.ScheduleTime
		if !v.EndTime.IsZero() {
			ends[i] = &v.EndTime
		}
	}
	_, err := tx.Exec(ctx, q, tenants, ids, complaints, numbers, procedures, plans, rounds, posts, states, attempts, schedules, ends, outcomes)
	if err != nil {
		return fmt.Errorf("save visits: %w", err)
	}
	return nil
}
