package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/slatimer/internal/domain"
)

// Clocks returns every clock of the complaints of keys, in the order in which they started. It locks nothing.
func Clocks(ctx context.Context, tx pgx.Tx, keys []domain.Key) (map[domain.Key][]domain.Clock, error) {
	const q = `
		SELECT c.*
		FROM ` + keysInOrder + `
		CROSS JOIN LATERAL (
			SELECT ` + clockColumns + `
			FROM clock
			WHERE tenant = k.tenant AND complaint_id = k.complaint_id
			ORDER BY clock_id
			OFFSET 0
		) c`
	tenants, ids := columns(keys)
	found := make(map[domain.Key][]domain.Clock, len(keys))
	var b pgx.Batch
	queueIndexes(&b)
	b.Queue(q, tenants, ids).Query(func(rows pgx.Rows) error {
		return eachClock(rows, func(k domain.Key, c domain.Clock) { found[k] = append(found[k], c) })
	})
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("select clocks: %w", err)
	}
	return found, nil
}

// LiveTables are slatimer's tables at one moment.
type LiveTables struct {
	// Digest is over their rows, whatever the order; see the contract's LiveTables.
	Digest string
	// Work counts the events that slatimer has taken and emitted: it grows with everything that it does.
	Work int64
}

// ReadLiveTables reads them as tx sees them. It reads every row.
func ReadLiveTables(ctx context.Context, tx pgx.Tx) (LiveTables, error) {
	const rows = `
		SELECT 'clock', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM clock t
		UNION ALL
		SELECT 'clock_file', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM clock_file t
		UNION ALL
		SELECT 'timer_armed', count(*), coalesce(sum(hashtextextended(t::text, 0)), 0)::text FROM timer_armed t`
	// An emitted event goes from the outbox to the stream: the sum of both stays when nothing new is emitted.
	const work = `
		SELECT (SELECT coalesce(sum(seq), 0) FROM inbox_cursor) + (SELECT sum(seq) FROM producer_head) + (SELECT count(*) FROM outbox_pending)`
	var live LiveTables
	var table, sum string
	var n int64
	hash := sha256.New()
	found, _ := tx.Query(ctx, rows) // ForEachRow returns the error
	_, err := pgx.ForEachRow(found, []any{&table, &n, &sum}, func() error {
		fmt.Fprintf(hash, "%s %d %s\n", table, n, sum)
		return nil
	})
	if err != nil {
		return live, fmt.Errorf("digest live tables: %w", err)
	}
	live.Digest = hex.EncodeToString(hash.Sum(nil))
	if err := tx.QueryRow(ctx, work).Scan(&live.Work); err != nil {
		return live, fmt.Errorf("count work: %w", err)
	}
	return live, nil
}
