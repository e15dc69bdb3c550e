package calendar_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"redress.dev/pkg/calendar"
)

// The laws hold over decades, where the oracle would step for ever.
func laws(t *rapid.T) {
	p := drawProblem(t)
	c := compile(t, p)
	pauses := drawPauses(t, p.start)
	a := time.Duration(rapid.Int64Range(1, int64(20_000*time.Hour)).Draw(t, "a"))
	b := time.Duration(rapid.Int64Range(1, int64(20_000*time.Hour)).Draw(t, "b"))

	whole, err := c.AddWorking(p.start, a+b, pauses...)
	if err != nil {
		t.Skip("the calendar opens too seldom")
	}
	first, err := c.AddWorking(p.start, a, pauses...)
	if err != nil {
		t.Fatalf("AddWorking(%v): %v, but %v is possible", a, err, a+b)
	}
	if second, err := c.AddWorking(first, b, pauses...); err != nil || !second.Equal(whole) {
		t.Fatalf("split: %v, then %v = %v, %v, want %v at once", a, b, second, err, whole)
	}
	if !first.Before(whole) {
		t.Fatalf("monotone: %v is due %v, %v is due %v", a, first, a+b, whole)
	}
	if got, err := c.WorkingBetween(p.start, whole, pauses...); err != nil || got != a+b {
		t.Fatalf("WorkingBetween start and deadline = %v, %v, want %v", got, err, a+b)
	}
	if got, err := c.WorkingBetween(whole, p.start, pauses...); err != nil || got != -(a+b) {
		t.Fatalf("WorkingBetween reversed = %v, %v, want %v", got, err, -(a + b))
	}
	if last := whole.Add(-1); !c.IsOpen(last) || paused(last, pauses) {
		t.Fatalf("the deadline %v does not end an open, running instant", whole)
	}
	back, err := c.SubWorking(whole, b)
	if err != nil || !c.IsOpen(back) {
		t.Fatalf("SubWorking = %v, %v, want an open instant", back, err)
	}
	if got, err := c.WorkingBetween(back, whole); err != nil || got != b {
		t.Fatalf("WorkingBetween SubWorking and its end = %v, %v, want %v", got, err, b)
	}
}

func tracesAddUp(t *rapid.T) {
	p := drawProblem(t)
	c := compile(t, p)
	pauses := drawPauses(t, p.start)
	amount := time.Duration(rapid.Int64Range(1, int64(300*time.Hour)).Draw(t, "amount"))
	due, err := c.AddWorking(p.start, amount, pauses...)
	if err != nil {
		t.Skip("the calendar opens too seldom")
	}
	if due.Sub(p.start) > 20*365*24*time.Hour {
		t.Skip("a long list")
	}
	spans, err := c.Trace(p.start, due, pauses...)
	if err != nil {
		t.Fatalf("Trace: %v", err)
	}
	if sum := checkSpans(t, p, spans, pauses); sum != amount {
		t.Fatalf("the counted spans add up to %v, want %v", sum, amount)
	}
	for _, s := range spans {
		if s.Kind == calendar.Counted && (!c.IsOpen(s.From) || !c.IsOpen(s.To.Add(-1))) {
			t.Fatalf("counted %v to %v, but it is not open", s.From, s.To)
		}
	}

	if due, err = c.AddCountedDays(p.start, 5, calendar.RollMidnight, calendar.AsIs, pauses...); err != nil {
		return
	}
	if spans, err = c.TraceDays(p.start, due, pauses...); err != nil {
		t.Fatalf("TraceDays: %v", err)
	}
	sum := checkSpans(t, p, spans, pauses)
	if _, offset := p.start.Zone(); sum != 5*24*time.Hour && offsetConstant(p.start, due, offset) {
		t.Fatalf("the counted days add up to %v, want 120h", sum)
	}
}

// offsetConstant tells whether the zone never left the offset between two times.
func offsetConstant(from, to time.Time, offset int) bool {
	_, end := from.ZoneBounds()
	_, now := to.In(from.Location()).Zone()
	return now == offset && (end.IsZero() || end.After(to))
}

// checkSpans checks order and that what counted and what paused do not
// overlap, and returns how much counted.
func checkSpans(t *rapid.T, p problem, spans []calendar.Span, pauses []calendar.Pause) time.Duration {
	var sum time.Duration
	var before time.Time
	for i, s := range spans {
		if !s.From.Before(s.To) || i > 0 && s.From.Before(spans[i-1].From) {
			t.Fatalf("span %d, %v to %v, is empty or out of order", i, s.From, s.To)
		}
		switch s.Kind {
		case calendar.Counted:
			sum += s.To.Sub(s.From)
			fallthrough
		case calendar.Paused:
			if s.From.Before(before) || s.From.Before(p.start) {
				t.Fatalf("%v span %v to %v overlaps or begins too early", s.Kind, s.From, s.To)
			}
			if paused(s.From, pauses) != (s.Kind == calendar.Paused) {
				t.Fatalf("%v span at %v, against the pauses", s.Kind, s.From)
			}
			before = s.To
		}
	}
	return sum
}

func TestLawsOfWorkingTime(t *testing.T) {
	t.Parallel()
	rapid.Check(t, laws)
}

func TestTraceAddsUpToTheAmount(t *testing.T) {
	t.Parallel()
	rapid.Check(t, tracesAddUp)
}

func TestRollMidnightIsMonotone(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawProblem(t)
		c := compile(t, p)
		n := rapid.IntRange(1, 30).Draw(t, "days")
		later := p.start.Add(time.Duration(rapid.IntRange(0, 10000).Draw(t, "later")) * time.Minute)
		a, errA := c.AddCountedDays(p.start, n, calendar.RollMidnight, calendar.AsIs)
		b, errB := c.AddCountedDays(later, n, calendar.RollMidnight, calendar.AsIs)
		if errA != nil || errB != nil {
			t.Skip("too few counted days")
		}
		// A repeated hour gives one reading to two instants, and a skipped one
		// may overtake: only where readings keep order do deadlines.
		if _, offset := p.start.Zone(); offsetConstant(p.start, later, offset) && offsetConstant(later, b, offset) && b.Before(a) {
			t.Fatalf("start %v is due %v, the later start %v already %v", p.start, a, later, b)
		}
	})
}
