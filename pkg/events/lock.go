package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// errBusy says that another process is applying events of the same part.
var errBusy = errors.New("another process is applying events of the part")

// evictAfter is how long a transaction may keep a part from whoever wants it.
const evictAfter = 3 * time.Second

// lockKey is the first half of the advisory locks of one service's schema; the second is the part.
const lockKey = `hashtext('redress.inbox.' || current_schema())`

// tryLockParts locks parts ($1), or says that it cannot.
const tryLockParts = `SELECT bool_and(pg_try_advisory_xact_lock(` + lockKey + `, part)) AS held FROM unnest($1::smallint[]) AS part`

// byIndex has the statements of the transaction find every row by its key, with plans that are kept. Postgres's guess of how many rows an array
// names, and of how large a table is that has just grown, would else read whole tables for some rows, and making plans anew, which
// avoids that too, takes as long as running them.
const byIndex = `
	SELECT set_config('plan_cache_mode', 'force_generic_plan', true),
		set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)`

// lockParts lets one transaction at a time apply or release events of parts. It fails with errBusy instead of waiting: whoever
// waits keeps a connection from the other parts.
//
// Lanes do not need the lock among themselves, since their cursors keep them apart. It makes parking sure: who looks whether an
// aggregate is parked sees what every earlier transaction did. And it tells whom to end: a process that is stopped in the
// middle of a transaction would keep its rows from its successor for ever.
func lockParts(ctx context.Context, tx pgx.Tx, parts ...int16) error {
	var held bool
	if err := tx.QueryRow(ctx, tryLockParts, parts).Scan(&held); err != nil {
		return fmt.Errorf("lock parts: %w", err)
	}
	if !held {
		return evict(ctx, tx, parts)
	}
	return nil
}

// evict ends who has had one of parts for too long, and returns errBusy.
func evict(ctx context.Context, tx pgx.Tx, parts []int16) error {
	// Timeouts of statements and of idle transactions do not end a COPY whose client stands still.
	const q = `
		SELECT pg_terminate_backend(l.pid)
		FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND l.classid::bigint = ` + lockKey + `::bigint & 4294967295 AND l.objid::bigint = ANY ($1::bigint[]) AND l.objsubid = 2
			AND l.pid <> pg_backend_pid()
			AND a.xact_start < statement_timestamp() - $2::interval`
	if _, err := tx.Exec(ctx, q, parts, evictAfter); err != nil {
		return fmt.Errorf("evict from parts: %w", err)
	}
	return errBusy
}
