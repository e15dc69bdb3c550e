package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/slatimer/internal/domain"
)

// Everyone is the tenant of holidays that count for all who have published none themselves.
const Everyone = ""

// holidayLock is the advisory lock between those who derive clocks, who share it, and those who publish holidays: what is derived
// beside a publication is either seen by the clocks' being derived anew, or waits and sees the publication.
const holidayLock = 0x686f6c69646179

// HolidayEdition is one edition of a set of holidays.
type HolidayEdition struct {
	Tenant, Key, Edition string
	// Content is the set as JSON, KnownThrough its last known date, "2026-12-31".
	Content      []byte
	KnownThrough string
	Source       string
	Actor        string
	// CauseID is the request that published it.
	CauseID     string
	PublishTime time.Time
	// Current: it counts now.
	Current bool
}

// Holidays says which editions count, by tenant and key.
type Holidays map[string]map[string]string

// Of returns the edition of a key that counts for a tenant, and false when none was published.
func (h Holidays) Of(tenant, key string) (string, bool) {
	if edition, ok := h[tenant][key]; ok {
		return edition, true
	}
	edition, ok := h[Everyone][key]
	return edition, ok
}

// CurrentHolidays returns the editions that count until tx ends: nobody publishes meanwhile.
func CurrentHolidays(ctx context.Context, tx pgx.Tx) (Holidays, error) {
	const q = `SELECT tenant, key, edition FROM holiday_current`
	found := Holidays{}
	var b pgx.Batch
	b.Queue(`SELECT pg_advisory_xact_lock_shared($1)`, int64(holidayLock))
	b.Queue(q).Query(func(rows pgx.Rows) error {
		var tenant, key, edition string
		_, err := pgx.ForEachRow(rows, []any{&tenant, &key, &edition}, func() error {
			if found[tenant] == nil {
				found[tenant] = map[string]string{}
			}
			found[tenant][key] = edition
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("read current holidays: %w", err)
	}
	return found, nil
}

// HolidaySet returns the content of an edition that was published by the tenant or for everyone.
func HolidaySet(ctx context.Context, pool *pgxpool.Pool, tenant, key, edition string) ([]byte, error) {
	const q = `SELECT content FROM holiday_edition WHERE tenant IN ($1, '') AND key = $2 AND edition = $3 LIMIT 1`
	var content []byte
	err := pool.QueryRow(ctx, q, tenant, key, edition).Scan(&content)
	return content, wrap("read holidays "+key+"@"+edition, err)
}

// PublishHolidays makes e the edition that counts from now on, and has the clocks that it concerns derived anew. It reports false
// when it counts already.
func PublishHolidays(ctx context.Context, tx pgx.Tx, e HolidayEdition) (bool, error) {
	const keep = `
		INSERT INTO holiday_edition (tenant, key, edition, content, known_through, source, actor, publish_time)
		VALUES ($1, $2, $3, $4, $5::text::date, $6, $7, $8) ON CONFLICT DO NOTHING`
	const count = `
		INSERT INTO holiday_current (tenant, key, edition, publish_time, actor, cause_id, cursor_tenant, cursor_complaint)
		VALUES ($1, $2, $3, $4, $5, $6, '', '00000000-0000-0000-0000-000000000000')
		ON CONFLICT (tenant, key) DO UPDATE SET edition = EXCLUDED.edition, publish_time = EXCLUDED.publish_time, actor = EXCLUDED.actor,
			cause_id = EXCLUDED.cause_id, cursor_tenant = EXCLUDED.cursor_tenant, cursor_complaint = EXCLUDED.cursor_complaint
		WHERE holiday_current.edition <> EXCLUDED.edition`
	if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock($1)`, int64(holidayLock)); err != nil {
		return false, wrap("lock holidays", err)
	}
	_, err := tx.Exec(ctx, keep, e.Tenant, e.Key, e.Edition, e.Content, e.KnownThrough, e.Source, e.Actor, e.PublishTime)
	if err != nil {
		return false, wrap("keep holidays", err)
	}
	tag, err := tx.Exec(ctx, count, e.Tenant, e.Key, e.Edition, e.PublishTime, e.Actor, e.CauseID)
	return err == nil && tag.RowsAffected() > 0, wrap("make holidays count", err)
}

// ListHolidays returns the editions of a tenant's key, and those for everyone, the newest first; an empty key means all.
func ListHolidays(ctx context.Context, pool *pgxpool.Pool, tenant, key string) ([]HolidayEdition, error) {
	const q = `
		SELECT e.tenant, e.key, e.edition, e.content, e.known_through::text, e.source, e.actor, e.publish_time, c.edition IS NOT NULL
		FROM holiday_edition e LEFT JOIN holiday_current c USING (tenant, key, edition)
		WHERE e.tenant IN ($1, '') AND ($2 = '' OR e.key = $2)
		ORDER BY e.key, e.publish_time DESC, e.tenant DESC LIMIT 200`
	rows, _ := pool.Query(ctx, q, tenant, key) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (HolidayEdition, error) {
		var e HolidayEdition
		err := row.Scan(&e.Tenant, &e.Key, &e.Edition, &e.Content, &e.KnownThrough, &e.Source, &e.Actor, &e.PublishTime, &e.Current)
		return e, err
	})
	return list, wrap("list holidays", err)
}

// KnownThrough returns the last date for which the holidays of a tenant's key are known, "2026-12-31"; empty when none were published.
func KnownThrough(ctx context.Context, tx pgx.Tx, tenant, key string) (string, error) {
	const q = `SELECT e.known_through::text FROM holiday_current c JOIN holiday_edition e USING (tenant, key, edition) WHERE tenant = $1 AND key = $2`
	var date string
	if err := tx.QueryRow(ctx, q, tenant, key).Scan(&date); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return "", wrap("read known holidays", err)
	}
	return date, nil
}

// Work is a publication whose clocks are still to be derived anew, and the next complaints that have any.
type Work struct {
	HolidayEdition
	Complaints []domain.Key
}

// NextStale returns the next at most limit complaints with clocks that are not due yet and were derived from another edition of a
// published key than counts now, and moves that publication's cursor past them. It returns false when there is no more work, or
// another replica is at it.
func NextStale(ctx context.Context, tx pgx.Tx, limit int) (Work, bool, error) {
	const next = `
		SELECT tenant, key, edition, publish_time, actor, cause_id, cursor_tenant, cursor_complaint::text
		FROM holiday_current WHERE cursor_tenant IS NOT NULL
		ORDER BY publish_time LIMIT 1 FOR UPDATE SKIP LOCKED`
	const stale = `
		SELECT DISTINCT k.tenant, k.complaint_id::text
		FROM clock k
		WHERE (k.tenant, k.complaint_id) > ($1, $2::uuid) AND k.state IN (1, 5)
			AND k.holidays ~ ('(^|,)' || $3 || '@') AND NOT $3 || '@' || $4 = ANY (string_to_array(k.holidays, ','))
			AND ($5 = k.tenant OR $5 = '' AND NOT EXISTS (SELECT FROM holiday_current o WHERE o.tenant = k.tenant AND o.key = $3))
		ORDER BY 1, 2 LIMIT $6`
	const move = `UPDATE holiday_current SET cursor_tenant = $3, cursor_complaint = $4 WHERE tenant = $1 AND key = $2`
	var w Work
	var after domain.Key
	switch err := tx.QueryRow(ctx, next).Scan(&w.Tenant, &w.Key, &w.Edition, &w.PublishTime, &w.Actor, &w.CauseID, &after.Tenant, &after.ComplaintID); {
	case errors.Is(err, pgx.ErrNoRows):
		return w, false, nil
	case err != nil:
		return w, false, wrap("find published holidays", err)
	}
	rows, _ := tx.Query(ctx, stale, after.Tenant, after.ComplaintID, w.Key, w.Edition, w.Tenant, limit) // CollectRows returns the error
	var err error
	if w.Complaints, err = pgx.CollectRows(rows, pgx.RowToStructByPos[domain.Key]); err != nil {
		return w, false, wrap("find clocks with other holidays", err)
	}
	var cursor [2]*string
	if n := len(w.Complaints); n == limit {
		cursor = [2]*string{&w.Complaints[n-1].Tenant, &w.Complaints[n-1].ComplaintID}
	}
	_, err = tx.Exec(ctx, move, w.Tenant, w.Key, cursor[0], cursor[1])
	return w, err == nil, wrap("move on in clocks with other holidays", err)
}
