package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// MaxContacts is how many contacts of a complaint are read.
const MaxContacts = 1000

// InsertContact keeps a contact and what was said in it, sealed; note is nil when nothing was written down.
func InsertContact(ctx context.Context, tx pgx.Tx, tenant string, c domain.Contact, note []byte) error {
	const q = `
		INSERT INTO contact (tenant, complaint_id, contact_id, outbound, medium, purpose, content, occur_time, record_time, note)
		VALUES ($1, $2::uuid, $3::uuid, $4, $5, $6, coalesce($7::text[], '{}'), $8, $9, $10)`
	_, err := tx.Exec(ctx, q, tenant, c.ComplaintID, c.ID, c.Outbound, c.Medium, c.Purpose, c.Content, c.OccurTime, c.RecordTime, note)
	if err != nil {
		return fmt.Errorf("insert contact: %w", err)
	}
	return nil
}

// Contacts returns the first MaxContacts contacts of a complaint, the earliest first.
func Contacts(ctx context.Context, db Querier, tenant, complaintID string) ([]domain.Contact, error) {
	const q = `
		SELECT contact_id::text, complaint_id::text, outbound, medium, purpose, content, occur_time, record_time
		FROM contact
		WHERE tenant = $1 AND complaint_id = $2::uuid
		ORDER BY occur_time, contact_id
		LIMIT $3`
	rows, _ := db.Query(ctx, q, tenant, complaintID, MaxContacts) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[domain.Contact])
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return list, nil
}

// Note is what was said in a contact, sealed.
type Note struct {
	ContactID string
	Sealed    []byte
}

// Notes returns what was said in the newest contacts of a complaint, sealed, the newest first: at most MaxContacts.
func Notes(ctx context.Context, db Querier, tenant, complaintID string) ([]Note, error) {
	const q = `
		SELECT contact_id::text, note FROM contact
		WHERE tenant = $1 AND complaint_id = $2::uuid AND note IS NOT NULL
		ORDER BY occur_time DESC, contact_id DESC
		LIMIT $3`
	rows, _ := db.Query(ctx, q, tenant, complaintID, MaxContacts) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Note])
	if err != nil {
		return nil, fmt.Errorf("list notes: %w", err)
	}
	return list, nil
}
