package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/routing/internal/domain"
)

// MaxDuties is the most that ListDuties returns.
const MaxDuties = 5000

// dutyColumns are what scanDuty scans.
const dutyColumns = `duty_id, duty.tenant, duty.procedure, post, person, start_time, end_time, version, record_time, coalesce(change_id::text, '')`

// Directory names the part of the duty directory that belongs to one procedure.
type Directory struct{ Tenant, Procedure string }

// Compare orders directories, as slices.SortFunc wants it.
func (d Directory) Compare(e Directory) int {
	return cmp.Or(cmp.Compare(d.Tenant, e.Tenant), cmp.Compare(d.Procedure, e.Procedure))
}

// Rosters returns the duties of procedures that were in force at any time from first to last.
func Rosters(ctx context.Context, tx pgx.Tx, of []Directory, first, last time.Time) (map[Directory]domain.Roster, error) {
	const q = `
		SELECT d.*
		FROM unnest($1::text[], $2::text[]) AS k (tenant, procedure)
		CROSS JOIN LATERAL (
			SELECT ` + dutyColumns + `
			FROM duty
			WHERE duty.tenant = k.tenant AND duty.procedure = k.procedure AND start_time <= $4 AND (end_time IS NULL OR end_time > $3)
			OFFSET 0
		) d`
	tenants, procedures := make([]string, len(of)), make([]string, len(of))
	for i, d := range of {
		tenants[i], procedures[i] = d.Tenant, d.Procedure
	}
	rows, _ := tx.Query(ctx, q, tenants, procedures, first, last)
	list, err := pgx.CollectRows(rows, scanDuty)
	if err != nil {
		return nil, fmt.Errorf("select rosters: %w", err)
	}
	rosters := make(map[Directory]domain.Roster, len(of))
	for _, d := range of {
		rosters[d] = domain.Roster{}
	}
	for _, d := range list {
		r := rosters[Directory{d.Tenant, d.Procedure}]
		r[d.Post] = append(r[d.Post], d)
	}
	return rosters, nil
}

// LockSeat returns the newest duty of a seat, the zero Duty when it has had none. Nobody else changes the seat until tx ends.
func LockSeat(ctx context.Context, tx pgx.Tx, seat domain.Seat) (domain.Duty, error) {
	// A seat without a duty has no row to lock.
	const lock = `SELECT pg_advisory_xact_lock(hashtextextended($1 || '/' || $2 || '/' || $3, 0))`
	if _, err := tx.Exec(ctx, lock, seat.Tenant, seat.Procedure, seat.Post); err != nil {
		return domain.Duty{}, fmt.Errorf("lock seat: %w", err)
	}
	const q = `
		SELECT ` + dutyColumns + `
		FROM duty
		WHERE tenant = $1 AND procedure = $2 AND post = $3
		ORDER BY version DESC
		LIMIT 1`
	rows, _ := tx.Query(ctx, q, seat.Tenant, seat.Procedure, seat.Post)
	d, err := pgx.CollectExactlyOneRow(rows, scanDuty)
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.Duty{}, nil
	}
	if err != nil {
		return d, fmt.Errorf("select duty: %w", err)
	}
	return d, nil
}

// SaveDuties inserts duties, or sets the end of those that are there.
func SaveDuties(ctx context.Context, tx pgx.Tx, duties ...domain.Duty) error {
	const q = `
		INSERT INTO duty (duty_id, tenant, procedure, post, person, start_time, end_time, version, record_time, change_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, nullif($10, '')::uuid)
		ON CONFLICT (tenant, procedure, post, version) DO UPDATE SET end_time = excluded.end_time`
	for _, d := range duties {
		_, err := tx.Exec(ctx, q, d.ID, d.Tenant, d.Procedure, d.Post, d.Person, d.StartTime, orNull(d.EndTime), d.Version, d.RecordTime, d.ChangeID)
		if err != nil {
			return fmt.Errorf("save duty: %w", err)
		}
	}
	return nil
}

// ListDuties returns duties by procedure, post and start, at most MaxDuties; empty parts of seat and a nil time filter nothing.
func ListDuties(ctx context.Context, q Querier, seat domain.Seat, at *time.Time) ([]domain.Duty, error) {
	const sql = `
		SELECT ` + dutyColumns + `
		FROM duty
		WHERE tenant = $1 AND ($2 = '' OR procedure = $2) AND ($3 = '' OR post = $3)
			AND ($4::timestamptz IS NULL OR start_time <= $4 AND (end_time IS NULL OR end_time > $4))
		ORDER BY procedure, post, version
		LIMIT $5`
	rows, _ := q.Query(ctx, sql, seat.Tenant, seat.Procedure, seat.Post, at, MaxDuties)
	list, err := pgx.CollectRows(rows, scanDuty)
	if err != nil {
		return nil, fmt.Errorf("list duties: %w", err)
	}
	return list, nil
}

// SeatRoster returns the duties of one seat as the directory knew them at the instant known.
func SeatRoster(ctx context.Context, q Querier, seat domain.Seat, known time.Time) (domain.Roster, error) {
	// A duty ends where the next one known begins, whatever came later.
	const sql = `
		SELECT duty_id, tenant, procedure, post, person, start_time, lead(start_time) OVER (ORDER BY version), version, record_time,
			coalesce(change_id::text, '')
		FROM duty
		WHERE tenant = $1 AND procedure = $2 AND post = $3 AND record_time <= $4`
	rows, _ := q.Query(ctx, sql, seat.Tenant, seat.Procedure, seat.Post, known)
	list, err := pgx.CollectRows(rows, scanDuty)
	if err != nil {
		return nil, fmt.Errorf("select seat: %w", err)
	}
	return domain.Roster{seat.Post: list}, nil
}

// scanDuty scans dutyColumns.
func scanDuty(row pgx.CollectableRow) (domain.Duty, error) {
	var d domain.Duty
	var end *time.Time
	err := row.Scan(&d.ID, &d.Tenant, &d.Procedure, &d.Post, &d.Person, &d.StartTime, &end, &d.Version, &d.RecordTime, &d.ChangeID)
	d.StartTime, d.EndTime, d.RecordTime = d.StartTime.UTC(), orZero(end), d.RecordTime.UTC()
	return d, err
}

// orNull returns a time as a column keeps it that may hold none.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orZero returns such a column's time in UTC, as all of domain's are.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
