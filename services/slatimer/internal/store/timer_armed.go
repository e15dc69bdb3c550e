package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/slatimer/internal/domain"
)

// queueArmed arms timers.
func queueArmed(b *pgx.Batch, timers []domain.Timer) {
	const q = `
		INSERT INTO timer_armed (fire_time, shard, clock_id, tenant, complaint_id)
		SELECT unnest($1::timestamptz[]), unnest($2::smallint[]), unnest($3::uuid[]), unnest($4::text[]), unnest($5::uuid[])`
	if len(timers) == 0 {
		return
	}
	times, shards, clocks := timerColumns(timers)
	tenants, complaints := complaintColumns(timers)
	b.Queue(q, times, shards, clocks, tenants, complaints)
}

// queueDisarmed takes timers away; one that is gone already stays gone.
func queueDisarmed(b *pgx.Batch, timers []domain.Timer) {
	const q = `
		DELETE FROM timer_armed t
		USING unnest($1::timestamptz[], $2::smallint[], $3::uuid[]) AS u (fire_time, shard, clock_id)
		WHERE t.fire_time = u.fire_time AND t.shard = u.shard AND t.clock_id = u.clock_id`
	if len(timers) == 0 {
		return
	}
	times, shards, clocks := timerColumns(timers)
	b.Queue(q, times, shards, clocks)
}

func timerColumns(timers []domain.Timer) (times []time.Time, shards []int16, clockIDs ids) {
	n := len(timers)
	times, shards, clockIDs = make([]time.Time, n), make([]int16, n), make(ids, n)
	for i, t := range timers {
		times[i], shards[i], clockIDs[i] = t.FireTime, int16(t.Shard), id(t.ClockID)
	}
	return times, shards, clockIDs
}

func complaintColumns(timers []domain.Timer) (tenants []string, complaints ids) {
	tenants, complaints = make([]string, len(timers)), make(ids, len(timers))
	for i, t := range timers {
		tenants[i], complaints[i] = t.Tenant, id(t.ComplaintID)
	}
	return tenants, complaints
}

// Timers returns at most limit timers of shards that fire after from and not after to, the earliest first. It locks nothing. A zero
// from means the beginning of time.
func Timers(ctx context.Context, pool *pgxpool.Pool, shards []int, from, to time.Time, limit int) ([]domain.Timer, error) {
	// The bounds are parameters: with clock_timestamp() the index could not be used.
	const q = `
		SELECT tenant, complaint_id::text, clock_id::text, shard, fire_time
		FROM timer_armed
		WHERE fire_time > coalesce($1, '-infinity'::timestamptz) AND fire_time <= $2 AND shard = ANY ($3::smallint[])
		ORDER BY fire_time
		LIMIT $4`
	rows, _ := pool.Query(ctx, q, null(from), to, shards, limit) // CollectRows returns the error
	timers, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (domain.Timer, error) {
		var t domain.Timer
		err := row.Scan(&t.Tenant, &t.ComplaintID, &t.ClockID, &t.Shard, &t.FireTime)
		t.FireTime = t.FireTime.UTC()
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("select timers: %w", err)
	}
	return timers, nil
}
