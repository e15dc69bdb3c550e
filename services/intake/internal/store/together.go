package store

import "github.com/jackc/pgx/v5"

// QueueTogether prepares a transaction that registers for many. The statements behind it keep their plans: making one for each registration takes
// longer than running it; they insert, or find rows by their keys in small tables. And they wait for a lock 2 s at most, since everybody waits.
func QueueTogether(b *pgx.Batch) {
	b.Queue(`SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('lock_timeout', '2s', true)`)
}
