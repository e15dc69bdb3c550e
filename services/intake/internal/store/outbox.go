package store

import (
	"context"
	"fmt"
)

// OutboxDeeper reports whether more than limit events wait for their sequence. It looks at no more rows than that, so
// that the look stays cheap when the outbox is deepest.
func OutboxDeeper(ctx context.Context, db Querier, limit int) (bool, error) {
	const q = `SELECT count(*) > $1 FROM (SELECT FROM outbox_pending LIMIT $1 + 1) AS waiting`
	var deeper bool
	if err := db.QueryRow(ctx, q, limit).Scan(&deeper); err != nil {
		return false, fmt.Errorf("look at outbox: %w", err)
	}
	return deeper, nil
}
