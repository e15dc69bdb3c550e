package store

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Take reserves the next count numbers of each series of a tenant and returns the first of each. The series stay locked until tx
// ends, and a transaction that fails gives its numbers back: there are no gaps.
//
// All series are taken by one statement in the order of their names, so that two transactions do not wait for each other.
func Take(ctx context.Context, tx pgx.Tx, tenant string, counts map[string]int64) (map[string]int64, error) {
	const q = `
		INSERT INTO number_series AS s (tenant, series, last)
		SELECT $1, u.series, u.count FROM unnest($2::text[], $3::bigint[]) AS u (series, count) ORDER BY u.series
		ON CONFLICT (tenant, series) DO UPDATE SET last = s.last + excluded.last
		RETURNING series, last`
	var names []string
	var amounts []int64
	for name, count := range counts {
		names, amounts = append(names, name), append(amounts, count)
	}
	rows, err := tx.Query(ctx, q, tenant, names, amounts)
	if err != nil {
		return nil, fmt.Errorf("take numbers: %w", err)
	}
	first := make(map[string]int64, len(counts))
	var name string
	var last int64
	_, err = pgx.ForEachRow(rows, []any{&name, &last}, func() error {
		first[name] = last - counts[name] + 1
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("take numbers: %w", err)
	}
	return first, nil
}
