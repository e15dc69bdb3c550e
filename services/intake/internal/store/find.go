package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"redress.dev/services/intake/internal/domain"
)

// Kept is a complaint, its person, and what the vault holds of them. Sealed is zero once the person has been erased.
type Kept struct {
	Complaint domain.Complaint
	Subject   domain.Subject
	Sealed    domain.Sealed
}

// Querier reads: a transaction, or a pool where one statement is all.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	QueryRow(ctx context.Context, sql string, args ...any) pgx.Row
}

// Executor writes one statement: a transaction, or a pool where that statement is all.
type Executor interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

// withVault selects complaints with their people and vault rows.
const withVault = `SELECT ` + complaintColumns + `, s.wrapped_key, s.key_version, s.create_time, s.erase_time, v.ciphertext` + fromComplaint +
	`JOIN subject s ON s.tenant = c.tenant AND s.subject_id = c.subject_id
	LEFT JOIN vault v ON v.tenant = c.tenant AND v.complaint_id = c.complaint_id `

func scanKept(row pgx.CollectableRow) (Kept, error) {
	var k Kept
	var closed, erased *time.Time
	s := &k.Subject
	err := row.Scan(append(complaintFields(&k.Complaint, &closed), &s.WrappedKey, &s.KeyVersion, &s.CreateTime, &erased, &k.Sealed.Ciphertext)...)
	if closed != nil {
		k.Complaint.CloseTime = *closed
	}
	if erased != nil {
		s.EraseTime = *erased
	}
	s.ID = k.Complaint.SubjectID
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
