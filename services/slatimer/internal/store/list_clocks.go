package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/slatimer/internal/domain"
)

// ClockFilter says which clocks of a tenant are wanted.
type ClockFilter struct {
	Tenant string
	// ComplaintID limits the list to one complaint; empty means all.
	ComplaintID string
	// State limits it to one state; 0 means all.
	State domain.State
	// DueTo limits it to those due before; zero means all.
	DueTo time.Time
	// After is the last clock of the page before; zero for the first page.
	After ClockPosition
	// Limit is the most clocks returned.
	Limit int
}

// ClockPosition is a clock's place in a list: its start, or its due time in a list that is not of one complaint.
type ClockPosition struct {
	Time    time.Time `json:"t"`
	ClockID string    `json:"c"`
}

// ListedClock is a clock and its complaint.
type ListedClock struct {
	domain.Key
	domain.Clock
}

// Each list has its index: that of one complaint the key, the others due time. Of a long history little still runs, and all of that is
// due after the first armed timer.
const (
	selectClocks = `SELECT ` + clockColumns + ` FROM clock WHERE tenant = $1 AND due_time < coalesce($2, 'infinity'::timestamptz)`
	afterDue     = ` AND (due_time, clock_id) > (coalesce($3, '-infinity'::timestamptz), $4::uuid)`
	afterStart   = ` AND (start_time, clock_id) > (coalesce($3, '-infinity'::timestamptz), $4::uuid)`
	inState      = ` AND ($6::smallint = 0 OR state = $6)`

	listRunning     = selectClocks + afterDue + ` AND state = 1 AND due_time >= (SELECT min(fire_time) FROM timer_armed) ORDER BY due_time, clock_id LIMIT $5`
	listAll         = selectClocks + afterDue + inState + ` ORDER BY due_time, clock_id LIMIT $5`
	listOfComplaint = selectClocks + afterStart + inState + ` AND complaint_id = $7::uuid ORDER BY start_time, clock_id LIMIT $5`
)

// ListClocks returns clocks: of one complaint by start, else by due time, the earliest first.
func ListClocks(ctx context.Context, pool *pgxpool.Pool, f ClockFilter) ([]ListedClock, error) {
	after := f.After.ClockID
	if after == "" {
		after = "00000000-0000-0000-0000-000000000000"
	}
	args := []any{f.Tenant, null(f.DueTo), null(f.After.Time), after, f.Limit}
	q := listRunning
	switch {
	case f.ComplaintID != "":
		q, args = listOfComplaint, append(args, int16(f.State), f.ComplaintID)
	case f.State != domain.StateRunning:
		q, args = listAll, append(args, int16(f.State))
	}
	rows, _ := pool.Query(ctx, q, args...) // eachClock returns the error
	var list []ListedClock
	if err := eachClock(rows, func(k domain.Key, c domain.Clock) { list = append(list, ListedClock{k, c}) }); err != nil {
		return nil, fmt.Errorf("list clocks: %w", err)
	}
	return list, nil
}
