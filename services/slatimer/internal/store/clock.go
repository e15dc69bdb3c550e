package store

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/services/slatimer/internal/domain"
)

// clockColumns are what eachClock reads, in its order.
const clockColumns = `clock.tenant, clock.complaint_id::text, clock.clock_id::text, policy, round, coalesce(work_id, ''), start_event_id::text,
	coalesce(end_event_id, ''), trigger_time, count_time, start_time, due_time, limit_case, warn_times, escalate_times, soft, internal,
	provisional, clock.edition, holidays, revisions, state, next_time, warned, escalated, excuse_time, clock.end_time, breach_time`

// eachClock calls f for every row of clockColumns.
func eachClock(rows pgx.Rows, f func(domain.Key, domain.Clock)) error {
	var k domain.Key
	var c domain.Clock
	var warn, escalate []time.Time
	var warned, escalated int32
	var next, excuse, end, breach *time.Time
	_, err := pgx.ForEachRow(rows, []any{
		&k.Tenant, &k.ComplaintID, &c.ID, &c.Policy, &c.Round, &c.WorkID, &c.StartEventID, &c.EndEventID, &c.TriggerTime, &c.CountTime,
		&c.StartTime, &c.DueTime, &c.LimitCase, &warn, &escalate, &c.Soft, &c.Internal, &c.Provisional, &c.Edition, &c.Holidays, &c.Revisions,
		&c.State, &next, &warned, &escalated, &excuse, &end, &breach,
	}, func() error {
		out := c
		out.TriggerTime, out.CountTime, out.StartTime, out.DueTime = c.TriggerTime.UTC(), c.CountTime.UTC(), c.StartTime.UTC(), c.DueTime.UTC()
		out.NextTime, out.ExcuseTime, out.EndTime, out.BreachTime = orZero(next), orZero(excuse), orZero(end), orZero(breach)
		out.Warned, out.Escalated = uint32(warned), uint32(escalated)
		out.WarnTimes, out.EscalateTimes = utc(warn), utc(escalate)
		f(k, out)
		return nil
	})
	return err
}

func utc(times []time.Time) []time.Time {
	var out []time.Time
	for _, t := range times {
		out = append(out, t.UTC())
	}
	return out
}

// owned is a clock and the complaint that it belongs to.
type owned struct {
	domain.Key
	domain.Clock
}

// queueNewClocks keeps clocks that have started.
func queueNewClocks(b *pgx.Batch, clocks []owned) {
	const q = `
		INSERT INTO clock (tenant, complaint_id, clock_id, policy, round, work_id, start_event_id, end_event_id, trigger_time, count_time,
			start_time, due_time, limit_case, warn_times, escalate_times, soft, internal, provisional, edition, holidays, revisions, state,
			next_time, warned, escalated, excuse_time, end_time, breach_time)
		SELECT unnest($1::text[]), unnest($2::uuid[]), unnest($3::uuid[]), unnest($4::text[]), unnest($5::integer[]),
			nullif(unnest($6::text[]), ''), unnest($7::uuid[]), nullif(unnest($8::text[]), ''), unnest($9::timestamptz[]),
			unnest($10::timestamptz[]), unnest($11::timestamptz[]), unnest($12::timestamptz[]), unnest($13::smallint[]),
			unnest($14::text[])::timestamptz[], unnest($15::text[])::timestamptz[], unnest($16::boolean[]), unnest($17::boolean[]),
			unnest($18::boolean[]), unnest($19::text[]), unnest($20::text[]), unnest($21::jsonb[]), unnest($22::smallint[]),
			unnest($23::timestamptz[]), unnest($24::integer[]), unnest($25::integer[]), unnest($26::timestamptz[]),
			unnest($27::timestamptz[]), unnest($28::timestamptz[])`
	if len(clocks) == 0 {
		return
	}
	t, m := termsOf(clocks), momentsOf(clocks)
	n := len(clocks)
	var (
		policies, works, starts = make([]string, n), make([]string, n), make(ids, n)
		rounds                  = make([]int32, n)
		triggers, counts        = make([]time.Time, n), make([]time.Time, n)
		soft, internal          = make([]bool, n), make([]bool, n)
	)
	for i, c := range clocks {
		policies[i], works[i], starts[i], rounds[i] = c.Policy, c.WorkID, id(c.StartEventID), int32(c.Round)
		triggers[i], counts[i], soft[i], internal[i] = c.TriggerTime, c.CountTime, c.Soft, c.Internal
	}
	b.Queue(q, m.tenants, m.complaints, m.keys, policies, rounds, works, starts, m.endEvents, triggers, counts, t.starts, t.dues, t.cases, t.warns,
		t.escalates, soft, internal, t.provisional, t.editions, t.holidays, t.revisions, m.states, m.nexts, m.warned, m.escalated, m.excuses,
		m.ends, m.breaches)
}

