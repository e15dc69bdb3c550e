package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// eraseSealed is what is done with the rows of a person's complaints: one statement for each table that holds something sealed, or
// something by which a person is found. Who adds such a table adds its statement. $1 is the tenant, $2 the ids of the complaints.
var eraseSealed = []string{
	`DELETE FROM vault WHERE tenant = $1 AND complaint_id = ANY ($2::text[]::uuid[])`,
	`UPDATE contact SET note = NULL WHERE tenant = $1 AND complaint_id = ANY ($2::text[]::uuid[]) AND note IS NOT NULL`,
	`UPDATE evidence SET sealed_key = NULL, sealed_name = NULL WHERE tenant = $1 AND complaint_id = ANY ($2::text[]::uuid[])`,
	`WITH gone AS (
		DELETE FROM evidence_part p USING evidence e
		WHERE e.tenant = $1 AND e.complaint_id = ANY ($2::text[]::uuid[]) AND p.tenant = e.tenant AND p.evidence_id = e.evidence_id
		RETURNING p.tenant, p.evidence_id, p.object_id)
	INSERT INTO evidence_orphan (tenant, evidence_id, object_id, delete_time) SELECT tenant, evidence_id, object_id, '-infinity' FROM gone`,
	`UPDATE complaint_amendment SET personal = NULL WHERE tenant = $1 AND complaint_id = ANY ($2::text[]::uuid[]) AND personal IS NOT NULL`,
	`DELETE FROM complaint_search WHERE tenant = $1 AND complaint_id = ANY ($2::text[]::uuid[])`,
}

// EraseSubject keeps s, which has been erased, and takes away all that was sealed under its key in the complaints. The rows of the person
// and the complaints are locked by tx.
func EraseSubject(ctx context.Context, tx pgx.Tx, tenant string, s domain.Subject, complaints []domain.Complaint) error {
	const q = `UPDATE subject SET wrapped_key = NULL, reference = NULL, erase_time = $3 WHERE tenant = $1 AND subject_id = $2::uuid`
	if _, err := tx.Exec(ctx, q, tenant, s.ID, s.EraseTime); err != nil {
		return fmt.Errorf("erase subject: %w", err)
	}
	ids := column(complaints, func(c domain.Complaint) string { return c.ID })
	for _, q := range eraseSealed {
		if _, err := tx.Exec(ctx, q, tenant, ids); err != nil {
			return fmt.Errorf("erase what was sealed: %w", err)
		}
	}
	return nil
}
