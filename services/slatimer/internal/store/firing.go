package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/slatimer/internal/domain"
)

// ErrChanged says that something about a complaint has changed since it was read, or is being changed.
var ErrChanged = errors.New("a complaint has changed since its timer was looked at")

// firingConns is how many connections firings may use: a storm's lanes, who prepares, and one to spare.
const firingConns = 6

// FiringPool opens connections of their own to the database of pool for what fires: they find each row by its place or key, by plans that are
// kept, and wait for nobody who works on one. Settings for each transaction would cost an eighth of a small one.
func FiringPool(ctx context.Context, pool *pgxpool.Pool) (*pgxpool.Pool, error) {
	cfg := pool.Config()
	cfg.MaxConns, cfg.MinConns, cfg.MinIdleConns = firingConns, 0, 0
	rp := cfg.ConnConfig.RuntimeParams
	rp["enable_hashjoin"], rp["enable_mergejoin"], rp["enable_seqscan"] = "off", "off", "off"
	rp["plan_cache_mode"] = "force_generic_plan"
	rp["lock_timeout"] = "10" // milliseconds
	return pgxpool.NewWithConfig(ctx, cfg)
}

// Standing is what a timer's firing finds: its clock, as far as firing looks at it, in a file without facts; and where the rows that firing
// changes stand in their tables. It locks nothing: whoever acts on it has Postgres compare what it was with what it is then.
type Standing struct {
	domain.File

	file, clock, timer pgtype.TID
}

// Firing is what becomes of a standing when its timer fires.
type Firing struct {
	domain.Key
	ClockID  string
	FireTime time.Time
	// Armed are the timers in the place of the one that fires.
	Armed []domain.Timer

	file, clock, timer pgtype.TID
	before, after      int64 // versions of the file
	state              int16
	next, breach       *time.Time
	warned, escalated  int32
}

// Firing returns what makes after of s, when the timer fires for which its clock waits.
func (s Standing) Firing(after domain.File) Firing {
	was, c := s.Clocks[0], after.Clocks[0]
	return Firing{
		Key: s.Key, ClockID: was.ID, FireTime: was.NextTime, Armed: domain.Diff(s.File, after).Armed,
		file: s.file, clock: s.clock, timer: s.timer, before: s.EventVersion, after: after.EventVersion,
		state: int16(c.State), next: null(c.NextTime), breach: null(c.BreachTime), warned: int32(c.Warned), escalated: int32(c.Escalated),
	}
}

// Standings returns what the firing of timers would find, by clock; a timer that is not armed as it says has none.
// pool is a FiringPool.
func Standings(ctx context.Context, pool *pgxpool.Pool, timers []domain.Timer) (map[string]Standing, error) {
	const q = `
		SELECT t.ctid, f.ctid, f.event_version, c.*
		FROM (SELECT unnest($1::timestamptz[]) AS fire_time, unnest($2::smallint[]) AS shard, unnest($3::uuid[]) AS clock_id,
			unnest($4::text[]) AS tenant, unnest($5::uuid[]) AS complaint_id) u
		CROSS JOIN LATERAL (
			SELECT ctid FROM timer_armed WHERE fire_time = u.fire_time AND shard = u.shard AND clock_id = u.clock_id OFFSET 0
		) t
		CROSS JOIN LATERAL (
			SELECT ctid, event_version FROM clock_file WHERE tenant = u.tenant AND complaint_id = u.complaint_id OFFSET 0
		) f
		CROSS JOIN LATERAL (
			SELECT ` + firedColumns + ` FROM clock WHERE tenant = u.tenant AND complaint_id = u.complaint_id AND clock_id = u.clock_id OFFSET 0
		) c`
	times, shards, clocks := timerColumns(timers)
	tenants, complaints := complaintColumns(timers)
	found := make(map[string]Standing, len(timers))
	rows, _ := pool.Query(ctx, q, times, shards, clocks, tenants, complaints) // eachFired returns the error
	var s Standing
	err := eachFired(rows, func(k domain.Key, c domain.Clock, row pgtype.TID) {
		out := s
		out.Key, out.Clocks, out.clock = k, []domain.Clock{c}, row
		found[c.ID] = out
	}, &s.timer, &s.file, &s.EventVersion)
	if err != nil {
		return nil, fmt.Errorf("look at what timers will fire: %w", err)
	}
	return found, nil
}

