package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/followup/internal/domain"
)

// GetAction returns an action; false when there is none.
func GetAction(ctx context.Context, pool *pgxpool.Pool, tenant, actionID string) (domain.File, bool, error) {
	const q = `SELECT ` + fileColumns + ` FROM file WHERE tenant = $1 AND complaint_id = $2 AND action <> ''`
	rows, _ := pool.Query(ctx, q, tenant, actionID) // CollectExactlyOneRow returns the error
	f, err := pgx.CollectExactlyOneRow(rows, scanFile)
	if errors.Is(err, pgx.ErrNoRows) {
		return f, false, nil
	}
	if err != nil {
		return f, false, fmt.Errorf("select action: %w", err)
	}
	return f, true, nil
}

// ActionFilter says which actions of a tenant are wanted. Empty texts mean all.
type ActionFilter struct {
	Tenant      string
	ComplaintID string
	Action      string
	Procedure   string
	States      []domain.State
}

// ActionPosition is where a page of actions ended: the last row shown.
type ActionPosition struct {
	OpenTime time.Time `json:"t"`
	ActionID string    `json:"a"`
}

// ListActions returns at most limit actions after the position, the earliest opened first, those of one time by id. The zero position is
// before all.
func ListActions(ctx context.Context, pool *pgxpool.Pool, f ActionFilter, after ActionPosition, limit int) ([]domain.File, error) {
	const q = `
		SELECT ` + fileColumns + `
		FROM file
		WHERE tenant = $1 AND action <> '' AND state = ANY($2)
			AND ($3 = '' OR complaints @> ARRAY[nullif($3, '')::uuid])
			AND ($4 = '' OR action = $4)
			AND ($5 = '' OR procedure = $5)
			AND (open_time, complaint_id) > ($6, $7)
		ORDER BY open_time, complaint_id
		LIMIT $8`
	if after.ActionID == "" {
		after.ActionID = "00000000-0000-0000-0000-000000000000"
	}
	states := make([]int16, len(f.States))
	for i, s := range f.States {
		states[i] = int16(s)
	}
	// The statement is planned for the values at hand: which index serves it depends on which filters are empty.
	rows, _ := pool.Query(ctx, q, pgx.QueryExecModeCacheDescribe,
		f.Tenant, states, f.ComplaintID, f.Action, f.Procedure, after.OpenTime, after.ActionID, limit) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, scanFile)
	if err != nil {
		return nil, fmt.Errorf("select actions: %w", err)
	}
	return list, nil
}

// NextActionNumber returns the next place, from 1, of an action without a complaint in a period.
func NextActionNumber(ctx context.Context, tx pgx.Tx, tenant, procedure, action, period string) (seq int64, err error) {
	const q = `
		INSERT INTO action_number AS n (tenant, procedure, action, period, last)
		VALUES ($1, $2, $3, $4, 1)
		ON CONFLICT (tenant, procedure, action, period) DO UPDATE SET last = n.last + 1
		RETURNING last`
	if err = tx.QueryRow(ctx, q, tenant, procedure, action, period).Scan(&seq); err != nil {
		return 0, fmt.Errorf("number action: %w", err)
	}
	return seq, nil
}

// orNull returns NULL for the zero time.
func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orZero returns the zero time for NULL.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}
