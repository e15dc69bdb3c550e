package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"redress.dev/services/slatimer/internal/domain"
)

// LockIdle returns the event versions of the files of keys, locked until tx ends, and counts one event more for each already: nearly
// every timer gives one. SaveFired puts right where it gave another number. It waits for nobody: a file that somebody else has
// locked, or had at this moment, is left out.
func LockIdle(ctx context.Context, tx pgx.Tx, keys []domain.Key) (map[domain.Key]int64, error) {
	const q = `
		UPDATE clock_file f SET event_version = f.event_version + 1
		FROM (
			SELECT i.ctid
			FROM ` + keysInOrder + `
			CROSS JOIN LATERAL (
				SELECT ctid FROM clock_file
				WHERE tenant = k.tenant AND complaint_id = k.complaint_id
				LIMIT 1
				FOR UPDATE SKIP LOCKED
			) i
		) idle
		WHERE f.ctid = idle.ctid
		RETURNING f.tenant, f.complaint_id::text, f.event_version - 1`
	tenants, complaints := columns(keys)
	found := make(map[domain.Key]int64, len(keys))
	var b pgx.Batch
	queueIndexes(&b)
	queueKeptPlans(&b)
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

// Rows are where the clocks that fire stand in their table, by clock: finding them again by their keys would cost a third of changing
// them. They stay there while their files are locked.
type Rows map[string]pgtype.TID

// TakeTimers disarms those of timers that are armed as they say and due by now, and returns their clocks, as far as firing looks at
// them, in files without facts. What it returns fires here and nowhere else: the deleted row is the guard. The files' rows are locked
// by tx.
func TakeTimers(ctx context.Context, tx pgx.Tx, timers []domain.Timer, now time.Time) (map[domain.Key]domain.File, Rows, error) {
	// The bound is on what is asked for: on t it would be an index condition that every due timer meets, and Postgres, which expects
	// none, would walk them all for each one asked for.
	const q = `
		WITH taken AS (
			DELETE FROM timer_armed t
			USING unnest($1::timestamptz[], $2::smallint[], $3::uuid[]) AS u (fire_time, shard, clock_id)
			WHERE t.fire_time = u.fire_time AND t.shard = u.shard AND t.clock_id = u.clock_id AND u.fire_time <= $4
			RETURNING t.tenant, t.complaint_id, t.clock_id
		)
		SELECT c.*
		FROM taken JOIN LATERAL (
			SELECT ` + firedColumns + ` FROM clock
			WHERE tenant = taken.tenant AND complaint_id = taken.complaint_id AND clock_id = taken.clock_id
			OFFSET 0
		) c ON true`
	times, shards, clocks := timerColumns(timers)
	rows, _ := tx.Query(ctx, q, times, shards, clocks, now) // eachFired returns the error
	files, places := make(map[domain.Key]domain.File, len(timers)), make(Rows, len(timers))
	err := eachFired(rows, func(k domain.Key, c domain.Clock, row pgtype.TID) {
		f := files[k]
		f.Key, f.Clocks = k, append(f.Clocks, c)
		files[k], places[c.ID] = f, row
	})
	if err != nil {
		return nil, nil, fmt.Errorf("take timers: %w", err)
	}
	return files, places, nil
}

// firedColumns are what eachFired reads of a clock.
const firedColumns = `clock.ctid, tenant, complaint_id::text, clock_id::text, policy, round, start_time, due_time, warn_times, escalate_times, edition,
	state, next_time, warned, escalated, excuse_time, end_time, breach_time`

// eachFired calls f for every row of firedColumns, which stand after the columns that are read into before.
func eachFired(rows pgx.Rows, f func(domain.Key, domain.Clock, pgtype.TID), before ...any) error {
	var (
		k                         domain.Key
		c                         domain.Clock
		row                       pgtype.TID
		warn, escalate            []time.Time
		warned, escalated         int32
		next, excuse, end, breach *time.Time
	)
	_, err := pgx.ForEachRow(rows, append(before,
		&row, &k.Tenant, &k.ComplaintID, &c.ID, &c.Policy, &c.Round, &c.StartTime, &c.DueTime, &warn, &escalate, &c.Edition, &c.State, &next,
		&warned, &escalated, &excuse, &end, &breach,
	), func() error {
		out := c
		out.StartTime, out.DueTime, out.WarnTimes, out.EscalateTimes = c.StartTime.UTC(), c.DueTime.UTC(), utc(warn), utc(escalate)
		out.NextTime, out.ExcuseTime, out.EndTime, out.BreachTime = orZero(next), orZero(excuse), orZero(end), orZero(breach)
		out.Warned, out.Escalated = uint32(warned), uint32(escalated)
		f(k, out, row)
		return nil
	})
	return err
}

// SaveFired keeps what firing has made of clocks that TakeTimers gave out, the timers that are armed in the place of those, and the
// versions of the files that LockIdle guessed wrong: versions and rows are those that the two gave.
func SaveFired(ctx context.Context, tx pgx.Tx, versions map[domain.Key]int64, rows Rows, files []domain.File, changes []domain.Change) error {
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
	var clocks []domain.Clock
	var armed []domain.Timer
	for _, ch := range changes {
		clocks = append(clocks, ch.Changed...)
		armed = append(armed, ch.Armed...)
	}
	var b pgx.Batch
	queueVersions(&b, wrong)
	queueFired(&b, clocks, rows)
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
func queueFired(b *pgx.Batch, clocks []domain.Clock, rows Rows) {
	const q = `
		UPDATE clock SET state = u.state, next_time = u.next_time, warned = u.warned, escalated = u.escalated, breach_time = u.breach_time
		FROM (SELECT unnest($1::tid[]) AS row, unnest($2::uuid[]) AS clock_id, unnest($3::smallint[]) AS state,
			unnest($4::timestamptz[]) AS next_time, unnest($5::integer[]) AS warned, unnest($6::integer[]) AS escalated,
			unnest($7::timestamptz[]) AS breach_time) u
		WHERE clock.ctid = u.row AND clock.clock_id = u.clock_id`
	if len(clocks) == 0 {
		return
	}
	n := len(clocks)
	places, keys, states := make(tids, n), make(ids, n), make([]int16, n)
	warned, escalated := make([]int32, n), make([]int32, n)
	nexts, breaches := make([]*time.Time, n), make([]*time.Time, n)
	for i, c := range clocks {
		places[i], keys[i], states[i] = rows[c.ID], id(c.ID), int16(c.State)
		warned[i], escalated[i] = int32(c.Warned), int32(c.Escalated)
		nexts[i], breaches[i] = null(c.NextTime), null(c.BreachTime)
	}
	b.Queue(q, places, keys, states, nexts, warned, escalated, breaches)
}
