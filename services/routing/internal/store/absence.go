package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/routing/internal/domain"
)

// MaxAbsences is the most that ListAbsences returns.
const MaxAbsences = 1000

// selectAbsence selects what scanAbsence scans.
const selectAbsence = `SELECT absence_id, tenant, person, start_time, end_time, record_time, cancel_time FROM absence `

// InsertAbsence keeps an absence.
func InsertAbsence(ctx context.Context, tx pgx.Tx, a domain.Absence) error {
	const q = `
		INSERT INTO absence (tenant, absence_id, person, start_time, end_time, record_time, cancel_time)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`
	if _, err := tx.Exec(ctx, q, a.Tenant, a.ID, a.Person, a.StartTime, a.EndTime, a.RecordTime, orNull(a.CancelTime)); err != nil {
		return fmt.Errorf("insert absence: %w", err)
	}
	return nil
}

// LockAbsence returns an absence, locked until tx ends; false when there is none.
func LockAbsence(ctx context.Context, tx pgx.Tx, tenant, id string) (domain.Absence, bool, error) {
	rows, _ := tx.Query(ctx, selectAbsence+`WHERE tenant = $1 AND absence_id = $2 FOR UPDATE`, tenant, id)
	a, err := pgx.CollectExactlyOneRow(rows, scanAbsence)
	if errors.Is(err, pgx.ErrNoRows) {
		return a, false, nil
	}
	if err != nil {
		return a, false, fmt.Errorf("select absence: %w", err)
	}
	return a, true, nil
}

// CancelAbsence sets when an absence was taken back.
func CancelAbsence(ctx context.Context, tx pgx.Tx, a domain.Absence) error {
	const q = `UPDATE absence SET cancel_time = $3 WHERE tenant = $1 AND absence_id = $2`
	if _, err := tx.Exec(ctx, q, a.Tenant, a.ID, a.CancelTime); err != nil {
		return fmt.Errorf("cancel absence: %w", err)
	}
	return nil
}

// ListAbsences returns the absences that stand and cover an instant or, with at zero, are not over at now; the earliest first, at most
// MaxAbsences. An empty person means everybody.
func ListAbsences(ctx context.Context, q Querier, tenant, person string, at, now time.Time) ([]domain.Absence, error) {
	const where = `
		WHERE tenant = $1 AND ($2 = '' OR person = $2) AND cancel_time IS NULL AND end_time > coalesce($3::timestamptz, $4)
			AND ($3::timestamptz IS NULL OR start_time <= $3)
		ORDER BY start_time, absence_id
		LIMIT $5`
	return absences(ctx, q, where, tenant, person, orNull(at), now, MaxAbsences)
}

// CoverOf returns who is away at any time from first to last, and who stands in in a procedure, as was known at the instant known;
// zero means now.
func CoverOf(ctx context.Context, q Querier, of Directory, first, last, known time.Time) (domain.Cover, error) {
	var c domain.Cover
	var err error
	const away = `
		WHERE tenant = $1 AND start_time <= $3 AND end_time > $2 AND ($4::timestamptz IS NULL OR record_time <= $4)
			AND (cancel_time IS NULL OR cancel_time > $4)
		ORDER BY start_time, absence_id`
	if c.Absences, err = absences(ctx, q, away, of.Tenant, first, last, orNull(known)); err != nil {
		return c, err
	}
	for i := range c.Absences {
		c.Absences[i].CancelTime = time.Time{} // not known yet
	}
	const stands = `
		WHERE tenant = $1 AND procedure = $2 AND start_time <= $4 AND (end_time IS NULL OR end_time > $3)
			AND ($5::timestamptz IS NULL OR record_time <= $5)
		ORDER BY version`
	c.Deputies, err = deputies(ctx, q, stands, of.Tenant, of.Procedure, first, last, orNull(known))
	return c, err
}

func absences(ctx context.Context, q Querier, where string, args ...any) ([]domain.Absence, error) {
	rows, _ := q.Query(ctx, selectAbsence+where, args...)
	list, err := pgx.CollectRows(rows, scanAbsence)
	if err != nil {
		return nil, fmt.Errorf("select absences: %w", err)
	}
	return list, nil
}

func scanAbsence(row pgx.CollectableRow) (domain.Absence, error) {
	var a domain.Absence
	var cancelled *time.Time
	err := row.Scan(&a.ID, &a.Tenant, &a.Person, &a.StartTime, &a.EndTime, &a.RecordTime, &cancelled)
	a.StartTime, a.EndTime, a.RecordTime, a.CancelTime = a.StartTime.UTC(), a.EndTime.UTC(), a.RecordTime.UTC(), orZero(cancelled)
	return a, err
}
