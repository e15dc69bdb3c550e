package engine_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

// climb keeps a breached clock for each time, each of a complaint of its own, whose ladder has its next steps then and so much later.
func (r *rig) climb(first []time.Time, later ...time.Duration) {
	r.t.Helper()
	files, changes := make([]domain.File, len(first)), make([]domain.Change, len(first))
	for i, at := range first {
		steps := []time.Time{at}
		for _, d := range later {
			steps = append(steps, at.Add(d))
		}
		key := domain.Key{Tenant: "default", ComplaintID: uuid.NewString()}
		files[i] = domain.File{
			Key: key, Shard: events.PartOf(key.ComplaintID), Edition: "e", EventVersion: 2,
			Clocks: []domain.Clock{{
				ID: uuid.NewString(), Policy: "climbing", Round: 1, StartEventID: uuid.NewString(), TriggerTime: begin, CountTime: begin, StartTime: begin,
				Terms: domain.Terms{DueTime: at, EscalateTimes: steps}, State: domain.StateBreached, BreachTime: at, NextTime: at,
			}},
		}
		changes[i] = domain.Diff(domain.File{}, files[i])
	}
	if err := pgx.BeginFunc(r.t.Context(), r.pool, func(tx pgx.Tx) error { return store.Save(r.t.Context(), tx, files, changes) }); err != nil {
		r.t.Fatal(err)
	}
}

// Lesson 16: of ten thousand open cases the longest overdue is escalated first, wherever it lies among them, and the others follow
// in their order: no scan stops at the first hundred. Lesson 9: nobody looked for days, and every step of every ladder comes.
func TestLesson16LongestOverdueIsEscalatedFirst(t *testing.T) {
	t.Parallel()
	const open = 10_000
	r := newRig(t)
	random := rand.New(rand.NewPCG(16, 16))
	times := make([]time.Time, open)
	for i := range times {
		times[i] = begin.Add(time.Hour + time.Duration(random.Int64N(int64(72*time.Hour)))).Truncate(time.Microsecond)
	}
	oldest := begin.Add(time.Minute)
	times[9_871] = oldest
	for batch := range slices.Chunk(times, 500) {
		r.climb(batch, 24*time.Hour)
	}
	r.clock.Advance(100 * time.Hour)
	r.start()
	r.awaitNoneDue()

	var first time.Time
	if err := r.pool.QueryRow(t.Context(), `SELECT occur_time FROM outbox_pending ORDER BY id LIMIT 1`).Scan(&first); err != nil {
		t.Fatal(err)
	}
	if !first.Equal(oldest) {
		t.Errorf("escalated first: what was due at %v, want %v", first.UTC(), oldest)
	}
	// A complaint's steps that were missed come together, hence the order is that of the first ones.
	const disordered = `
		SELECT count(*) FROM (
			SELECT occur_time, lag(occur_time) OVER (ORDER BY id) AS before FROM outbox_pending WHERE version = 3
		) e WHERE occur_time < before`
	if n := r.number(disordered); n != 0 {
		t.Errorf("%d were escalated after one that was overdue for less long", n)
	}
	if n := r.number(`SELECT count(*) FROM outbox_pending WHERE type LIKE '%ClockEscalated'`); n != 2*open {
		t.Errorf("%d steps came, want two for each of %d", n, open)
	}
	if n := r.number(`SELECT count(*) FROM timer_armed`); n != 0 {
		t.Errorf("%d timers are armed after the last step", n)
	}
}

// Lesson 21: three schedulers have one effect, also when one is killed among the work, and none is missing.
func TestLesson21SchedulersHaveOneEffect(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var dues []time.Time
	for i := range 900 {
		dues = append(dues, begin.Add(time.Duration(i/3)*time.Second))
	}
	r.arm(dues...)
	one := r.start()
	r.start()
	r.start()
	r.clock.Advance(100 * time.Second)
	r.awaitNoneDue()
	r.clock.Advance(100 * time.Second)
	one.kill()
	r.clock.Advance(700 * time.Millisecond) // past what makes a timer overdue: its leases live on, and the others sweep
	r.awaitNoneDue()
	r.clock.Advance(200 * time.Second)
	r.awaitNoneDue()
	r.check()
	if n := r.number(`SELECT count(*) FROM outbox_pending`); n != 900 {
		t.Errorf("%d breaches, want 900", n)
	}
}

// Lesson 22: equal deadlines give each clock one trigger, and while they come others' clocks are armed and end as at any time.
func TestLesson22EqualDeadlines(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	due := begin.Add(time.Hour)
	dues := make([]time.Time, 5000)
	for i := range dues {
		dues[i] = due
	}
	for batch := range slices.Chunk(dues, 500) {
		r.arm(batch...)
	}
	r.start()
	r.start()
	r.clock.Set(due.Add(time.Microsecond))
	for range 50 { // the fold of the same service, meanwhile
		r.cancel(r.arm(due.Add(time.Hour))[0])
	}
	r.awaitNoneDue()
	r.check()
	if n := r.number(`SELECT count(*) FROM outbox_pending`); n != len(dues) {
		t.Errorf("%d breaches, want %d", n, len(dues))
	}
	if n := r.number(`SELECT count(*) FROM clock WHERE state = 4`); n != 50 {
		t.Errorf("%d clocks were cancelled meanwhile, want 50", n)
	}
}
