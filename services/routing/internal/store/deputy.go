package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/routing/internal/domain"
)

// MaxDeputies is the most that ListDeputies returns.
const MaxDeputies = 5000

// selectDeputy selects what scanDeputy scans.
const selectDeputy = `SELECT tenant, procedure, version, post, person, deputy, start_time, end_time, record_time FROM deputy d `

// LockDeputies returns what was set in a procedure that is not over at the instant from, and what was set last. Nobody else sets
// deputies there until tx ends.
func LockDeputies(ctx context.Context, tx pgx.Tx, of Directory, from time.Time) ([]domain.Deputy, error) {
	const lock = `SELECT pg_advisory_xact_lock(hashtextextended('deputy/' || $1 || '/' || $2, 0))`
	if _, err := tx.Exec(ctx, lock, of.Tenant, of.Procedure); err != nil {
		return nil, fmt.Errorf("lock deputies: %w", err)
	}
	const where = `
		WHERE tenant = $1 AND procedure = $2 AND (end_time IS NULL OR end_time > $3
			OR version = (SELECT max(version) FROM deputy WHERE tenant = $1 AND procedure = $2))
		ORDER BY version`
	return deputies(ctx, tx, where, of.Tenant, of.Procedure, from)
}

// InsertDeputy keeps what was set. The deputies of its procedure are locked.
func InsertDeputy(ctx context.Context, tx pgx.Tx, d domain.Deputy) error {
	const q = `
		INSERT INTO deputy (tenant, procedure, version, post, person, deputy, start_time, end_time, record_time)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	_, err := tx.Exec(ctx, q, d.Tenant, d.Procedure, d.Version, d.Post, d.Person, d.Deputy, d.StartTime, orNull(d.EndTime), d.RecordTime)
	if err != nil {
		return fmt.Errorf("insert deputy: %w", err)
	}
	return nil
}

// ListDeputies returns what was set that covers an instant or, with at zero, is not over at now; by procedure and version, at most
// MaxDeputies. An empty procedure means all.
func ListDeputies(ctx context.Context, q Querier, of Directory, at, now time.Time) ([]domain.Deputy, error) {
	const where = `
		WHERE tenant = $1 AND ($2 = '' OR procedure = $2) AND (end_time IS NULL OR end_time > coalesce($3::timestamptz, $4))
			AND ($3::timestamptz IS NULL OR start_time <= $3)
		ORDER BY procedure, version
		LIMIT $5`
	return deputies(ctx, q, where, of.Tenant, of.Procedure, orNull(at), now, MaxDeputies)
}

func deputies(ctx context.Context, q Querier, where string, args ...any) ([]domain.Deputy, error) {
	rows, _ := q.Query(ctx, selectDeputy+where, args...)
	list, err := pgx.CollectRows(rows, scanDeputy)
	if err != nil {
		return nil, fmt.Errorf("select deputies: %w", err)
	}
	return list, nil
}

func scanDeputy(row pgx.CollectableRow) (domain.Deputy, error) {
	var d domain.Deputy
	var end *time.Time
	err := row.Scan(&d.Tenant, &d.Procedure, &d.Version, &d.Post, &d.Person, &d.Deputy, &d.StartTime, &end, &d.RecordTime)
	d.StartTime, d.EndTime, d.RecordTime = d.StartTime.UTC(), orZero(end), d.RecordTime.UTC()
	return d, err
}
