package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/slatimer/internal/domain"
)

// LockIdle returns the event versions of the files of keys, locked until tx ends, and counts one event more for each already: nearly
// every timer gives one. SaveFired puts right where it gave another number. It waits for nobody: a file that somebody else has
// locked, or had at this moment, is left out.
func LockIdle(ctx context.Context, tx pgx.Tx, keys []domain.Key) (map[domain.Key]int64, error) {
	const q = `
		UPDATE clock_file f SET event_version = f.event_version + 1
		FROM (
			SELECT ctid FROM clock_file
			WHERE (tenant, complaint_id) IN (SELECT * FROM unnest($1::text[], $2::uuid[]))
			FOR UPDATE SKIP LOCKED
		) idle
		WHERE f.ctid = idle.ctid
		RETURNING f.tenant, f.complaint_id::text, f.event_version - 1`
	tenants, complaints := columns(keys)
	found := make(map[domain.Key]int64, len(keys))
	var b pgx.Batch
	queueIndexes(&b)
	b.Queue(q, tenants, complaints).Query(func(rows pgx.Rows) error {
		var k domain.Key
		var version int64
		_, err := pgx.ForEachRow(rows, []any{&k.Tenant, &k.ComplaintID, &version}, func() error {
			found[k] = version
			return nil
		})
		return err
	})
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return nil, fmt.Errorf("lock idle clock files: %w", err)
	}
	return found, nil
}

// TakeTimers disarms those of timers that are armed as they say and due by now, and returns their clocks, as far as firing looks at
// them, in files without facts. What it returns fires here and nowhere else: the deleted row is the guard. The files' rows are locked
// by tx.
func TakeTimers(ctx context.Context, tx pgx.Tx, timers []domain.Timer, now time.Time) (map[domain.Key]domain.File, error) {
	// The bound is on what is asked for: on t it would be an index condition that every due timer meets, and Postgres, which expects
	// none, would walk them all for each one asked for.
	const q = `
		WITH taken AS (
			DELETE FROM timer_armed t
			USING unnest($1::timestamptz[], $2::smallint[], $3::uuid[]) AS u (fire_time, shard, clock_id)
			WHERE t.fire_time = u.fire_time AND t.shard = u.shard AND t.clock_id = u.clock_id AND u.fire_time <= $4
			RETURNING t.tenant, t.complaint_id, t.clock_id
		)
		SELECT tenant, complaint_id::text, clock_id::text, policy, round, start_time, due_time, warn_times, escalate_times, edition, state,
			next_time, warned, escalated, excuse_time, end_time, breach_time
		FROM taken JOIN clock USING (tenant, complaint_id, clock_id)`
	times, shards, clocks := timerColumns(timers)
	rows, _ := tx.Query(ctx, q, times, shards, clocks, now) // ForEachRow returns the error
	var (
		k                         domain.Key
		c                         domain.Clock
		warn, escalate            []time.Time
		warned, escalated         int32
		next, excuse, end, breach *time.Time
	)
	files := make(map[domain.Key]domain.File, len(timers))
	_, err := pgx.ForEachRow(rows, []any{
		&k.Tenant, &k.ComplaintID, &c.ID, &c.Policy, &c.Round, &c.StartTime, &c.DueTime, &warn, &escalate, &c.Edition, &c.State, &next,
		&warned, &escalated, &excuse, &end, &breach,
	}, func() error {
		out := c
		out.StartTime, out.DueTime, out.WarnTimes, out.EscalateTimes = c.StartTime.UTC(), c.DueTime.UTC(), utc(warn), utc(escalate)
		out.NextTime, out.ExcuseTime, out.EndTime, out.BreachTime = orZero(next), orZero(excuse), orZero(end), orZero(breach)
		out.Warned, out.Escalated = uint32(warned), uint32(escalated)
		f := files[k]
		f.Key, f.Clocks = k, append(f.Clocks, out)
		files[k] = f
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("take timers: %w", err)
	}
	return files, nil
}

// SaveFired keeps what firing has made of clocks that TakeTimers gave out, the timers that are armed in the place of those, and the
// versions of the files that LockIdle guessed wrong: versions are those that it gave.
func SaveFired(ctx context.Context, tx pgx.Tx, versions map[domain.Key]int64, files []domain.File, changes []domain.Change) error {
	var wrong []domain.File
	fired := make(map[domain.Key]bool, len(files))
	for _, f := range files {
		fired[f.Key] = true
		if f.EventVersion != versions[f.Key]+1 {
			wrong = append(wrong, f)
		}
	}
	for k, version := range versions {
		if !fired[k] {
			wrong = append(wrong, domain.File{Key: k, EventVersion: version})
		}
	}
	var clocks []owned
	var armed []domain.Timer
	for _, ch := range changes {
		for _, c := range ch.Changed {
			clocks = append(clocks, owned{ch.Key, c})
		}
		armed = append(armed, ch.Armed...)
	}
	var b pgx.Batch
	queueVersions(&b, wrong)
	queueFired(&b, clocks)
	queueArmed(&b, armed)
	return send(ctx, tx, &b)
}

// queueVersions keeps the versions of files that are there.
func queueVersions(b *pgx.Batch, files []domain.File) {
	const q = `
		UPDATE clock_file f SET event_version = u.version
		FROM unnest($1::text[], $2::uuid[], $3::bigint[]) AS u (tenant, complaint_id, version)
		WHERE f.tenant = u.tenant AND f.complaint_id = u.complaint_id`
	if len(files) == 0 {
		return
	}
	n := len(files)
	tenants, complaints, versions := make([]string, n), make(ids, n), make([]int64, n)
	for i, f := range files {
		tenants[i], complaints[i], versions[i] = f.Tenant, id(f.ComplaintID), f.EventVersion
	}
	b.Queue(q, tenants, complaints, versions)
}

// queueFired keeps what becomes of clocks by time alone.
func queueFired(b *pgx.Batch, clocks []owned) {
	const q = `
		UPDATE clock SET state = u.state, next_time = u.next_time, warned = u.warned, escalated = u.escalated, breach_time = u.breach_time
		FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::smallint[], $5::timestamptz[], $6::integer[], $7::integer[], $8::timestamptz[])
			AS u (tenant, complaint_id, clock_id, state, next_time, warned, escalated, breach_time)
		WHERE clock.tenant = u.tenant AND clock.complaint_id = u.complaint_id AND clock.clock_id = u.clock_id`
	if len(clocks) == 0 {
		return
	}
	m := momentsOf(clocks)
	b.Queue(q, m.tenants, m.complaints, m.keys, m.states, m.nexts, m.warned, m.escalated, m.breaches)
}
