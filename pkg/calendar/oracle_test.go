package calendar_test

import (
	"slices"
	"time"

	"redress.dev/pkg/calendar"
)

// oracle answers as the definitions read: it steps real time minute by minute
// and asks the standard library what the wall clock shows. It shares nothing
// with the engine but the types of the Spec. Everything given to it must lie
// on whole minutes.
type oracle struct {
	spec calendar.Spec
	loc  *time.Location
}

// patience is how far the oracle steps before it gives up.
const patience = 21 * 24 * time.Hour

func (o oracle) clock(t time.Time) (calendar.Date, int) {
	local := t.In(o.loc)
	y, m, d := local.Date()
	return calendar.Date{Year: y, Month: m, Day: d}, local.Hour()*60 + local.Minute()
}

func (o oracle) hours(d calendar.Date) []calendar.Interval {
	if hours, ok := o.spec.ExtraDays[d]; ok {
		return hours
	}
	if slices.Contains(o.spec.Holidays, d) {
		return nil
	}
	return o.spec.Week[d.Weekday()]
}

func (o oracle) open(t time.Time) bool {
	date, minute := o.clock(t)
	for _, i := range o.hours(date) {
		from, to := int(i.From)/60, int(i.To)/60
		if minute >= from && (minute < to || to <= from) {
			return true
		}
	}
	for _, i := range o.hours(date.AddDays(-1)) {
		if i.To <= i.From && minute < int(i.To)/60 {
			return true
		}
	}
	return false
}

func (o oracle) counts(d calendar.Date) bool {
	if len(o.spec.ExtraDays[d]) > 0 {
		return true
	}
	if slices.Contains(o.spec.Holidays, d) {
		return false
	}
	if o.spec.Counted == nil {
		return len(o.spec.Week[d.Weekday()]) > 0
	}
	return slices.Contains(o.spec.Counted, d.Weekday())
}

func (o oracle) onCountedDate(t time.Time) bool {
	date, _ := o.clock(t)
	return o.counts(date)
}

func paused(t time.Time, pauses []calendar.Pause) bool {
	return slices.ContainsFunc(pauses, func(p calendar.Pause) bool {
		return !t.Before(p.From) && t.Before(p.To)
	})
}

// add steps until amount of the minutes that runs accepts lie behind.
func (o oracle) add(start time.Time, amount time.Duration, pauses []calendar.Pause, runs func(time.Time) bool) (time.Time, bool) {
	u := start
	for amount > 0 {
		if u.Sub(start) > patience {
			return u, false
		}
		if runs(u) && !paused(u, pauses) {
			amount -= time.Minute
		}
		u = u.Add(time.Minute)
	}
	return u, true
}

func (o oracle) sub(end time.Time, amount time.Duration) (time.Time, bool) {
	u := end
	for amount > 0 {
		if end.Sub(u) > patience {
			return u, false
		}
		u = u.Add(-time.Minute)
		if o.open(u) {
			amount -= time.Minute
		}
	}
	return u, true
}

func (o oracle) between(start, end time.Time, pauses []calendar.Pause, runs func(time.Time) bool) time.Duration {
	if end.Before(start) {
		return -o.between(end, start, pauses, runs)
	}
	var sum time.Duration
	for u := start; u.Before(end); u = u.Add(time.Minute) {
		if runs(u) && !paused(u, pauses) {
			sum += time.Minute
		}
	}
	return sum
}

func (o oracle) nextOpen(start time.Time) (time.Time, bool) {
	for u := start; u.Sub(start) <= patience; u = u.Add(time.Minute) {
		if o.open(u) {
			return u, true
		}
	}
	return start, false
}

// instant finds the reading by looking at every minute around it.
func (o oracle) instant(d calendar.Date, minute int) time.Time {
	first := time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Add(-26 * time.Hour)
	reading := func(t time.Time) int { // minutes since midnight of d, negative before
		date, m := o.clock(t)
		days := time.Date(date.Year, date.Month, date.Day, 0, 0, 0, 0, time.UTC).
			Sub(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC)) / (24 * time.Hour)
		return int(days)*1440 + m
	}
	for t := first; ; t = t.Add(time.Minute) {
		now := reading(t)
		if now == minute {
			return t
		}
		if now > minute { // the clock went from the minute before to now
			skipped := now - reading(t.Add(-time.Minute)) - 1
			minute += skipped
			for reading(t) != minute {
				t = t.Add(time.Minute)
			}
			return t
		}
	}
}

// addDays is AddCountedDays for a start that rule leaves or moves to midnight
// (RollMidnight) or keeps (RollKeep, KeepClock).
func (o oracle) addDays(start time.Time, n int, rule calendar.StartRule, pauses []calendar.Pause) (time.Time, bool) {
	date, minute := o.clock(start)
	from := start
	if !o.counts(date) && rule != calendar.KeepClock {
		for limit := 0; !o.counts(date); limit++ {
			if limit > 100 {
				return start, false
			}
			date = date.AddDays(1)
		}
		if rule == calendar.RollMidnight {
			minute = 0
		}
		if rolled := o.instant(date, minute); rolled.After(start) {
			from = rolled
		}
	}
	for limit := 0; n > 0; limit++ {
		if limit > 100 {
			return start, false
		}
		date = date.AddDays(1)
		if o.counts(date) {
			n--
		}
	}
	due := o.instant(date, minute)
	worth := o.between(from, due, nil, o.onCountedDate)
	if o.between(from, due, pauses, o.onCountedDate) == worth {
		return due, true // no pause took anything
	}
	return o.add(from, worth, pauses, o.onCountedDate)
}
