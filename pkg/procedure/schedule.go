package procedure

import (
	"fmt"
	"time"

	"redress.dev/pkg/calendar"
)

// Schedule is when a clock counts from and when what happens. All times are UTC.
type Schedule struct {
	StartTime time.Time
	DueTime   time.Time
	// LimitCase is the place of the limit: 0 the clock's own, n its n-th case.
	LimitCase int
	// WarnTimes in the order of the clock's warnings, none before StartTime. Those not before DueTime never come.
	WarnTimes []time.Time
	// EscalateTimes in the order of the ladder, none before DueTime.
	EscalateTimes []time.Time
	// Provisional: it depends on days whose holidays are not published yet.
	Provisional bool
}

// Schedule works out the times of a clock whose limit counts from the instant at, before its start is shifted; time in the pauses
// does not count. It fails with ErrNotAgreed, or with calendar's errors when the limit lies beyond the years that a calendar knows.
func (c *Clock) Schedule(at time.Time, f Facts, pauses ...calendar.Pause) (Schedule, error) {
	place, err := c.Choose(f)
	if err != nil {
		return Schedule{}, err
	}
	return c.ScheduleCase(place, at, f, pauses...)
}

// ScheduleCase is Schedule with the limit at a place that Choose gave.
func (c *Clock) ScheduleCase(place int, at time.Time, f Facts, pauses ...calendar.Pause) (Schedule, error) {
	l, ok := c.LimitAt(place)
	if !ok {
		return Schedule{}, fmt.Errorf("clock %s: it has no case %d", c.Key, place)
	}
	start := at
	if c.NextOpening {
		var err error
		if start, err = c.days.NextOpen(at); err != nil {
			return Schedule{}, fmt.Errorf("clock %s: %w", c.Key, err)
		}
	}
	due, err := l.due(c.days, start, f, pauses)
	if err != nil {
		return Schedule{}, fmt.Errorf("clock %s: %w", c.Key, err)
	}
	s, err := c.Until(start, due)
	s.LimitCase = place
	// Hours through the night and agreed times do not depend on holidays.
	s.Provisional = (c.NextOpening || l.UsesCalendar()) && c.days.Provisional(start, due)
	return s, err
}

// Until returns the schedule of a clock that counts from start until due: the warnings before it and the steps after it.
func (c *Clock) Until(start, due time.Time) (Schedule, error) {
	s := Schedule{StartTime: start.UTC(), DueTime: due.UTC()}
	for _, w := range c.Warnings {
		t, err := w.time(c.days, s.StartTime, s.DueTime)
		if err != nil {
			return Schedule{}, fmt.Errorf("clock %s: warning: %w", c.Key, err)
		}
		s.WarnTimes = append(s.WarnTimes, t)
	}
	for _, e := range c.Ladder {
		t, err := e.time(c.days, s.DueTime)
		if err != nil {
			return Schedule{}, fmt.Errorf("clock %s: ladder: %w", c.Key, err)
		}
		s.EscalateTimes = append(s.EscalateTimes, t)
	}
	return s, nil
}

// time of a warning. One that would come before the clock counts comes with its start.
func (w Warning) time(days *calendar.Calendar, start, due time.Time) (time.Time, error) {
	t := due.Add(-w.Before)
	switch {
	case w.Share > 0:
		t = start.Add(time.Duration(w.Share * float64(due.Sub(start))))
	case w.WorkingBefore > 0:
		var err error
		if t, err = days.SubWorking(due, w.WorkingBefore); err != nil {
			return time.Time{}, err
		}
	}
	if t.Before(start) {
		return start, nil
	}
	return t.UTC(), nil
}

// time of a step of the ladder.
func (e Escalation) time(days *calendar.Calendar, due time.Time) (time.Time, error) {
	var t time.Time
	var err error
	switch {
	case e.WorkingAfter > 0:
		t, err = days.AddWorking(due, e.WorkingAfter)
	case e.DaysAfter > 0:
		t, err = days.AddCountedDays(due, e.DaysAfter, calendar.RollMidnight, calendar.AsIs)
	default:
		t = due.Add(e.After)
	}
	return t.UTC(), err
}
