package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// Kept is a complaint and what the vault holds of its person. Sealed is zero once the person has been erased.
type Kept struct {
	Complaint domain.Complaint
	Sealed    domain.Sealed
}

// Querier reads: a transaction, or a pool where one statement is all.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// withVault selects complaints with their vault rows.
const withVault = `SELECT ` + complaintColumns + `, v.wrapped_key, v.ciphertext` + fromComplaint +
	`LEFT JOIN vault v ON v.tenant = c.tenant AND v.complaint_id = c.complaint_id `

func scanKept(row pgx.CollectableRow) (Kept, error) {
	var k Kept
	var closed *time.Time
	err := row.Scan(append(complaintFields(&k.Complaint, &closed), &k.Sealed.WrappedKey, &k.Sealed.Ciphertext)...)
	if closed != nil {
		k.Complaint.CloseTime = *closed
	}
	return k, err
}

// ComplaintByID returns one complaint, or the fault COMPLAINT_NOT_FOUND.
func ComplaintByID(ctx context.Context, db Querier, tenant, id string) (Kept, error) {
	const q = withVault + `WHERE c.tenant = $1 AND c.complaint_id = $2::uuid`
	return findOne(ctx, db, q, tenant, "complaint_id", id)
}

// ComplaintByNumber returns one complaint, or the fault COMPLAINT_NOT_FOUND.
func ComplaintByNumber(ctx context.Context, db Querier, tenant, number string) (Kept, error) {
	const q = withVault + `WHERE c.tenant = $1 AND c.number = $2`
	return findOne(ctx, db, q, tenant, "number", number)
}

func findOne(ctx context.Context, db Querier, q, tenant, key, value string) (Kept, error) {
	rows, _ := db.Query(ctx, q, tenant, value) // CollectExactlyOneRow returns the error
	k, err := pgx.CollectExactlyOneRow(rows, scanKept)
	if errors.Is(err, pgx.ErrNoRows) {
		return k, NotFound(key, value)
	}
	if err != nil {
		return k, fmt.Errorf("find complaint: %w", err)
	}
	return k, nil
}
