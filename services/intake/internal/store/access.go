package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// MaxAccesses is how many accesses to a person's data are read.
const MaxAccesses = 10_000

// InsertAccess records an access to personal data, in the transaction that grants it. Rows are never changed; an auditor reads them by SQL.
func InsertAccess(ctx context.Context, tx pgx.Tx, tenant string, a domain.Access) error {
	const q = `
		INSERT INTO personal_data_access (tenant, access_id, kind, complaint_id, subject_id, actor, purpose, access_time, granted)
		VALUES ($1, $2::uuid, $3, nullif($4, '')::uuid, nullif($5, '')::uuid, $6, $7, $8, $9)`
	if _, err := tx.Exec(ctx, q, tenant, a.ID, a.Kind, a.ComplaintID, a.SubjectID, a.Actor, a.Purpose, a.Time, a.Granted); err != nil {
		return fmt.Errorf("record access to personal data: %w", err)
	}
	return nil
}

// LastOf returns the time of the n-th newest granted access of one kind by an actor after since; the zero time where there are fewer.
// Until tx ends other accesses by the actor wait: two at once do not both take the last place. n is at least 1.
func LastOf(ctx context.Context, tx pgx.Tx, tenant, actor string, kind domain.AccessKind, since time.Time, n int) (time.Time, error) {
	const lock = `SELECT pg_advisory_xact_lock(hashtextextended('personal_data_access/' || $1 || '/' || $2, 0))`
	if _, err := tx.Exec(ctx, lock, tenant, actor); err != nil {
		return time.Time{}, fmt.Errorf("lock accesses to personal data: %w", err)
	}
	const q = `
		SELECT access_time FROM personal_data_access
		WHERE tenant = $1 AND actor = $2 AND access_time > $3 AND kind = $4 AND granted
		ORDER BY access_time DESC
		OFFSET $5 - 1 LIMIT 1`
	var last time.Time
	err := tx.QueryRow(ctx, q, tenant, actor, since, kind, n).Scan(&last)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return time.Time{}, fmt.Errorf("count accesses to personal data: %w", err)
	}
	return last, nil
}

// AccessesOf returns the newest MaxAccesses granted accesses to the data of a person, the newest first.
func AccessesOf(ctx context.Context, db Querier, tenant, subjectID string) ([]domain.Access, error) {
	const q = `
		SELECT access_id::text, kind, coalesce(complaint_id::text, ''), subject_id::text, actor, purpose, access_time, granted
		FROM personal_data_access
		WHERE tenant = $1 AND subject_id = $2::uuid AND granted
		ORDER BY access_time DESC, access_id
		LIMIT $3`
	rows, _ := db.Query(ctx, q, tenant, subjectID, MaxAccesses) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[domain.Access])
	if err != nil {
		return nil, fmt.Errorf("list accesses to personal data: %w", err)
	}
	return list, nil
}
