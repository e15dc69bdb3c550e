package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

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

// Filter says which complaints are wanted; its zero parts want all.
type Filter struct {
	Procedure         string
	State             domain.State
	ReceiveFrom       time.Time // at or after
	ReceiveTo         time.Time // before
	ExternalReference string
	// Before is the last complaint of the page before; empty on the first.
	Before string
}

// Complaints returns at most limit complaints, the newest registration first.
func Complaints(ctx context.Context, db Querier, tenant string, f Filter, limit int) ([]Kept, error) {
	q := withVault + `WHERE c.tenant = $1`
	args := []any{tenant}
	and := func(wanted bool, condition string, arg any) {
		if wanted { // only what is asked for stands in the statement, so that the planner can pick an index for it
			args = append(args, arg)
			q += fmt.Sprintf(" AND "+condition, len(args))
		}
	}
	and(f.Procedure != "", "e.procedure = $%d", f.Procedure)
	and(f.State != 0, "c.state = $%d", f.State)
	and(!f.ReceiveFrom.IsZero(), "c.receive_time >= $%d", f.ReceiveFrom)
	and(!f.ReceiveTo.IsZero(), "c.receive_time < $%d", f.ReceiveTo)
	and(f.ExternalReference != "", "c.external_reference = $%d AND c.external_reference <> ''", f.ExternalReference)
	and(f.Before != "", "c.complaint_id < $%d::uuid", f.Before)
	q += fmt.Sprintf(" ORDER BY c.complaint_id DESC LIMIT %d", limit)
	rows, _ := db.Query(ctx, q, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanKept)
	if err != nil {
		return nil, fmt.Errorf("list complaints: %w", err)
	}
	return list, nil
}
