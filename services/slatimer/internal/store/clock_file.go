package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/slatimer/internal/domain"
)

// LockFiles returns the files of keys with their open clocks, locked until tx ends; a complaint that has none is left out. Their
// shards are the caller's to set: they follow from the complaints' ids.
//
// Rows are locked in the order of their keys, so that lanes which touch the same complaints wait for each other and never deadlock.
func LockFiles(ctx context.Context, tx pgx.Tx, keys []domain.Key) (map[domain.Key]domain.File, error) {
	const lock = `
		SELECT f.*
		FROM ` + keysInOrder + `
		CROSS JOIN LATERAL (
			SELECT tenant, complaint_id::text, edition, clock_edition, facts, contacts, end_time, event_version
			FROM clock_file
			WHERE tenant = k.tenant AND complaint_id = k.complaint_id
			LIMIT 1
			FOR UPDATE
		) f`
	// The clocks are read by a statement of their own: it sees what was committed while the first waited for locks.
	const open = `
		SELECT c.*
		FROM ` + keysInOrder + `
		CROSS JOIN LATERAL (
			SELECT ` + clockColumns + `
			FROM clock
			WHERE tenant = k.tenant AND complaint_id = k.complaint_id AND end_time IS NULL
			ORDER BY clock_id
			OFFSET 0
		) c`
	tenants, complaints := columns(keys)
	found := make(map[domain.Key]domain.File, len(keys))
	var b pgx.Batch
	queueIndexes(&b)
	b.Queue(lock, tenants, complaints).Query(func(rows pgx.Rows) error {
		var f domain.File
		var end *time.Time
		_, err := pgx.ForEachRow(rows, []any{&f.Tenant, &f.ComplaintID, &f.Edition, &f.ClockEdition, &f.Facts, &f.Contacts, &end, &f.EventVersion}, func() error {
			f.EndTime = orZero(end)
			found[f.Key] = f
			return nil
		})
		return err
	})
	b.Queue(open, tenants, complaints).Query(func(rows pgx.Rows) error {
		return eachClock(rows, func(k domain.Key, c domain.Clock) {
			file := found[k]
			file.Clocks = append(file.Clocks, c)
			found[k] = file
		})
	})
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("lock clock files: %w", err)
	}
	return found, nil
}

// keysInOrder are the keys in $1 and $2, each once, in order. What stands under a key is then looked up by itself (LATERAL): asked for
// "IN" a list, the planner may read a whole table, which only grows.
const keysInOrder = `(SELECT DISTINCT * FROM unnest($1::text[], $2::uuid[]) AS k (tenant, complaint_id) ORDER BY 1, 2) k`

// columns returns keys as the arrays that unnest takes.
func columns(keys []domain.Key) (tenants []string, complaintIDs ids) {
	for _, k := range keys {
		tenants, complaintIDs = append(tenants, k.Tenant), append(complaintIDs, id(k.ComplaintID))
	}
	return tenants, complaintIDs
}

// queueFiles keeps files whole.
func queueFiles(b *pgx.Batch, files []domain.File) {
	const q = `
		INSERT INTO clock_file (tenant, complaint_id, edition, clock_edition, facts, contacts, end_time, event_version)
		SELECT unnest($1::text[]), unnest($2::uuid[]), unnest($3::text[]), unnest($4::text[]), unnest($5::json[]), unnest($6::json[]),
			unnest($7::timestamptz[]), unnest($8::bigint[])
		ON CONFLICT (tenant, complaint_id) DO UPDATE
			SET edition = EXCLUDED.edition, clock_edition = EXCLUDED.clock_edition, facts = EXCLUDED.facts, contacts = EXCLUDED.contacts, end_time = EXCLUDED.end_time, event_version = EXCLUDED.event_version`
	if len(files) == 0 {
		return
	}
	n := len(files)
	tenants, complaints, versions := make([]string, n), make(ids, n), make([]int64, n)
	editions, clocksBy := make([]string, n), make([]string, n)
	facts, contacts, ends := make([]any, n), make([]any, n), make([]*time.Time, n)
	for i, f := range files {
		tenants[i], complaints[i], versions[i] = f.Tenant, id(f.ComplaintID), f.EventVersion
		editions[i], clocksBy[i] = f.Edition, f.ClockEdition
		facts[i], ends[i] = f.Facts, null(f.EndTime)
		if len(f.Contacts) > 0 {
			contacts[i] = f.Contacts
		}
	}
	b.Queue(q, tenants, complaints, editions, clocksBy, facts, contacts, ends, versions)
}
