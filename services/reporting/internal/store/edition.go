package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// KnownEdition is an edition that a tenant has published, or under which complaints have arrived.
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
			SELECT FROM known_edition k
			WHERE k.tenant = u.tenant AND k.procedure = u.procedure AND k.edition = u.edition AND k.first_time IS NOT NULL)
		ORDER BY tenant, procedure, edition
		ON CONFLICT (tenant, procedure, edition) DO UPDATE SET first_time = coalesce(known_edition.first_time, excluded.first_time)`
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

// EditionTold is what an event tells of an edition; the other time is zero.
type EditionTold struct {
	KnownEdition
	PublishTime time.Time
	// ActivateTime is from when complaints begin on it, which may be still to come.
	ActivateTime time.Time
}

// SaveEditions keeps what is told of editions, in order: an edition that is activated again has the later time.
func SaveEditions(ctx context.Context, tx pgx.Tx, told []EditionTold) error {
	const q = `
		INSERT INTO known_edition AS k (tenant, procedure, edition, publish_time, activate_time) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (tenant, procedure, edition) DO UPDATE SET
			publish_time = coalesce(k.publish_time, excluded.publish_time), activate_time = coalesce(excluded.activate_time, k.activate_time)`
	for _, e := range told { // a few in a year
		if _, err := tx.Exec(ctx, q, e.Tenant, e.Procedure, e.Edition, orNull(e.PublishTime), orNull(e.ActivateTime)); err != nil {
			return fmt.Errorf("save edition %s: %w", e.Edition, err)
		}
	}
	return nil
}

// Editions returns the digests of a procedure's editions that have been used by now, those activated last first; where none has, its
// drafts, the newest first. One that was never told to be activated was used from its first complaint on.
func Editions(ctx context.Context, pool *pgxpool.Pool, tenant, procedure string, now time.Time) ([]string, error) {
	const q = `
		WITH known AS (
			SELECT edition, publish_time, coalesce(CASE WHEN activate_time <= $3 THEN activate_time END, first_time) AS use_time
			FROM known_edition
			WHERE tenant = $1 AND procedure = $2)
		SELECT edition
		FROM known
		WHERE use_time IS NOT NULL OR NOT EXISTS (SELECT FROM known WHERE use_time IS NOT NULL)
		ORDER BY use_time DESC, publish_time DESC NULLS LAST, edition`
	rows, _ := pool.Query(ctx, q, tenant, procedure, now) // CollectRows returns the error
	digests, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("select editions: %w", err)
	}
	return digests, nil
}
