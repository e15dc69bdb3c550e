package procedure

import (
	"fmt"
	"time"

	"redress.dev/pkg/calendar"
)

// LimitKind is how the length of a clock counts.
type LimitKind int

// The kinds; the contract's Limit describes them.
const (
	Hours LimitKind = iota + 1
	WorkingHours
	CalendarDays
	CountedDays
	EndOfCountedDay
	SameDay
	Agreed
	Months
	CountedDayTime
	Unset
)

// Limit is the length of a clock, or the moment it ends.
type Limit struct {
	Kind LimitKind
	// Duration of Hours and WorkingHours.
	Duration time.Duration
	// Count of CalendarDays, CountedDays, EndOfCountedDay, CountedDayTime (days) and Months.
	Count int
	// TimeOfDay of CountedDayTime.
	TimeOfDay calendar.TimeOfDay

	agreed *expression
}

// LimitCase is a limit that counts when its condition holds.
type LimitCase struct {
	Limit Limit
	// Condition is its CEL.
	Condition string

	when *expression
}

// UsesCalendar reports whether the limit's end depends on which days count and when the calendar is open.
func (l Limit) UsesCalendar() bool {
	switch l.Kind {
	case WorkingHours, CountedDays, EndOfCountedDay, CountedDayTime, Months:
		return true
	default:
		return false
	}
}

// Choose returns the place of the limit that counts for these facts: 0 for the clock's own, n for its n-th case. It fails with
// ErrNotAgreed when there is none.
func (c *Clock) Choose(f Facts) (int, error) {
	for i, k := range c.Cases {
		if holds, err := k.when.holds(f); err != nil || holds {
			return i + 1, err
		}
	}
	if c.Limit.Kind == 0 {
		return 0, fmt.Errorf("clock %s: %w", c.Key, ErrNotAgreed)
	}
	return 0, nil
}

// LimitAt returns the limit at a place that Choose gave.
func (c *Clock) LimitAt(place int) (Limit, bool) {
	switch {
	case place == 0:
		return c.Limit, true
	case place <= len(c.Cases):
		return c.Cases[place-1].Limit, true
	}
	return Limit{}, false
}

// due returns when a limit that counts from start ends, the time of the pauses not counted.
//
// What a pause takes is given back in the limit's own counting: real time to hours and calendar days, open time to working hours,
// time of counted days to counted days; to months real time as well, so that one may end on a day off. A limit that ends with a day, or at a time of one, moves by whole days, as many as the time
// that was lost begins: nobody who resumes has less left than before. A pause does not move an agreed moment.
func (l Limit) due(days *calendar.Calendar, start time.Time, f Facts, pauses []calendar.Pause) (time.Time, error) {
	switch l.Kind {
	case Hours:
		return calendar.AddElapsed(start, l.Duration, pauses...)
	case WorkingHours:
		return days.AddWorking(start, l.Duration, pauses...)
	case CalendarDays:
		due, err := days.AddDays(start, l.Count)
		if err != nil || len(pauses) == 0 {
			return due, err
		}
		return calendar.AddElapsed(start, due.Sub(start), pauses...)
	case CountedDays:
		// A start on a day that does not count begins at 00:00 of the next that does.
		return days.AddCountedDays(start, l.Count, calendar.RollMidnight, calendar.AsIs, pauses...)
	case EndOfCountedDay:
		return days.EndOfCountedDay(start, l.Count, pauses...)
	case CountedDayTime:
		return days.CountedDayAt(start, l.Count, l.TimeOfDay, pauses...)
	case Months:
		due, err := days.AddMonths(start, l.Count)
		if err != nil || len(pauses) == 0 {
			return due, err
		}
		return calendar.AddElapsed(start, due.Sub(start), pauses...)
	case SameDay:
		return days.EndOfDay(start, pauses...)
	case Agreed:
		due, err := l.agreed.instant(f)
		if err == nil && due.IsZero() {
			err = ErrNotAgreed
		}
		return due, err
	case Unset:
		return time.Time{}, ErrNotAgreed
	}
	return time.Time{}, fmt.Errorf("limit kind %d is not known", l.Kind) // Compile makes no other
}

// Account accounts for a limit that ran from start to due: what counted and what did not, in order. What counted adds up to the limit
// where that is a length of time, and to whole counted days where it is counted in days.
func (l Limit) Account(days *calendar.Calendar, start, due time.Time, pauses []calendar.Pause) ([]calendar.Span, error) {
	switch l.Kind {
	case WorkingHours:
		return days.Trace(start, due, pauses...)
	case CountedDays, EndOfCountedDay, CountedDayTime:
		return days.TraceDays(start, due, pauses...)
	default:
		return calendar.TraceElapsed(start, due, pauses...)
	}
}
