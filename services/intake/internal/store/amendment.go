package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// MaxAmendments is how many amendments of a complaint are read.
const MaxAmendments = 200

// SealedAmendment is an amendment as it is kept: its parts are what is coded, Personal is what is not, sealed, or nil.
type SealedAmendment struct {
	domain.Amendment
	Personal []byte
}

// InsertAmendment keeps an amendment. Rows are never changed.
func InsertAmendment(ctx context.Context, tx pgx.Tx, tenant, complaintID string, a SealedAmendment) error {
	const q = `
		INSERT INTO complaint_amendment (tenant, complaint_id, amendment_id, version, actor, amend_time, reason, parts, personal)
		VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6, $7, coalesce($8::jsonb, '[]'), $9)`
	_, err := tx.Exec(ctx, q, tenant, complaintID, a.ID, a.Version, a.Actor, a.Time, a.Reason, a.Parts, a.Personal)
	if err != nil {
		return fmt.Errorf("insert amendment: %w", err)
	}
	return nil
}

// Amendments returns the last MaxAmendments amendments of a complaint, the oldest first.
func Amendments(ctx context.Context, db Querier, tenant, complaintID string) ([]SealedAmendment, error) {
	const q = `
		SELECT amendment_id, version, actor, amend_time, reason, parts, personal
		FROM (
			SELECT amendment_id::text, version, actor, amend_time, reason, parts, personal
			FROM complaint_amendment
			WHERE tenant = $1 AND complaint_id = $2::uuid
			ORDER BY version DESC
			LIMIT $3) AS last
		ORDER BY version`
	rows, _ := db.Query(ctx, q, tenant, complaintID, MaxAmendments) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a SealedAmendment, err error) {
		return a, row.Scan(&a.ID, &a.Version, &a.Actor, &a.Time, &a.Reason, &a.Parts, &a.Personal)
	})
	if err != nil {
		return nil, fmt.Errorf("list amendments: %w", err)
	}
	return list, nil
}

// SaveAmended keeps what an amendment may change of a complaint beside what SaveComplaints keeps. The row is locked by the caller.
func SaveAmended(ctx context.Context, tx pgx.Tx, c domain.Complaint) error {
	const q = `
		UPDATE complaint SET channel = $3, complainant_kind = $4, fields = $5, external_reference = $6
		WHERE tenant = $1 AND complaint_id = $2::uuid`
	if _, err := tx.Exec(ctx, q, c.Tenant, c.ID, c.Channel, c.ComplainantKind, c.Fields, c.ExternalReference); err != nil {
		return fmt.Errorf("save amended complaint: %w", err)
	}
	return nil
}
