package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// queueVault keeps the sealed personal data of new complaints of one tenant; ids and sealed go together. A row is written also
// where nothing is known of the person.
func queueVault(b *pgx.Batch, tenant string, ids []string, sealed []domain.Sealed) {
	const q = `
		INSERT INTO vault (tenant, complaint_id, ciphertext, phone_index, email_index)
		SELECT $1, unnest($2::uuid[]), unnest($3::bytea[]), unnest($4::bytea[]), unnest($5::bytea[])`
	b.Queue(q, tenant, ids,
		column(sealed, func(s domain.Sealed) []byte { return s.Ciphertext }),
		column(sealed, func(s domain.Sealed) []byte { return s.PhoneIndex }),
		column(sealed, func(s domain.Sealed) []byte { return s.EmailIndex }))
}

// SaveVault keeps other personal data of a complaint, which is locked by the caller. Where the person was erased there is no row, and
// none is made.
func SaveVault(ctx context.Context, tx pgx.Tx, tenant, complaintID string, s domain.Sealed) error {
	const q = `UPDATE vault SET ciphertext = $3, phone_index = $4, email_index = $5 WHERE tenant = $1 AND complaint_id = $2::uuid`
	if _, err := tx.Exec(ctx, q, tenant, complaintID, s.Ciphertext, s.PhoneIndex, s.EmailIndex); err != nil {
		return fmt.Errorf("save vault: %w", err)
	}
	return nil
}
