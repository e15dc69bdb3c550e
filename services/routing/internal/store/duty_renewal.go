package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/routing/internal/domain"
)

// MaxRenewals is the most that ListRenewals returns.
const MaxRenewals = 100

// renewalColumns are what scanRenewal scans.
const renewalColumns = `r.tenant, r.renewal_id, r.procedure, encode(r.digest, 'hex'), r.structure_time, r.due_time, r.provisional, r.overdue_time,
	r.complete_time, r.event_version`

// LockRenewals keeps others from beginning a renewal of the procedure's directory until tx ends.
func LockRenewals(ctx context.Context, tx pgx.Tx, of Directory) error {
	const q = `SELECT pg_advisory_xact_lock(hashtextextended('duty-renewal/' || $1 || '/' || $2, 0))`
	if _, err := tx.Exec(ctx, q, of.Tenant, of.Procedure); err != nil {
		return fmt.Errorf("lock renewals: %w", err)
	}
	return nil
}

// LockRenewal returns a renewal with its posts, locked until tx ends; false when there is none.
func LockRenewal(ctx context.Context, tx pgx.Tx, tenant, id string) (domain.Renewal, bool, error) {
	const q = `SELECT ` + renewalColumns + ` FROM duty_renewal r WHERE r.tenant = $1 AND r.renewal_id = $2 FOR UPDATE`
	list, err := renewals(ctx, tx, q, tenant, id)
	if err != nil || len(list) == 0 {
		return domain.Renewal{}, false, err
	}
	return list[0], true, nil
}

// ListRenewals returns renewals with their posts, the newest first, at most MaxRenewals; "" means of all procedures.
func ListRenewals(ctx context.Context, q Querier, of Directory, open bool) ([]domain.Renewal, error) {
	const sql = `
		SELECT ` + renewalColumns + `
		FROM duty_renewal r
		WHERE r.tenant = $1 AND ($2 = '' OR r.procedure = $2) AND (NOT $3 OR r.complete_time IS NULL)
		ORDER BY r.begin_time DESC, r.renewal_id DESC
		LIMIT $4`
	return renewals(ctx, q, sql, of.Tenant, of.Procedure, open, MaxRenewals)
}

// maxOverdue is how many renewals are told at once to be late.
const maxOverdue = 20

// LockOverdue returns at most maxOverdue open renewals of all tenants whose due time lies before now and of which nobody has told that yet,
// locked until tx ends. Those that another transaction holds are left to it.
func LockOverdue(ctx context.Context, tx pgx.Tx, now time.Time) ([]domain.Renewal, error) {
	const q = `
		SELECT ` + renewalColumns + `
		FROM duty_renewal r
		WHERE r.complete_time IS NULL AND r.overdue_time IS NULL AND r.due_time < $1
		ORDER BY r.due_time, r.renewal_id
		LIMIT $2
		FOR UPDATE SKIP LOCKED`
	return renewals(ctx, tx, q, now, maxOverdue)
}

func renewals(ctx context.Context, q Querier, sql string, args ...any) ([]domain.Renewal, error) {
	rows, _ := q.Query(ctx, sql, args...)
	list, err := pgx.CollectRows(rows, scanRenewal)
	if err != nil {
		return nil, fmt.Errorf("select renewals: %w", err)
	}
	const posts = `
		SELECT post, person, confirm_time, confirmer
		FROM duty_confirmation
		WHERE tenant = $1 AND renewal_id = $2
		ORDER BY place`
	for i, r := range list { // few are ever looked at together, with some dozens of posts each
		rows, _ := q.Query(ctx, posts, r.Tenant, r.ID)
		if list[i].Posts, err = pgx.CollectRows(rows, scanConfirmation); err != nil {
			return nil, fmt.Errorf("select confirmations: %w", err)
		}
	}
	return list, nil
}

// SaveRenewal inserts a renewal that began at the instant now, or saves what has become of it. It is locked.
func SaveRenewal(ctx context.Context, tx pgx.Tx, r domain.Renewal, now time.Time) error {
	const q = `
		INSERT INTO duty_renewal (tenant, renewal_id, procedure, digest, structure_time, due_time, provisional, begin_time, overdue_time, complete_time,
			event_version)
		VALUES ($1, $2, $3, decode($4, 'hex'), $5, $6, $7, $8, $9, $10, $11)
		ON CONFLICT (tenant, renewal_id) DO UPDATE SET overdue_time = excluded.overdue_time, complete_time = excluded.complete_time,
			event_version = excluded.event_version`
	_, err := tx.Exec(ctx, q, r.Tenant, r.ID, r.Procedure, r.Digest, r.StructureTime, r.DueTime, r.Provisional, now, orNull(r.OverdueTime),
		orNull(r.CompleteTime), r.EventVersion)
	if err != nil {
		return fmt.Errorf("save renewal: %w", err)
	}
	const confirm = `
		INSERT INTO duty_confirmation (tenant, renewal_id, place, post, person, confirm_time, confirmer)
		VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, renewal_id, place) DO UPDATE SET person = excluded.person, confirm_time = excluded.confirm_time,
			confirmer = excluded.confirmer
		WHERE duty_confirmation.confirm_time IS DISTINCT FROM excluded.confirm_time OR duty_confirmation.person <> excluded.person`
	batch := &pgx.Batch{}
	for i, c := range r.Posts {
		batch.Queue(confirm, r.Tenant, r.ID, i, c.Post, c.Person, orNull(c.Time), c.By)
	}
	if err := tx.SendBatch(ctx, batch).Close(); err != nil {
		return fmt.Errorf("save confirmations: %w", err)
	}
	return nil
}

func scanRenewal(row pgx.CollectableRow) (domain.Renewal, error) {
	var r domain.Renewal
	var overdue, completed *time.Time
	err := row.Scan(&r.Tenant, &r.ID, &r.Procedure, &r.Digest, &r.StructureTime, &r.DueTime, &r.Provisional, &overdue, &completed, &r.EventVersion)
	r.StructureTime, r.DueTime, r.OverdueTime, r.CompleteTime = r.StructureTime.UTC(), r.DueTime.UTC(), orZero(overdue), orZero(completed)
	return r, err
}

func scanConfirmation(row pgx.CollectableRow) (domain.Confirmation, error) {
	var c domain.Confirmation
	var confirmed *time.Time
	err := row.Scan(&c.Post, &c.Person, &confirmed, &c.By)
	c.Time = orZero(confirmed)
	return c, err
}
