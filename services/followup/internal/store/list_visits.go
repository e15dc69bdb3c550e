package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/followup/internal/domain"
)

// Filter says which visits of a tenant are wanted. Empty texts mean all.
type Filter struct {
	Tenant      string
	ComplaintID string
	Post        string
	Procedure   string
	State       domain.VisitState
}

// Position is where a page of visits ended: the last row shown.
type Position struct {
	ScheduleTime time.Time `json:"t"`
	VisitID      string    `json:"v"`
}

// ListVisits returns at most limit visits after the position, the earliest due first, those due at one time by id. The zero
// position is before all. A visit that ends between two pages may be missed or shown once more, never twice on a page.
func ListVisits(ctx context.Context, pool *pgxpool.Pool, f Filter, after Position, limit int) ([]Visit, error) {
	const q = `
		SELECT ` + visitColumns + `
		FROM visit
		WHERE tenant = $1 AND state = $2
			AND ($3 = '' OR complaint_id = nullif($3, '')::uuid)
			AND ($4 = '' OR post = $4)
			AND ($5 = '' OR procedure = $5)
			AND (schedule_time, visit_id) > ($6, $7)
		ORDER BY schedule_time, visit_id
		LIMIT $8`
	if after.VisitID == "" {
		after.VisitID = "00000000-0000-0000-0000-000000000000"
	}
	// The statement is planned for the values at hand: which index serves it depends on which filters are empty.
	rows, _ := pool.Query(ctx, q, pgx.QueryExecModeCacheDescribe,
		f.Tenant, int16(f.State), f.ComplaintID, f.Post, f.Procedure, after.ScheduleTime, after.VisitID, limit) // CollectRows returns the error
	visits, err := pgx.CollectRows(rows, scanVisit)
	if err != nil {
		return nil, fmt.Errorf("select visits: %w", err)
	}
	return visits, nil
}
