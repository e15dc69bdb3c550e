package server_test

import (
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

// timers returns everything that is armed, the earliest first.
func (f *fixture) timers() []domain.Timer {
	f.t.Helper()
	var all []int
	for shard := range events.Parts {
		all = append(all, shard)
	}
	timers, err := store.Timers(f.t.Context(), f.pool, all, time.Time{}, at("2099-01-01 00:00"), 10_000)
	if err != nil {
		f.t.Fatal(err)
	}
	return timers
}

// fire fires timers at the time, and returns how many fired.
func (f *fixture) fire(when string, timers []domain.Timer) int {
	f.t.Helper()
	n, _, err := f.srv.Fire(f.t.Context(), timers, at(when))
	if err != nil {
		f.t.Fatal(err)
	}
	return n
}

func TestFireIsNeverEarlyAndOnlyOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := newID()
	f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"))
	armed := f.timers()
	if n := f.fire("2026-03-02 09:59", armed); n != 0 {
		t.Errorf("%d timers fired early", n)
	}
	if n := f.fire("2026-03-02 10:00", armed); n != 1 {
		t.Errorf("%d timers fired at the due time of one", n)
	}
	if n := f.fire("2026-03-02 10:00", armed); n != 0 {
		t.Errorf("%d timers fired again", n)
	}
	_, next, err := f.srv.Fire(t.Context(), f.timers(), at("2026-03-02 13:00"))
	if err != nil || len(next) != 1 || !next[0].FireTime.Equal(at("2026-03-02 16:00")) || next[0].Shard != events.PartOf(c) {
		t.Errorf("after the first warning %v is armed (%v), want the second", next, err)
	}
	f.fire("2026-03-02 18:00", f.timers())
	f.expect(c, "03-02 09:00 long started, due 03-02 17:00", "03-02 09:00 short started, due 03-02 10:00", "03-02 10:00 short breached",
		"03-02 13:00 long warned, warning 0", "03-02 16:00 long warned, warning 1", "03-02 17:00 long breached")
	f.in.Deliver(completed(c, "w", "2026-03-02 17:30"))
	if got := f.emitted(c); got[6] != "03-02 17:30 long stopped, late 30m0s" || got[7] != "03-02 17:30 short stopped, late 7h30m0s" {
		t.Errorf("stopped after the breach: %q", got[6:])
	}
	if n := len(f.timers()); n != 1 {
		t.Errorf("%d timers are armed, want that of the next clock", n)
	}
}

// A timer whose clock was stopped in the meantime fires nothing.
func TestCancelledBeforeItFires(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := newID()
	f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"))
	stale := f.timers()
	f.in.Deliver(completed(c, "w", "2026-03-02 09:59"))
	if n := f.fire("2026-03-02 20:00", stale); n != 0 {
		t.Errorf("%d timers of stopped clocks fired", n)
	}
}

// Whoever is working on the complaint sees to its timers; Fire waits for nobody and leaves them armed.
func TestFirePassesOverLockedComplaints(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	busy, idle := newID(), newID()
	for _, c := range []string{busy, idle} {
		f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"))
	}
	err := pgx.BeginFunc(t.Context(), f.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `SELECT FROM clock_file WHERE complaint_id = $1 FOR UPDATE`, busy); err != nil {
			return err
		}
		if n := f.fire("2026-03-02 10:00", f.timers()); n != 1 {
			t.Errorf("%d timers fired, want that of the idle complaint", n)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := f.fire("2026-03-02 10:00", f.timers()); n != 1 {
		t.Errorf("%d timers fired once the complaint was free, want 1", n)
	}
}

// Many who fire the same timers at once, while the complaints' own events stop the clocks: every clock ends in one way.
func TestFireRacesItselfAndTheFold(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var complaints []string
	var begin, end []events.Draft
	for range 60 {
		c := newID()
		complaints = append(complaints, c)
		begin = append(begin, f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"))
		end = append(end, completed(c, "w", "2026-03-02 10:30"))
	}
	f.in.Deliver(begin...)
	armed := f.timers()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 10 {
				if _, _, err := f.srv.Fire(t.Context(), armed, at("2026-03-02 10:20")); err != nil {
					t.Error(err)
				}
			}
		})
	}
	f.in.Deliver(end...)
	wg.Wait()
	for _, c := range complaints {
		f.expectSame(c, "03-02 10:00 short breached", "03-02 10:30 short stopped, late 30m0s", "03-02 10:30 long met")
	}
}

// expectSame checks that each line is among the complaint's events exactly once.
func (f *fixture) expectSame(complaint string, lines ...string) {
	f.t.Helper()
	seen := map[string]int{}
	for _, line := range f.emitted(complaint) {
		seen[line]++
	}
	for _, line := range lines {
		if seen[line] != 1 {
			f.t.Errorf("%q came %d times, want once; all: %v", line, seen[line], seen)
		}
	}
}

// With ten thousand open cases the oldest overdue is told first (many schedulers look at the newest hundred).
func TestTheLongestOverdueIsToldFirst(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var drafts []events.Draft
	for i := range 50 {
		c := newID()
		started := at("2026-03-02 12:00").Add(-time.Duration(i) * time.Minute)
		drafts = append(drafts, f.registered(c, "2026-03-02 08:30"))
		d := opened(c, "w", "2026-03-02 09:00")
		d.OccurTime = started
		drafts = append(drafts, d)
	}
	f.in.Deliver(drafts...)
	if n := f.fire("2026-03-05 00:00", f.timers()); n != 100 {
		t.Errorf("%d timers fired, want 100", n)
	}
	if n := f.count(`SELECT count(*) FROM (SELECT occur_time, lag(occur_time) OVER (ORDER BY id) AS before FROM outbox_pending
		WHERE type LIKE '%ClockWarned' OR type LIKE '%ClockBreached') e WHERE occur_time < before`); n != 0 {
		t.Errorf("%d events came after one of a later moment", n)
	}
}
