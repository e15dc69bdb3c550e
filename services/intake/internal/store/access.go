package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// InsertAccess records that actor saw the personal data of a complaint, in the transaction that lets them see it. Rows are never
// changed; an auditor reads them by SQL.
func InsertAccess(ctx context.Context, tx pgx.Tx, tenant, complaintID, accessID, actor, purpose string, now time.Time) error {
	const q = `
		INSERT INTO personal_data_access (tenant, complaint_id, access_id, actor, purpose, access_time)
		VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6)`
	if _, err := tx.Exec(ctx, q, tenant, complaintID, accessID, actor, purpose, now); err != nil {
		return fmt.Errorf("record access to personal data: %w", err)
	}
	return nil
}
