package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// idsOf are the ids of the complaints of the person $2 of the tenant $1: that with the person's own id, and those that name it.
const idsOf = `
	SELECT $2::uuid AS id UNION ALL
	SELECT o.complaint_id FROM complaint o WHERE o.tenant = $1 AND o.subject_id = $2::uuid AND o.subject_id <> o.complaint_id`

// ComplaintsOf returns at most limit complaints of a person, the newest registration first. Each is looked up by itself: asked for "IN" a
// list, the planner may read the whole table.
func ComplaintsOf(ctx context.Context, db Querier, tenant, subjectID string, limit int) ([]Kept, error) {
	const q = `
		SELECT k.*
		FROM (SELECT id FROM (` + idsOf + `) AS u ORDER BY id DESC LIMIT $3) AS ids
		CROSS JOIN LATERAL (` + withVault + `WHERE c.tenant = $1 AND c.complaint_id = ids.id LIMIT 1) AS k
		ORDER BY ids.id DESC`
	return people(ctx, db, q, tenant, subjectID, limit)
}

// ComplaintsByPhone returns at most limit complaints with a telephone number, given as its blind index, the newest registration first.
func ComplaintsByPhone(ctx context.Context, db Querier, tenant string, index []byte, limit int) ([]Kept, error) {
	const q = withVault + `WHERE v.tenant = $1 AND v.phone_index = $2 ORDER BY v.complaint_id DESC LIMIT $3`
	return people(ctx, db, q, tenant, index, limit)
}

// ComplaintsByEmail is ComplaintsByPhone of an e-mail address.
func ComplaintsByEmail(ctx context.Context, db Querier, tenant string, index []byte, limit int) ([]Kept, error) {
	const q = withVault + `WHERE v.tenant = $1 AND v.email_index = $2 ORDER BY v.complaint_id DESC LIMIT $3`
	return people(ctx, db, q, tenant, index, limit)
}

func people(ctx context.Context, db Querier, q string, args ...any) ([]Kept, error) {
	rows, _ := db.Query(ctx, q, args...) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanKept)
	if err != nil {
		return nil, fmt.Errorf("find people: %w", err)
	}
	return list, nil
}

// LockComplaintsOf returns all complaints of a person by their ids, locked until tx ends, so that nothing more of theirs is sealed. One that
// is being registered meanwhile is not among them until its person's row is locked too.
func LockComplaintsOf(ctx context.Context, tx pgx.Tx, tenant, subjectID string) ([]domain.Complaint, error) {
	rows, _ := tx.Query(ctx, `SELECT id::text FROM (`+idsOf+`) AS u ORDER BY id`, tenant, subjectID) // CollectRows returns the error
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("find complaints of a subject: %w", err)
	}
	tenants := make([]string, len(ids))
	for i := range tenants {
		tenants[i] = tenant
	}
	byID, err := LockComplaints(ctx, tx, tenants, ids)
	if err != nil {
		return nil, err
	}
	list := make([]domain.Complaint, 0, len(ids))
	for _, id := range ids {
		if c, ok := byID[id]; ok {
			list = append(list, c)
		}
	}
	return list, nil
}