// SaveFirings makes firings of what was read before, each of another complaint and in the order of these, in one transaction and one round trip
// with what also queues. It fails with ErrChanged, and nothing is done, unless every file, clock and armed timer is as it was: nobody has locked
// them, so this comparison and the deleted rows are what lets a timer fire once. pool is a FiringPool.
func SaveFirings(ctx context.Context, pool *pgxpool.Pool, firings []*Firing, also func(*pgx.Batch)) error {
	const q = `
		WITH u AS MATERIALIZED (
			SELECT unnest($1::tid[]) AS file, unnest($2::uuid[]) AS complaint_id, unnest($3::bigint[]) AS before,
				unnest($4::bigint[]) AS after, unnest($5::tid[]) AS timer, unnest($6::timestamptz[]) AS fire_time, unnest($7::tid[]) AS clock,
				unnest($8::uuid[]) AS clock_id, unnest($9::smallint[]) AS state, unnest($10::timestamptz[]) AS next_time,
				unnest($11::integer[]) AS warned, unnest($12::integer[]) AS escalated, unnest($13::timestamptz[]) AS breach_time
		), files AS (
			UPDATE clock_file f SET event_version = u.after
			FROM u WHERE f.ctid = u.file AND f.complaint_id = u.complaint_id AND f.event_version = u.before
			RETURNING 1
		), timers AS (
			DELETE FROM timer_armed t
			USING u WHERE t.ctid = u.timer AND t.fire_time = u.fire_time AND t.clock_id = u.clock_id
			RETURNING 1
		), clocks AS (
			UPDATE clock c SET state = u.state, next_time = u.next_time, warned = u.warned, escalated = u.escalated, breach_time = u.breach_time
			FROM u WHERE c.ctid = u.clock AND c.clock_id = u.clock_id
			RETURNING 1
		)
		SELECT all_of(least((SELECT count(*) FROM files), (SELECT count(*) FROM timers), (SELECT count(*) FROM clocks)), $14)`
	n := len(firings)
	var (
		files, clocks, timers = make(tids, n), make(tids, n), make(tids, n)
		complaints, clockIDs  = make(ids, n), make(ids, n)
		before, after         = make([]int64, n), make([]int64, n)
		times                 = make([]time.Time, n)
		states                = make([]int16, n)
		warned, escalated     = make([]int32, n), make([]int32, n)
		nexts, breaches       = make([]*time.Time, n), make([]*time.Time, n)
		armed                 []domain.Timer
	)
	for i, f := range firings {
		files[i], clocks[i], timers[i], complaints[i], clockIDs[i] = f.file, f.clock, f.timer, id(f.ComplaintID), id(f.ClockID)
		before[i], after[i], times[i], states[i] = f.before, f.after, f.FireTime, f.state
		warned[i], escalated[i], nexts[i], breaches[i] = f.warned, f.escalated, f.next, f.breach
		armed = append(armed, f.Armed...)
	}
	var b pgx.Batch
	b.Queue(q, files, complaints, before, after, timers, times, clocks, clockIDs, states, nexts, warned, escalated, breaches, n)
	queueArmed(&b, armed)
	also(&b)
	err := pool.SendBatch(ctx, &b).Close() // one transaction
	const serializationFailure, lockNotAvailable = "40001", "55P03"
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && (pg.Code == serializationFailure || pg.Code == lockNotAvailable):
		return ErrChanged
	case err != nil:
		return fmt.Errorf("save firings: %w", err)
	}
	return nil
}
