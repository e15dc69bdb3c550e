package engine_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"redress.dev/services/slatimer/internal/engine"
)

func TestTimersFireWhenTheirTimeComes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var dues []time.Time
	for i := range 300 {
		dues = append(dues, begin.Add(time.Duration(i)*29*time.Minute)) // over six days, the first at once
	}
	r.arm(dues...)
	r.start()
	random := rand.New(rand.NewPCG(1, 1))
	for r.clock.Now().Before(dues[299]) {
		r.awaitNoneDue()
		r.clock.Advance(time.Duration(random.Int64N(int64(5 * time.Hour))))
	}
	r.awaitNoneDue()
	r.check()
	if n := r.number(`SELECT count(*) FROM outbox_pending`); n != 300 {
		t.Errorf("%d breaches, want 300", n)
	}
}

func TestTwoEnginesFireEachTimerOnce(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var dues []time.Time
	for i := range 3000 {
		dues = append(dues, begin.Add(time.Duration(i)*time.Second))
	}
	r.arm(dues...)
	one := r.start()
	r.start()
	for r.clock.Now().Before(dues[1500]) {
		r.clock.Advance(47 * time.Second)
		r.awaitNoneDue()
	}
	one.kill() // its leases live on: nobody takes its shards over, and the other sweeps them
	r.clock.Advance(700 * time.Millisecond)
	for r.clock.Now().Before(dues[2999]) {
		r.clock.Advance(5 * time.Minute)
		r.awaitNoneDue()
	}
	r.check()
}

// After a time without any engine what was missed comes in the order of its due times.
func TestMissedTimersFireInOrder(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	random := rand.New(rand.NewPCG(2, 2))
	var dues []time.Time
	for range 1700 {
		dues = append(dues, begin.Add(time.Duration(random.Int64N(int64(72*time.Hour)))).Truncate(time.Microsecond))
	}
	r.arm(dues...)
	r.clock.Advance(96 * time.Hour)
	r.start()
	r.awaitNoneDue()
	r.check()
	const q = `SELECT count(*) FROM (SELECT occur_time, lag(occur_time) OVER (ORDER BY id) AS before FROM outbox_pending) e WHERE occur_time < before`
	if n := r.number(q); n != 0 {
		t.Errorf("%d breaches came after one of a later moment", n)
	}
}

// Many deadlines at one instant are one storm, and no duplicates.
func TestEqualDeadlines(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	due := begin.Add(time.Hour)
	dues := make([]time.Time, 10_000)
	for i := range dues {
		dues[i] = due
	}
	r.arm(dues...)
	r.start()
	r.start()
	r.clock.Set(due)
	r.awaitNoneDue()
	if n := r.number(`SELECT count(*) FROM outbox_pending`); n != 0 {
		t.Errorf("%d fired in the due time itself, in which a limit is still met", n)
	}
	r.clock.Set(due.Add(time.Microsecond))
	r.awaitNoneDue()
	r.check()
}

// More is due than memory takes, much of it at one instant: it is loaded piece by piece.
func TestMoreThanMemoryTakes(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	var dues []time.Time
	for i := range 1200 {
		dues = append(dues, begin.Add(time.Duration(i/400)*time.Minute))
	}
	r.arm(dues...)
	r.start(func(e *engine.Engine) { e.SetMaxLoad(100) })
	r.awaitNoneDue()
	r.clock.Advance(time.Minute)
	r.awaitNoneDue()
	r.clock.Advance(time.Minute)
	r.awaitNoneDue()
	r.check()
}

// Timers that are armed while the engine runs: told of, or found by a poll as another replica's are.
func TestNewTimersAreHeardOfOrFound(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.start()
	r.arm(begin)
	r.awaitNoneDue() // the engine owns its shards by now
	for i := range 20 {
		due := r.clock.Now().Add(time.Minute)
		files := r.arm(due)
		if i%2 == 0 {
			e.Armed(armed(files))
		}
		r.clock.Advance(time.Minute + time.Microsecond)
		r.awaitNoneDue()
	}
	r.check()
}

func TestCancelledTimersDoNotFire(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	due := begin.Add(time.Minute)
	dues := make([]time.Time, 400)
	for i := range dues {
		dues[i] = due
	}
	files := r.arm(dues...)
	r.start()
	for i, f := range files {
		if i == len(files)/2 {
			r.clock.Set(due.Add(time.Microsecond)) // the rest is cancelled while the engine fires
		}
		r.cancel(f)
	}
	r.awaitNoneDue()
	r.check()
	if n := r.number(`SELECT count(*) FROM clock WHERE state = 4`); n < len(files)/2 {
		t.Errorf("%d clocks are cancelled, at least %d were before their time", n, len(files)/2)
	}
}
