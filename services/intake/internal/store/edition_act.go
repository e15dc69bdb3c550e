package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/intake/internal/domain"
)

// Acts returns what was done with the editions of a procedure, in order; with an empty procedure, of every procedure of the tenant.
func Acts(ctx context.Context, db Querier, tenant, procedure string) (map[string]domain.Life, error) {
	const q = `
		SELECT procedure, digest, kind, actor, act_time, effective_time, reason
		FROM edition_act
		WHERE tenant = $1 AND ($2 = '' OR procedure = $2)
		ORDER BY act_id`
	rows, err := db.Query(ctx, q, tenant, procedure)
	if err != nil {
		return nil, fmt.Errorf("select acts: %w", err)
	}
	lives := map[string]domain.Life{}
	var of string
	var a domain.Act
	var effective *time.Time
	_, err = pgx.ForEachRow(rows, []any{&of, &a.Digest, &a.Kind, &a.Actor, &a.Time, &effective, &a.Reason}, func() error {
		a.Time, a.Effective = a.Time.UTC(), time.Time{}
		if effective != nil {
			a.Effective = effective.UTC()
		}
		lives[of] = append(lives[of], a)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("select acts: %w", err)
	}
	return lives, nil
}

// InsertAct records an act, and how many events were published about its procedure with it. The procedure is locked.
func InsertAct(ctx context.Context, tx pgx.Tx, tenant, procedure string, a domain.Act, eventVersion int64) error {
	const insert = `
		INSERT INTO edition_act (tenant, procedure, digest, kind, actor, act_time, effective_time, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`
	if _, err := tx.Exec(ctx, insert, tenant, procedure, a.Digest, a.Kind, a.Actor, a.Time, orNull(a.Effective), a.Reason); err != nil {
		return fmt.Errorf("insert act: %w", err)
	}
	const count = `UPDATE procedure_head SET event_version = $3 WHERE tenant = $1 AND procedure = $2`
	if _, err := tx.Exec(ctx, count, tenant, procedure, eventVersion); err != nil {
		return fmt.Errorf("count events of procedure: %w", err)
	}
	return nil
}

// Decision is what holds for the new complaints of a procedure.
type Decision struct {
	// Digest of the edition that they begin on; of the last one where the procedure is retired.
	Digest  string
	Retired bool
	Since   time.Time
}

// Decisions returns what holds at now for each procedure for which anything was decided.
func Decisions(ctx context.Context, db Querier, tenant string, procedures []string, now time.Time) (map[string]Decision, error) {
	rows, err := db.Query(ctx, selectDecisions, tenant, procedures, now)
	if err != nil {
		return nil, fmt.Errorf("find active editions: %w", err)
	}
	found := map[string]Decision{}
	return found, collectDecisions(rows, found)
}

// QueueDecisions has b find for found what Decisions returns.
func QueueDecisions(b *pgx.Batch, tenant string, procedures []string, now time.Time, found map[string]Decision) {
	b.Queue(selectDecisions, tenant, procedures, now).Query(func(rows pgx.Rows) error { return collectDecisions(rows, found) })
}

// selectDecisions reads, by the index, one row for each procedure, however many decisions there were.
const selectDecisions = `
	SELECT u.procedure, a.digest, a.kind = 5, a.effective_time
	FROM unnest($2::text[]) AS u (procedure)
	CROSS JOIN LATERAL (
		SELECT digest, kind, effective_time
		FROM edition_act
		WHERE tenant = $1 AND procedure = u.procedure AND kind IN (3, 5) AND effective_time <= $3
		ORDER BY effective_time DESC, act_id DESC
		LIMIT 1
	) a`

func collectDecisions(rows pgx.Rows, found map[string]Decision) error {
	var procedure string
	var d Decision
	_, err := pgx.ForEachRow(rows, []any{&procedure, &d.Digest, &d.Retired, &d.Since}, func() error {
		found[procedure] = d
		return nil
	})
	if err != nil {
		return fmt.Errorf("find active editions: %w", err)
	}
	return nil
}

// OpenComplaints returns how many open complaints of a tenant run by each edition, by digest. It reads the whole table.
func OpenComplaints(ctx context.Context, db Querier, tenant string) (map[string]int64, error) {
	const q = `SELECT digest, count(*) FROM complaint WHERE tenant = $1 AND state = $2 GROUP BY digest`
	rows, err := db.Query(ctx, q, tenant, domain.Open)
	if err != nil {
		return nil, fmt.Errorf("count open complaints: %w", err)
	}
	counts := map[string]int64{}
	var digest string
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&digest, &n}, func() error {
		counts[digest] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count open complaints: %w", err)
	}
	return counts, nil
}
