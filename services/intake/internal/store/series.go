package store

import "github.com/jackc/pgx/v5"

// queueTake reserves the next count numbers of each series of a tenant and puts the first of each into first. The series stay locked until tx
// ends, and a transaction that fails gives its numbers back: there are no gaps.
//
// All series are taken by one statement in the order of their names, so that two transactions do not wait for each other.
func queueTake(b *pgx.Batch, tenant string, counts, first map[string]int64) {
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
	b.Queue(q, tenant, names, amounts).Query(func(rows pgx.Rows) error {
		var name string
		var last int64
		_, err := pgx.ForEachRow(rows, []any{&name, &last}, func() error {
			first[name] = last - counts[name] + 1
			return nil
		})
		return err
	})
}
