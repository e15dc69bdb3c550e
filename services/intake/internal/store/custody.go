package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// InsertCustody records what somebody did with evidence, in the transaction that does it.
func InsertCustody(ctx context.Context, db Executor, tenant string, c domain.Custody) error {
	const q = `
		INSERT INTO evidence_custody (tenant, complaint_id, custody_id, evidence_id, act, actor, act_time, sha256, reason, offset_bytes)
		VALUES ($1, $2::uuid, $3::uuid, $4::uuid, $5, $6, $7, $8, $9, $10)`
	_, err := db.Exec(ctx, q, tenant, c.ComplaintID, c.ID, c.EvidenceID, c.Act, c.Actor, c.Time, c.SHA256, c.Reason, c.Offset)
	if err != nil {
		return fmt.Errorf("record custody: %w", err)
	}
	return nil
}

// CustodyOf returns at most limit entries of a complaint after the one named after, in the order of their ids; evidenceID and after
// may be empty.
func CustodyOf(ctx context.Context, db Querier, tenant, complaintID, evidenceID, after string, limit int) ([]domain.Custody, error) {
	const q = `
		SELECT custody_id::text, complaint_id::text, evidence_id::text, act, actor, act_time, sha256, reason, offset_bytes
		FROM evidence_custody
		WHERE tenant = $1 AND complaint_id = $2::uuid AND ($3 = '' OR evidence_id = nullif($3, '')::uuid)
			AND ($4 = '' OR custody_id > nullif($4, '')::uuid)
		ORDER BY custody_id
		LIMIT $5`
	rows, _ := db.Query(ctx, q, tenant, complaintID, evidenceID, after, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[domain.Custody])
	if err != nil {
		return nil, fmt.Errorf("list custody: %w", err)
	}
	return list, nil
}
