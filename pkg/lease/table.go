package lease

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// renew prolongs everything that the owner holds and says that it is alive. It returns what is held, with epochs, and how many
// processes share the kind.
//
// It commits without waiting for the disk: what a crash of the database takes back is a prolongation, and the log is written in
// order, so that an epoch which guarded anything durable is durable too.
func renew(ctx context.Context, cfg Config) (map[int]int64, int, error) {
	const q = `
		WITH lazy AS MATERIALIZED (
			SELECT set_config('synchronous_commit', 'off', true)
		), me AS (
			INSERT INTO lease_member (kind, owner, until)
			SELECT $1, $2, statement_timestamp() + $3::interval FROM lazy
			ON CONFLICT (kind, owner) DO UPDATE SET until = EXCLUDED.until
		), dead AS (
			DELETE FROM lease_member WHERE kind = $1 AND owner <> $2 AND until < statement_timestamp()
		), mine AS (
			SELECT shard FROM lease WHERE kind = $1 AND owner = $2 ORDER BY shard FOR UPDATE
		), renewed AS (
			UPDATE lease SET until = statement_timestamp() + $3::interval
			FROM mine WHERE lease.kind = $1 AND lease.shard = mine.shard AND lease.owner = $2
			RETURNING lease.shard, lease.epoch
		)
		SELECT -1, 1 + count(*) FROM lease_member WHERE kind = $1 AND owner <> $2 AND until >= statement_timestamp()
		UNION ALL
		SELECT shard, epoch FROM renewed`
	rows, _ := cfg.Pool.Query(ctx, q, cfg.Kind, cfg.Owner, ttl) // ForEachRow returns the error
	held := map[int]int64{}
	members := 1
	var shard int
	var n int64
	_, err := pgx.ForEachRow(rows, []any{&shard, &n}, func() error {
		if shard < 0 {
			members = int(n)
		} else {
			held[shard] = n
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("renew leases: %w", err)
	}
	return held, members, nil
}

// acquire takes at most limit shards that nobody holds, each under its next epoch.
func acquire(ctx context.Context, cfg Config, limit int) (map[int]int64, error) {
	const q = `
		WITH free AS (
			SELECT s.shard
			FROM generate_series(0, $3::int - 1) AS s (shard)
			LEFT JOIN lease l ON l.kind = $1 AND l.shard = s.shard
			WHERE l.shard IS NULL OR l.until < statement_timestamp()
			ORDER BY s.shard
			LIMIT $4
		)
		INSERT INTO lease (kind, shard, owner, epoch, until)
		SELECT $1, shard, $2, 1, statement_timestamp() + $5::interval FROM free ORDER BY shard
		ON CONFLICT (kind, shard) DO UPDATE
			SET owner = EXCLUDED.owner, epoch = lease.epoch + 1, until = EXCLUDED.until
			WHERE lease.until < statement_timestamp()
		RETURNING shard, epoch`
	rows, _ := cfg.Pool.Query(ctx, q, cfg.Kind, cfg.Owner, cfg.Shards, limit, ttl) // ForEachRow returns the error
	taken := map[int]int64{}
	var shard int
	var epoch int64
	if _, err := pgx.ForEachRow(rows, []any{&shard, &epoch}, func() error { taken[shard] = epoch; return nil }); err != nil {
		return nil, fmt.Errorf("acquire leases: %w", err)
	}
	return taken, nil
}

// release gives up shards for others to take at once. The epochs stay.
func release(ctx context.Context, cfg Config, shards []int) error {
	const q = `
		UPDATE lease SET owner = '', until = '-infinity'
		WHERE kind = $1 AND owner = $2 AND shard = ANY ($3)`
	if _, err := cfg.Pool.Exec(ctx, q, cfg.Kind, cfg.Owner, shards); err != nil {
		return fmt.Errorf("release leases: %w", err)
	}
	return nil
}

// resign gives up every shard and the membership.
func resign(ctx context.Context, cfg Config) error {
	const q = `
		WITH me AS (
			DELETE FROM lease_member WHERE kind = $1 AND owner = $2
		)
		UPDATE lease SET owner = '', until = '-infinity'
		WHERE kind = $1 AND owner = $2`
	_, err := cfg.Pool.Exec(ctx, q, cfg.Kind, cfg.Owner)
	return err
}
