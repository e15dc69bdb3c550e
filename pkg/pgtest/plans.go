package pgtest

import (
	"testing"

	"github.com/jackc/pgx/v5"
)

// KeepPlans has each statement of tx keep the plan of its first run, which may be one for empty tables.
func KeepPlans(t testing.TB, tx pgx.Tx) {
	t.Helper()
	const q = `SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`
	if _, err := tx.Exec(t.Context(), q); err != nil {
		t.Fatal(err)
	}
}

// Fetched returns how many rows of a table f reads through indexes, as Postgres counts them in tx.
func Fetched(t testing.TB, tx pgx.Tx, table string, f func() error) int {
	t.Helper()
	count := func() (n int) {
		const q = `SELECT idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relid = $1::text::regclass`
		if err := tx.QueryRow(t.Context(), q, table).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	before := count()
	if err := f(); err != nil {
		t.Fatal(err)
	}
	return count() - before
}
