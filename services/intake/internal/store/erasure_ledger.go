package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// InsertErasure writes an entry of the ledger; one that is there stays as it is, as after a replay.
func InsertErasure(ctx context.Context, tx pgx.Tx, tenant string, e domain.Erasure) error {
	const q = `
		INSERT INTO erasure_ledger (tenant, subject_id, erase_time, reason, requester, approver, proof)
		VALUES ($1, $2::uuid, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant, subject_id) DO NOTHING`
	if _, err := tx.Exec(ctx, q, tenant, e.SubjectID, e.EraseTime, e.Reason, e.Requester, e.Approver, e.Proof); err != nil {
		return fmt.Errorf("write erasure: %w", err)
	}
	return nil
}

// Erasures returns at most limit entries of the ledger, the earliest first, after the one given by its time and subject.
func Erasures(ctx context.Context, db Querier, tenant string, after time.Time, subjectID string, limit int) ([]domain.Erasure, error) {
	const q = `
		SELECT subject_id::text, erase_time, reason, requester, approver, proof
		FROM erasure_ledger
		WHERE tenant = $1 AND (erase_time, subject_id) > ($2, coalesce(nullif($3, ''), '00000000-0000-0000-0000-000000000000')::uuid)
		ORDER BY erase_time, subject_id
		LIMIT $4`
	rows, _ := db.Query(ctx, q, tenant, after, subjectID, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[domain.Erasure])
	if err != nil {
		return nil, fmt.Errorf("list erasures: %w", err)
	}
	return list, nil
}
