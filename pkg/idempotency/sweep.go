package idempotency

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// Life is how long an answer is kept: a request that comes again later runs anew. One whose id is made of a name (UUID version 5) never does.
	Life = 72 * time.Hour
	// sweepEvery is how often answers that are older are looked for.
	sweepEvery = time.Minute
	// sweepBatch is the most of them that one transaction deletes.
	sweepBatch = 5000
)

// Sweep deletes answers that are older than Life by now, until ctx ends. Replicas share the work.
func Sweep(ctx context.Context, pool *pgxpool.Pool, now func() time.Time, log *slog.Logger) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := SweepOnce(ctx, pool, now()); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "old answers not deleted", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// SweepOnce deletes the answers that are older than Life at now, a batch in each transaction. Those that somebody else has locked are left.
func SweepOnce(ctx context.Context, pool *pgxpool.Pool, now time.Time) error {
	const q = `
		DELETE FROM idempotency
		WHERE ctid = ANY (ARRAY(
			SELECT ctid
			FROM idempotency
			WHERE create_time < $1 AND get_byte(uuid_send(request_id), 6) >> 4 <> 5
			ORDER BY create_time
			LIMIT $2
			FOR UPDATE SKIP LOCKED))`
	for n := int64(sweepBatch); n == sweepBatch; {
		done, err := pool.Exec(ctx, q, now.Add(-Life), sweepBatch)
		if err != nil {
			return fmt.Errorf("delete old answers: %w", err)
		}
		n = done.RowsAffected()
	}
	return nil
}
