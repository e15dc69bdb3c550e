package store

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/slatimer/internal/domain"
)

// clockColumns are what eachClock reads, in its order.
const clockColumns = `clock.tenant, clock.complaint_id::text, clock.clock_id::text, policy, round, coalesce(work_id, ''), start_event_id::text,
	trigger_time, start_time, due_time, warn_times, soft, internal, provisional, state, next_time, end_time, breach_time`

// eachClock calls f for every row of clockColumns.
func eachClock(rows pgx.Rows, f func(domain.Key, domain.Clock)) error {
	var k domain.Key
	var c domain.Clock
	var warn []time.Time
	var next, end, breach *time.Time
	_, err := pgx.ForEachRow(rows, []any{
		&k.Tenant, &k.ComplaintID, &c.ID, &c.Policy, &c.Round, &c.WorkID, &c.StartEventID, &c.TriggerTime, &c.StartTime, &c.DueTime,
		&warn, &c.Soft, &c.Internal, &c.Provisional, &c.State, &next, &end, &breach,
	}, func() error {
		out := c
		out.TriggerTime, out.StartTime, out.DueTime = c.TriggerTime.UTC(), c.StartTime.UTC(), c.DueTime.UTC()
		out.NextTime, out.EndTime, out.BreachTime = orZero(next), orZero(end), orZero(breach)
		out.WarnTimes = nil
		for _, w := range warn {
			out.WarnTimes = append(out.WarnTimes, w.UTC())
		}
		f(k, out)
		return nil
	})
	return err
}

// owned is a clock and the complaint that it belongs to.
type owned struct {
	domain.Key
	domain.Clock
}

// queueNewClocks keeps clocks that have started.
func queueNewClocks(b *pgx.Batch, clocks []owned) {
	const q = `
		INSERT INTO clock (tenant, complaint_id, clock_id, policy, round, work_id, start_event_id, trigger_time, start_time, due_time,
			warn_times, soft, internal, provisional, state, next_time, end_time, breach_time)
		SELECT u.tenant, u.complaint_id, u.clock_id, u.policy, u.round, nullif(u.work_id, ''), u.start_event_id, u.trigger_time, u.start_time,
			u.due_time, u.warn_times::timestamptz[], u.soft, u.internal, u.provisional, u.state, u.next_time, u.end_time, u.breach_time
		FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::uuid[], $8::timestamptz[], $9::timestamptz[],
			$10::timestamptz[], $11::text[], $12::boolean[], $13::boolean[], $14::boolean[], $15::smallint[], $16::timestamptz[],
			$17::timestamptz[], $18::timestamptz[])
			AS u (tenant, complaint_id, clock_id, policy, round, work_id, start_event_id, trigger_time, start_time, due_time, warn_times,
				soft, internal, provisional, state, next_time, end_time, breach_time)`
	if len(clocks) == 0 {
		return
	}
	n := len(clocks)
	var (
		tenants, complaints, keys = make([]string, n), make(ids, n), make(ids, n)
		policies, works, events   = make([]string, n), make([]string, n), make(ids, n)
		rounds                    = make([]int32, n)
		triggers, starts, dues    = make([]time.Time, n), make([]time.Time, n), make([]time.Time, n)
		warns                     = make([]*string, n)
		soft, internal, uncertain = make([]bool, n), make([]bool, n), make([]bool, n)
		states                    = make([]int16, n)
		nexts, ends, breaches     = make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
	)
	for i, c := range clocks {
		tenants[i], complaints[i], keys[i] = c.Tenant, id(c.ComplaintID), id(c.ID)
		policies[i], works[i], events[i], rounds[i] = c.Policy, c.WorkID, id(c.StartEventID), int32(c.Round)
		triggers[i], starts[i], dues[i], warns[i] = c.TriggerTime, c.StartTime, c.DueTime, literal(c.WarnTimes)
		soft[i], internal[i], uncertain[i], states[i] = c.Soft, c.Internal, c.Provisional, int16(c.State)
		nexts[i], ends[i], breaches[i] = null(c.NextTime), null(c.EndTime), null(c.BreachTime)
	}
	b.Queue(q, tenants, complaints, keys, policies, rounds, works, events, triggers, starts, dues, warns, soft, internal, uncertain, states,
		nexts, ends, breaches)
}

// literal returns times as Postgres writes an array: unnest takes no arrays of different lengths.
func literal(times []time.Time) *string {
	if len(times) == 0 {
		return nil
	}
	parts := make([]string, len(times))
	for i, t := range times {
		parts[i] = t.UTC().Format(time.RFC3339Nano)
	}
	s := "{" + strings.Join(parts, ",") + "}"
	return &s
}

// queueClocks keeps what has become of clocks that are there.
func queueClocks(b *pgx.Batch, clocks []owned) {
	const q = `
		UPDATE clock SET state = u.state, next_time = u.next_time, end_time = u.end_time, breach_time = u.breach_time
		FROM unnest($1::text[], $2::uuid[], $3::uuid[], $4::smallint[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[])
			AS u (tenant, complaint_id, clock_id, state, next_time, end_time, breach_time)
		WHERE clock.tenant = u.tenant AND clock.complaint_id = u.complaint_id AND clock.clock_id = u.clock_id`
	if len(clocks) == 0 {
		return
	}
	n := len(clocks)
	tenants, complaints, keys, states := make([]string, n), make(ids, n), make(ids, n), make([]int16, n)
	nexts, ends, breaches := make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
	for i, c := range clocks {
		tenants[i], complaints[i], keys[i], states[i] = c.Tenant, id(c.ComplaintID), id(c.ID), int16(c.State)
		nexts[i], ends[i], breaches[i] = null(c.NextTime), null(c.EndTime), null(c.BreachTime)
	}
	b.Queue(q, tenants, complaints, keys, states, nexts, ends, breaches)
}
