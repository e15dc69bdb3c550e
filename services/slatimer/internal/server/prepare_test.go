package server_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/services/slatimer/internal/domain"
)

// What was decided ahead fires once, and by one round trip says what would have been said without.
func TestWhatIsPreparedFiresOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := newID()
	f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"))
	f.prepare("2026-03-02 09:59", f.timersBy("2026-03-02 10:00"))
	armed := f.timersBy("2026-03-02 10:00")
	if n := f.fire("2026-03-02 09:59", armed); n != 0 {
		t.Errorf("%d timers fired early", n)
	}
	f.prepare("2026-03-02 09:59", armed)
	if n := f.fire("2026-03-02 10:00", armed); n != 1 {
		t.Errorf("%d timers fired, want 1", n)
	}
	if n := f.fire("2026-03-02 10:00", armed); n != 0 {
		t.Errorf("%d timers fired again", n)
	}
	f.expect(c, "03-02 09:00 long started, due 03-02 17:00", "03-02 09:00 short started, due 03-02 10:00", "03-02 10:00 short breached")
}

// What stops a clock after its firing was decided counts.
func TestWhatHappensAfterPreparingCounts(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	stopped, left := newID(), newID()
	for _, c := range []string{stopped, left} {
		f.in.Deliver(f.registered(c, "2026-03-02 08:30"), opened(c, "w", "2026-03-02 09:00"))
	}
	armed := f.timersBy("2026-03-02 10:00")
	f.prepare("2026-03-02 09:59", armed)
	f.in.Deliver(completed(stopped, "w", "2026-03-02 09:59"))
	if n := f.fire("2026-03-02 10:00", armed); n != 1 {
		t.Errorf("%d timers fired, want that of the other complaint", n)
	}
	f.expectSame(stopped, "03-02 09:59 short met")
	f.expectSame(left, "03-02 10:00 short breached")
}

// Histories in which firings are prepared now and then, early or late, for some or all, end as those do in which none is.
func TestPreparingChangesNothing(t *testing.T) {
	t.Parallel()
	for seed := range uint64(8) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			complaints := []string{newID(), newID(), newID(), newID()}
			plain := history(newFixture(t), rand.New(rand.NewPCG(seed, 1)), nil, complaints)
			prepared := history(newFixture(t), rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, 2)), complaints)
			if diff := cmp.Diff(plain, prepared); diff != "" {
				t.Errorf("with preparing (-without +with):\n%s", diff)
			}
		})
	}
}

// history lets things happen to complaints in the course of a day and returns what was emitted of each; with a second source of chances it
// prepares.
func history(f *fixture, random, preparing *rand.Rand, complaints []string) [][]string {
	work := map[string]int{}
	now := at("2026-03-02 09:00")
	for _, c := range complaints {
		f.in.Deliver(f.registered(c, "2026-03-02 08:30"))
	}
	for range 40 {
		now = now.Add(time.Duration(random.IntN(90)) * time.Minute)
		when := now.In(time.FixedZone("CST", 8*3600)).Format("2006-01-02 15:04")
		if preparing != nil {
			timers := f.timersBy("2026-03-09 00:00")
			f.prepare(when, slices.DeleteFunc(timers, func(domain.Timer) bool { return preparing.IntN(3) == 0 }))
		}
		c := complaints[random.IntN(len(complaints))]
		switch id := fmt.Sprint("w", work[c]); random.IntN(4) {
		case 0:
			work[c]++
			f.in.Deliver(opened(c, fmt.Sprint("w", work[c]), when))
		case 1:
			if work[c] > 0 {
				f.in.Deliver(completed(c, id, when))
			}
		default:
			for range 4 { // each may arm the next
				f.fire(when, f.timersBy(when))
			}
		}
	}
	var all [][]string
	for _, c := range complaints {
		all = append(all, f.emitted(c))
	}
	return all
}

// prepare has the firing of timers decided at a time.
func (f *fixture) prepare(when string, timers []domain.Timer) {
	f.t.Helper()
	if now := at(when); now.After(f.clock.Now()) {
		f.clock.Set(now)
	}
	if err := f.srv.Prepare(f.t.Context(), timers); err != nil {
		f.t.Fatal(err)
	}
}

// timersBy returns what is armed for a time or an earlier one.
func (f *fixture) timersBy(when string) []domain.Timer {
	f.t.Helper()
	return slices.DeleteFunc(f.timers(), func(t domain.Timer) bool { return t.FireTime.After(at(when)) })
}
