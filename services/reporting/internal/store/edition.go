package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// KnownEdition is an edition under which complaints of a tenant have arrived.
type KnownEdition struct {
	Tenant    string
	Procedure string
	Edition   string
}

// InsertEditions remembers editions, each with the time at which its first complaint was recorded. Those that are known already
// cost a look-up and no lock.
func InsertEditions(ctx context.Context, tx pgx.Tx, first map[KnownEdition]time.Time) error {
	const q = `
		INSERT INTO known_edition (tenant, procedure, edition, first_time)
		SELECT u.* FROM unnest($1::text[], $2::text[], $3::text[], $4::timestamptz[]) AS u (tenant, procedure, edition, first_time)
		WHERE NOT EXISTS (
			SELECT FROM known_edition k WHERE k.tenant = u.tenant AND k.procedure = u.procedure AND k.edition = u.edition)
		ORDER BY tenant, procedure, edition
		ON CONFLICT DO NOTHING`
	if len(first) == 0 {
		return nil
	}
	var tenants, procedures, editions []string
	var times []time.Time
	for e, t := range first {
		tenants, procedures, editions = append(tenants, e.Tenant), append(procedures, e.Procedure), append(editions, e.Edition)
		times = append(times, t)
	}
	if _, err := tx.Exec(ctx, q, tenants, procedures, editions, times); err != nil {
		return fmt.Errorf("insert editions: %w", err)
	}
	return nil
}

// Editions returns the digests of a procedure's editions, the newest first.
func Editions(ctx context.Context, pool *pgxpool.Pool, tenant, procedure string) ([]string, error) {
	const q = `SELECT edition FROM known_edition WHERE tenant = $1 AND procedure = $2 ORDER BY first_time DESC, edition`
	rows, _ := pool.Query(ctx, q, tenant, procedure) // CollectRows returns the error
	digests, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("select editions: %w", err)
	}
	return digests, nil
}
