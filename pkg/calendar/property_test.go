package calendar_test

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redress.dev/pkg/calendar"
)

// compile returns the problem's calendar; one that is never open and has no
// counted day is no problem.
func compile(t *rapid.T, p problem) *calendar.Calendar {
	c, err := calendar.New(p.spec)
	if errors.Is(err, calendar.ErrNoWorkingTime) {
		t.Skip("never open")
	}
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return c
}

// agree compares an answer with the oracle's. Where the oracle gave up, the
// engine must find nothing, or something later than the oracle looked.
func agree(t *rapid.T, what string, got time.Time, err error, want time.Time, found bool) {
	t.Helper()
	switch {
	case found && err != nil:
		t.Fatalf("%s: %v, want %v", what, err, want)
	case found && !got.Equal(want):
		t.Fatalf("%s = %v, want %v", what, got, want)
	}
}

func workingAgrees(t *rapid.T) {
	p := drawProblem(t)
	c, o := compile(t, p), p.oracle()
	amount, pauses := drawAmount(t), drawPauses(t, p.start)

	if got, want := c.IsOpen(p.start), o.open(p.start); got != want {
		t.Fatalf("IsOpen = %v, want %v", got, want)
	}
	got, err := c.NextOpen(p.start)
	want, found := o.nextOpen(p.start)
	agree(t, "NextOpen", got, err, want, found)

	got, err = c.AddWorking(p.start, amount, pauses...)
	want, found = o.add(p.start, amount, pauses, o.open)
	agree(t, "AddWorking", got, err, want, found)
	if !found && err == nil && got.Before(want) {
		t.Fatalf("AddWorking = %v, but %v is not used up by %v", got, amount, want)
	}

	got, err = c.SubWorking(p.start, amount)
	want, found = o.sub(p.start, amount)
	agree(t, "SubWorking", got, err, want, found)

	end := p.start.Add(time.Duration(rapid.IntRange(-3000, 9000).Draw(t, "end")) * time.Minute)
	worked, err := c.WorkingBetween(p.start, end, pauses...)
	if want := o.between(p.start, end, pauses, o.open); err != nil || worked != want {
		t.Fatalf("WorkingBetween %v = %v, %v, want %v", end, worked, err, want)
	}
}

func daysAgree(t *rapid.T) {
	p := drawProblem(t)
	c, o := compile(t, p), p.oracle()
	n, pauses := rapid.IntRange(1, 8).Draw(t, "days"), drawPauses(t, p.start)
	for _, rule := range []calendar.StartRule{calendar.RollMidnight, calendar.RollKeep, calendar.KeepClock} {
		got, err := c.AddCountedDays(p.start, n, rule, calendar.AsIs, pauses...)
		want, found := o.addDays(p.start, n, rule, pauses)
		agree(t, "AddCountedDays", got, err, want, found)
	}
	// The other rules are these two said in other words.
	if opening, err := c.NextOpen(p.start); err == nil {
		want, wantErr := c.AddCountedDays(opening, n, calendar.KeepClock, calendar.AsIs, pauses...)
		got, err := c.AddCountedDays(p.start, n, calendar.RollOpen, calendar.AsIs, pauses...)
		agree(t, "AddCountedDays with RollOpen", got, err, want, wantErr == nil)
	}
	if due, err := c.AddCountedDays(p.start, n, calendar.RollKeep, calendar.AsIs, pauses...); err == nil {
		want, wantErr := c.NextOpen(due)
		got, err := c.AddCountedDays(p.start, n, calendar.RollKeep, calendar.FinishOpen, pauses...)
		agree(t, "AddCountedDays with FinishOpen", got, err, want, wantErr == nil)
	}

	from := c.DateOf(p.start)
	to := from.AddDays(rapid.IntRange(-20, 40).Draw(t, "to"))
	early, late, worth := from, to, 1
	if to.Compare(from) < 0 {
		early, late, worth = to, from, -1
	}
	want := 0
	for d := early; d != late; d = d.AddDays(1) {
		if o.counts(d) != c.IsCountedDay(d) {
			t.Fatalf("IsCountedDay(%v) = %v, want %v", d, c.IsCountedDay(d), o.counts(d))
		}
		if o.counts(d) {
			want += worth
		}
	}
	if got, err := c.CountedDaysBetween(from, to); err != nil || got != want {
		t.Fatalf("CountedDaysBetween(%v, %v) = %d, %v, want %d", from, to, got, err, want)
	}
}

func TestWorkingTimeAgreesWithSteppingMinuteByMinute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, workingAgrees)
}

func TestCountedDaysAgreeWithSteppingMinuteByMinute(t *testing.T) {
	t.Parallel()
	rapid.Check(t, daysAgree)
}

// The fuzzers take the properties on with mutated draws.
func FuzzWorkingTime(f *testing.F) { fuzz(f, workingAgrees) }
func FuzzCountedDays(f *testing.F) { fuzz(f, daysAgree) }
func FuzzLaws(f *testing.F)        { fuzz(f, laws) }

// fuzz fuzzes a property, from seeds long enough for every draw it makes.
func fuzz(f *testing.F, property func(*rapid.T)) {
	for seed := range byte(8) {
		draws := make([]byte, 4096)
		rng := rand.NewChaCha8([32]byte{seed})
		if _, err := rng.Read(draws); err != nil {
			f.Fatal(err)
		}
		f.Add(draws)
	}
	f.Fuzz(rapid.MakeFuzz(property))
}
