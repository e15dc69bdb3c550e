package calendar

import (
	"time"
)

// AddElapsed returns the instant by which amount of real time has passed since
// start, not counting pauses. It needs no calendar: nights, weekends and
// holidays count. It fails with ErrAmount, ErrPauses and ErrOutOfRange as
// AddWorking does. The answer is in UTC.
func AddElapsed(start time.Time, amount time.Duration, pauses ...Pause) (time.Time, error) {
	at, err := instantOf(start)
	switch {
	case err != nil:
		return time.Time{}, err
	case amount < 0:
		return time.Time{}, ErrAmount
	}
	if err := checkPauses(pauses); err != nil {
		return time.Time{}, err
	}
	due, left := at, int64(amount)
	for _, p := range pauses {
		from, to := max(due, clampedInstant(p.From)), clampedInstant(p.To)
		switch {
		case to <= due:
			continue
		case from-due >= left:
			return elapsedTime(due + left)
		}
		left -= from - due
		due = to
	}
	return elapsedTime(addSafe(due, left))
}

func elapsedTime(at int64) (time.Time, error) {
	if at >= maxInstant {
		return time.Time{}, ErrOutOfRange
	}
	return time.Unix(0, at).UTC(), nil
}

// TraceElapsed accounts for a limit of real time that ran from start to end as
// Trace does for one of working time. Errors are those of Trace.
func TraceElapsed(start, end time.Time, pauses ...Pause) ([]Span, error) {
	from, err := instantOf(start)
	if err != nil {
		return nil, err
	}
	to, err := instantOf(end)
	switch {
	case err != nil:
		return nil, err
	case to < from:
		return nil, ErrReversed
	}
	if err := checkPauses(pauses); err != nil {
		return nil, err
	}
	var spans []Span
	add := func(a, b int64, kind SpanKind) {
		if a < b {
			spans = append(spans, Span{From: time.Unix(0, a).UTC(), To: time.Unix(0, b).UTC(), Kind: kind})
		}
	}
	for _, p := range pauses {
		a, b := max(from, clampedInstant(p.From)), min(to, clampedInstant(p.To))
		if a < b {
			add(from, a, Counted)
			add(a, b, Paused)
			from = b
		}
	}
	add(from, to, Counted)
	return spans, nil
}

// CountedDayAt returns the reading at on the days-th counted date after
// start's date: "by 17:00 of the next working day". Pauses are given back in
// whole days as by EndOfCountedDay. Errors are those of AddCountedDays.
func (c *Calendar) CountedDayAt(start time.Time, days int, at TimeOfDay, pauses ...Pause) (time.Time, error) {
	return c.dayEnd(start, days, pauses, func(day int64) int64 { return c.zone.instant(day*nanosPerDay + nanos(at)) })
}

// closing returns the last closing instant of a date, as EndOfCountedDay
// describes it.
func (c *Calendar) closing(day int64) int64 {
	hours := c.hours(day)
	if len(hours) == 0 {
		return c.zone.passed(day*nanosPerDay + nanos(Midnight))
	}
	last := int64(0)
	for i := len(hours) - 1; i >= 0; i-- {
		opening := c.zone.passed(day*nanosPerDay + nanos(hours[i].From))
		closing := c.zone.passed(day*nanosPerDay + nanos(hours[i].end()))
		if last = max(last, closing); opening < closing {
			return closing // hours that the clock skips whole do not close
		}
	}
	return last
}

// dayEnd returns the moment of the days-th counted date after start's. What
// pauses took of the time until then, counted dates being worth 24 hours, is
// given back up to the first such moment that leaves no less of it than there
// was: whoever resumes has at least what was left.
func (c *Calendar) dayEnd(start time.Time, days int, pauses []Pause, moment func(day int64) int64) (time.Time, error) {
	at, err := instantOf(start)
	if err != nil {
		return time.Time{}, err
	}
	if err := checkPauses(pauses); err != nil {
		return time.Time{}, err
	}
	day, err := c.countedDay(dayOf(c.zone.reading(at)), days)
	if err != nil {
		return time.Time{}, err
	}
	due := moment(day)
	after, err := c.giveBack(c.counted, at, due, pauses)
	if err != nil {
		return time.Time{}, err
	}
	for day -= 2; due < after; due = moment(day) { // hours past midnight may end after the next date's begin
		if day, err = c.countedDay(day, 1); err != nil {
			return time.Time{}, err
		}
	}
	return c.inRange(due)
}

// giveBack returns the instant by which what pauses took of the line between
// from and due has been given back.
func (c *Calendar) giveBack(l *line, from, due int64, pauses []Pause) (int64, error) {
	lost := l.between(from, due, nil) - l.between(from, due, pauses)
	if lost == 0 {
		return due, nil
	}
	after, ok := l.add(due, lost, pauses)
	if !ok {
		return 0, l.exhausted(ErrNoCountedDay)
	}
	return after, nil
}