// moments are the columns of what becomes of clocks by themselves and by their end.
type moments struct {
	tenants                        []string
	complaints, keys               ids
	states                         []int16
	warned, escalated              []int32
	endEvents                      []string
	nexts, excuses, ends, breaches []*time.Time
}

func momentsOf(clocks []owned) moments {
	var m moments
	for _, c := range clocks {
		m.tenants, m.complaints, m.keys = append(m.tenants, c.Tenant), append(m.complaints, id(c.ComplaintID)), append(m.keys, id(c.ID))
		m.states, m.endEvents = append(m.states, int16(c.State)), append(m.endEvents, c.EndEventID)
		m.warned, m.escalated = append(m.warned, int32(c.Warned)), append(m.escalated, int32(c.Escalated))
		m.nexts, m.excuses = append(m.nexts, null(c.NextTime)), append(m.excuses, null(c.ExcuseTime))
		m.ends, m.breaches = append(m.ends, null(c.EndTime)), append(m.breaches, null(c.BreachTime))
	}
	return m
}

// terms are the columns of clocks' terms.
type terms struct {
	starts, dues       []time.Time
	cases              []int16
	warns, escalates   []*string
	provisional        []bool
	editions, holidays []string
	revisions          []any
}

func termsOf(clocks []owned) terms {
	var t terms
	for _, c := range clocks {
		t.starts, t.dues, t.cases = append(t.starts, c.StartTime), append(t.dues, c.DueTime), append(t.cases, int16(c.LimitCase))
		t.warns, t.escalates = append(t.warns, literal(c.WarnTimes)), append(t.escalates, literal(c.EscalateTimes))
		t.provisional = append(t.provisional, c.Provisional)
		t.editions, t.holidays = append(t.editions, c.Edition), append(t.holidays, c.Holidays)
		var revisions any
		if len(c.Revisions) > 0 {
			revisions = c.Revisions
		}
		t.revisions = append(t.revisions, revisions)
	}
	return t
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

// queueClocks keeps where clocks stand that are there.
func queueClocks(b *pgx.Batch, clocks []owned) {
	const q = `
		UPDATE clock SET state = u.state, next_time = u.next_time, warned = u.warned, escalated = u.escalated, excuse_time = u.excuse_time,
			end_time = u.end_time, breach_time = u.breach_time, end_event_id = nullif(u.end_event_id, '')
		FROM (SELECT unnest($1::text[]) AS tenant, unnest($2::uuid[]) AS complaint_id, unnest($3::uuid[]) AS clock_id,
			unnest($4::smallint[]) AS state, unnest($5::timestamptz[]) AS next_time, unnest($6::integer[]) AS warned,
			unnest($7::integer[]) AS escalated, unnest($8::timestamptz[]) AS excuse_time, unnest($9::timestamptz[]) AS end_time,
			unnest($10::timestamptz[]) AS breach_time, unnest($11::text[]) AS end_event_id) u
		WHERE clock.tenant = u.tenant AND clock.complaint_id = u.complaint_id AND clock.clock_id = u.clock_id`
	if len(clocks) == 0 {
		return
	}
	m := momentsOf(clocks)
	b.Queue(q, m.tenants, m.complaints, m.keys, m.states, m.nexts, m.warned, m.escalated, m.excuses, m.ends, m.breaches, m.endEvents)
}

// queueTerms keeps the terms of clocks that are there.
func queueTerms(b *pgx.Batch, clocks []owned) {
	const q = `
		UPDATE clock SET start_time = u.start_time, due_time = u.due_time, limit_case = u.limit_case, warn_times = u.warn_times::timestamptz[],
			escalate_times = u.escalate_times::timestamptz[], provisional = u.provisional, edition = u.edition, holidays = u.holidays,
			revisions = u.revisions
		FROM (SELECT unnest($1::text[]) AS tenant, unnest($2::uuid[]) AS complaint_id, unnest($3::uuid[]) AS clock_id,
			unnest($4::timestamptz[]) AS start_time, unnest($5::timestamptz[]) AS due_time, unnest($6::smallint[]) AS limit_case,
			unnest($7::text[]) AS warn_times, unnest($8::text[]) AS escalate_times, unnest($9::boolean[]) AS provisional,
			unnest($10::text[]) AS edition, unnest($11::text[]) AS holidays, unnest($12::jsonb[]) AS revisions) u
		WHERE clock.tenant = u.tenant AND clock.complaint_id = u.complaint_id AND clock.clock_id = u.clock_id`
	if len(clocks) == 0 {
		return
	}
	m, t := momentsOf(clocks), termsOf(clocks)
	b.Queue(q, m.tenants, m.complaints, m.keys, t.starts, t.dues, t.cases, t.warns, t.escalates, t.provisional, t.editions, t.holidays, t.revisions)
}
