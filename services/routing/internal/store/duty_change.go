package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/routing/internal/domain"
)

// MaxChanges is the most that ListChanges returns.
const MaxChanges = 1000

// selectChange selects what scanChange scans.
const selectChange = `
	SELECT tenant, change_id, procedure, post, person, start_time, reason, requester, request_time, head, state, decider, decide_time,
		coalesce(duty_id::text, '')
	FROM duty_change `

// PendingChange returns the request for a seat that waits; the zero Change when none does.
func PendingChange(ctx context.Context, q Querier, seat domain.Seat) (domain.Change, error) {
	c, _, err := oneChange(ctx, q, `WHERE tenant = $1 AND procedure = $2 AND post = $3 AND state = 1`, seat.Tenant, seat.Procedure, seat.Post)
	return c, err
}

// FindChange returns a request; false when there is none. Whoever decides it locks its seat first and reads it then.
func FindChange(ctx context.Context, q Querier, tenant, id string) (domain.Change, bool, error) {
	return oneChange(ctx, q, `WHERE tenant = $1 AND change_id = $2`, tenant, id)
}

func oneChange(ctx context.Context, q Querier, where string, args ...any) (domain.Change, bool, error) {
	rows, _ := q.Query(ctx, selectChange+where, args...)
	c, err := pgx.CollectExactlyOneRow(rows, scanChange)
	if errors.Is(err, pgx.ErrNoRows) {
		return domain.Change{}, false, nil
	}
	if err != nil {
		return c, false, fmt.Errorf("select duty change: %w", err)
	}
	return c, true, nil
}

// SaveChange inserts a request, or sets its decision. Its seat is locked.
func SaveChange(ctx context.Context, tx pgx.Tx, c domain.Change) error {
	const q = `
		INSERT INTO duty_change (tenant, change_id, procedure, post, person, start_time, reason, requester, request_time, head, state, decider,
			decide_time, duty_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, nullif($14, '')::uuid)
		ON CONFLICT (tenant, change_id) DO UPDATE SET state = excluded.state, decider = excluded.decider, decide_time = excluded.decide_time,
			duty_id = excluded.duty_id`
	_, err := tx.Exec(ctx, q, c.Tenant, c.ID, c.Procedure, c.Post, c.Person, orNull(c.StartTime), c.Reason, c.Requester, c.RequestTime, c.Head,
		c.State, c.Decider, orNull(c.DecideTime), c.DutyID)
	if err != nil {
		return fmt.Errorf("save duty change: %w", err)
	}
	return nil
}

// ListChanges returns requests, the newest first, at most MaxChanges; empty parts of seat and state 0 filter nothing.
func ListChanges(ctx context.Context, q Querier, seat domain.Seat, state domain.ChangeState) ([]domain.Change, error) {
	const where = `
		WHERE tenant = $1 AND ($2 = '' OR procedure = $2) AND ($3 = '' OR post = $3) AND ($4::smallint = 0 OR state = $4)
		ORDER BY request_time DESC, change_id DESC
		LIMIT $5`
	rows, _ := q.Query(ctx, selectChange+where, seat.Tenant, seat.Procedure, seat.Post, state, MaxChanges)
	list, err := pgx.CollectRows(rows, scanChange)
	if err != nil {
		return nil, fmt.Errorf("list duty changes: %w", err)
	}
	return list, nil
}

func scanChange(row pgx.CollectableRow) (domain.Change, error) {
	var c domain.Change
	var start, decided *time.Time
	err := row.Scan(&c.Tenant, &c.ID, &c.Procedure, &c.Post, &c.Person, &start, &c.Reason, &c.Requester, &c.RequestTime, &c.Head, &c.State,
		&c.Decider, &decided, &c.DutyID)
	c.StartTime, c.RequestTime, c.DecideTime = orZero(start), c.RequestTime.UTC(), orZero(decided)
	return c, err
}
