package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"redress.dev/pkg/calendar"
)

// How many deadlines are accounted for, over how many calendars; the shards
// run side by side and each is its seed's alone.
const (
	million       = 1_000_000
	shards        = 16
	calendarsEach = 125
)

// A deadline's account adds up: what an explanation lists as counted is the
// amount to the nanosecond, in order, without overlap, outside the pauses.
func TestAMillionAccountsAddUp(t *testing.T) {
	t.Parallel()
	for seed := range uint64(shards) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			a := accountant{T: t, rng: rand.New(rand.NewPCG(seed, 18))}
			for range calendarsEach {
				a.newCalendar()
				for range million / shards / calendarsEach {
					a.account()
				}
			}
			// Clocks change in few of the limits; in the others N days are
			// N x 24 hours exactly.
			if a.working != million/shards || a.exact < million/shards*3/4 {
				t.Errorf("%d accounts, %d of whole days: too few of %d", a.working, a.exact, million/shards)
			}
		})
	}
}

// accountant draws limits and checks their accounts.
type accountant struct {
	*testing.T
	rng   *rand.Rand
	spec  calendar.Spec
	c     *calendar.Calendar
	first time.Time // about when the calendar's exceptions are
	pause []calendar.Pause

	working, exact int // limits accounted for, and those of days while no clock changed
}

func (a *accountant) newCalendar() {
	r := a.rng
	zone := zones[r.IntN(len(zones))]
	loc, err := time.LoadLocation(zone)
	if err != nil {
		a.Fatal(err)
	}
	a.first = time.Date(1990+r.IntN(60), time.Month(1+r.IntN(12)), 1, 0, 0, 0, 0, loc)
	day := calendar.Date{Year: a.first.Year(), Month: a.first.Month(), Day: 1}
	a.spec = calendar.Spec{Zone: zone, Week: make(map[time.Weekday][]calendar.Interval), ExtraDays: make(map[calendar.Date][]calendar.Interval)}
	for weekday := time.Sunday; weekday <= time.Saturday; weekday++ {
		if r.IntN(7) < 5 {
			a.spec.Week[weekday] = a.hours()
		}
	}
	a.spec.Week[time.Wednesday] = a.hours() // so that every limit ends
	for range r.IntN(12) {
		a.spec.Holidays = append(a.spec.Holidays, day.AddDays(r.IntN(60)))
	}
	for range r.IntN(5) {
		a.spec.ExtraDays[day.AddDays(r.IntN(60))] = a.hours()
	}
	a.c = mustNew(a.T, a.spec)
}

// hours draws one or two intervals on whole seconds, the last perhaps overnight.
func (a *accountant) hours() []calendar.Interval {
	at := func(from, to int) calendar.TimeOfDay { return calendar.TimeOfDay(from + a.rng.IntN(to-from)) }
	hours := []calendar.Interval{{From: at(0, 30000), To: at(30000, 50000)}, {From: at(50000, 60000), To: at(60000, 86401)}}
	if a.rng.IntN(4) == 0 {
		hours[1].To = at(0, 30000)
	}
	return hours[a.rng.IntN(2):]
}

// account draws one start, with pauses, and checks a working limit and one of
// counted days.
func (a *accountant) account() {
	r := a.rng
	start := a.first.Add(time.Duration(r.Int64N(int64(50 * 24 * time.Hour))))
	a.pause = a.pause[:0]
	for from := start.Add(-6 * time.Hour); len(a.pause) < 3 && r.IntN(3) > 0; {
		from = from.Add(time.Duration(r.IntN(2)) * time.Duration(r.Int64N(int64(20*time.Hour)))) // half of them touch
		to := from.Add(time.Duration(r.Int64N(int64(30 * time.Hour))))
		a.pause = append(a.pause, calendar.Pause{From: from, To: to})
		from = to
	}
	amount := 1 + time.Duration(r.Int64N(int64(40*time.Hour)))
	due, err := a.c.AddWorking(start, amount, a.pause...)
	if err != nil {
		a.Fatalf("%+v: AddWorking(%v, %v, %v): %v", a.spec, start, amount, a.pause, err)
	}
	spans, err := a.c.Trace(start, due, a.pause...)
	if sum := a.sum(start, due, spans, a.c.IsOpen); err != nil || sum != amount {
		a.Fatalf("%+v: %v from %v to %v, pauses %v: counted %v, %v", a.spec, amount, start, due, a.pause, sum, err)
	}
	a.working++

	n := 1 + r.IntN(6)
	if due, err = a.c.AddCountedDays(start, n, calendar.RollMidnight, calendar.AsIs, a.pause...); err != nil {
		a.Fatalf("%+v: AddCountedDays(%v, %d, %v): %v", a.spec, start, n, a.pause, err)
	}
	spans, err = a.c.TraceDays(start, due, a.pause...)
	sum := a.sum(start, due, spans, func(t time.Time) bool { return a.c.IsCountedDay(a.c.DateOf(t)) })
	_, offset := start.Zone()
	constant := offsetConstant(start, due, offset)
	if err != nil || constant && sum != time.Duration(n)*24*time.Hour {
		a.Fatalf("%+v: %d days from %v to %v, pauses %v: counted %v, %v", a.spec, n, start, due, a.pause, sum, err)
	}
	if constant {
		a.exact++
	}
}

// sum adds up the counted spans, which begin and end while the limit runs, and
// with the paused ones lie in order in [start, due] without overlap.
func (a *accountant) sum(start, due time.Time, spans []calendar.Span, runs func(time.Time) bool) time.Duration {
	var sum time.Duration
	end, pauses := start, a.pause
	for _, s := range spans {
		if s.Kind != calendar.Counted && s.Kind != calendar.Paused {
			continue
		}
		if s.From.Before(end) || !s.To.After(s.From) || s.To.After(due) {
			a.Fatalf("%+v: %v %v to %v follows %v, due %v", a.spec, s.Kind, s.From, s.To, end, due)
		}
		if end = s.To; s.Kind == calendar.Counted {
			sum += s.To.Sub(s.From)
			if !runs(s.From) || !runs(s.To.Add(-1)) {
				a.Fatalf("%+v: counted %v to %v, which is closed", a.spec, s.From, s.To)
			}
			continue
		}
		for len(pauses) > 0 && !pauses[0].To.After(s.From) {
			pauses = pauses[1:]
		}
		if len(pauses) == 0 || s.From.Before(pauses[0].From) || s.To.After(pauses[0].To) {
			a.Fatalf("%+v: paused %v to %v, against the pauses %v", a.spec, s.From, s.To, a.pause)
		}
	}
	return sum
}
