package procedure

import (
	"errors"
	"fmt"
	"time"

	"redress.dev/pkg/calendar"
)

// ErrNotAgreed says that a clock whose due time is an agreed one cannot start: nobody has recorded that time.
var ErrNotAgreed = errors.New("no time has been agreed")

// Clock is one time limit.
type Clock struct {
	Key  string
	Name Label
	// Start is what starts it; each occurrence starts its own clock. Its time counts, but for Registered the complaint's counted time.
	Start Trigger
	// NextOpening: it counts from the calendar's next opening, not from the trigger's own time.
	NextOpening bool
	// Limit is how long it runs, or until when.
	Limit Limit
	// Calendar is the key of the calendar that it counts in.
	Calendar string
	// Stop is what meets it; any one is enough.
	Stop []Trigger
	// Cancel is what ends it with neither meeting nor breach. Withdrawal and closing always do.
	Cancel []Trigger
	// Warnings before it is due, by index.
	Warnings []Warning
	// Breach says who is told of a breach.
	Breach []Assignee
	// Soft: a breach is shown, not counted.
	Soft bool
	// Internal: not the customer's limit.
	Internal bool

	when *expression
	days *calendar.Calendar
}

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
)

// Limit is the length of a clock, or the moment it ends.
type Limit struct {
	Kind LimitKind
	// Duration of Hours and WorkingHours.
	Duration time.Duration
	// Days of CalendarDays, CountedDays and EndOfCountedDay.
	Days int

	agreed *expression
}

// Warning is a moment before a clock is due: a share of its time, or a time before its end.
type Warning struct {
	Share  float64       // between 0 and 1, or 0
	Before time.Duration // on the wall clock, or 0
	Notify []Assignee
}

// Schedule is when a clock counts from and when what happens.
type Schedule struct {
	StartTime time.Time
	DueTime   time.Time
	// WarnTimes in the order of the clock's warnings, none before StartTime.
	WarnTimes []time.Time
	// Provisional: it depends on days whose holidays are not published yet.
	Provisional bool
}

// Applies reports whether the clock starts, given the facts; its trigger is matched beforehand.
func (c *Clock) Applies(f Facts) (bool, error) { return c.when.holds(f) }

// StoppedBy reports whether o meets the clock.
func (c *Clock) StoppedBy(o Occurrence) bool { return anyMatches(c.Stop, o) }

// CancelledBy reports whether o ends the clock with neither meeting nor breach.
func (c *Clock) CancelledBy(o Occurrence) bool { return anyMatches(c.Cancel, o) }

// Schedule works out the times of a clock whose trigger occurred at the instant at. All times are UTC. It fails with ErrNotAgreed,
// or with calendar's errors when the limit lies beyond the years that a calendar knows.
func (c *Clock) Schedule(at time.Time, f Facts) (Schedule, error) {
	start := at
	if c.NextOpening {
		opening, err := c.days.NextOpen(at)
		if err != nil {
			return Schedule{}, fmt.Errorf("clock %s: %w", c.Key, err)
		}
		start = opening
	}
	due, err := c.due(start, f)
	if err != nil {
		return Schedule{}, fmt.Errorf("clock %s: %w", c.Key, err)
	}
	s := Schedule{StartTime: start.UTC(), DueTime: due.UTC()}
	// Hours through the night and agreed times do not depend on holidays.
	if k := c.Limit.Kind; c.NextOpening || k == WorkingHours || k == CountedDays || k == EndOfCountedDay {
		s.Provisional = c.days.Provisional(start, due)
	}
	for _, w := range c.Warnings {
		s.WarnTimes = append(s.WarnTimes, w.time(s.StartTime, s.DueTime))
	}
	return s, nil
}

// due works out when a clock that counts from start ends.
func (c *Clock) due(start time.Time, f Facts) (time.Time, error) {
	switch l := c.Limit; l.Kind {
	case Hours:
		return start.Add(l.Duration), nil
	case WorkingHours:
		return c.days.AddWorking(start, l.Duration)
	case CalendarDays:
		return c.days.AddDays(start, l.Days)
	case CountedDays:
		// A start on a day that does not count begins at 00:00 of the next that does.
		return c.days.AddCountedDays(start, l.Days, calendar.RollMidnight, calendar.AsIs)
	case EndOfCountedDay:
		return c.days.EndOfCountedDay(start, l.Days)
	case SameDay:
		return c.days.EndOfDay(start)
	case Agreed:
		due, err := l.agreed.instant(f)
		if err == nil && due.IsZero() {
			err = ErrNotAgreed
		}
		return due, err
	}
	return time.Time{}, fmt.Errorf("limit kind %d is not known", c.Limit.Kind) // Compile makes no other
}

// time of a warning. One that would come before the clock counts comes with its start.
func (w Warning) time(start, due time.Time) time.Time {
	t := due.Add(-w.Before)
	if w.Share > 0 {
		t = start.Add(time.Duration(w.Share * float64(due.Sub(start))))
	}
	if t.Before(start) {
		return start
	}
	return t
}
