package calendar

import "time"

// Location returns the calendar's zone.
func (c *Calendar) Location() *time.Location { return c.zone.loc }

// DateOf returns the date that it is in the calendar's zone at t.
func (c *Calendar) DateOf(t time.Time) Date {
	y, m, d := t.In(c.zone.loc).Date()
	return Date{y, m, d}
}

// EndOfDay returns the end of start's calendar date, counted or not: 24:00,
// which is 00:00 of the next date. With pauses it is the end of the first date
// by which the real time that they took has been given back. It fails with
// ErrPauses, and with ErrOutOfRange if start or the answer lies outside 1970 to
// 2199.
func (c *Calendar) EndOfDay(start time.Time, pauses ...Pause) (time.Time, error) {
	at, err := instantOf(start)
	if err != nil {
		return time.Time{}, err
	}
	due, err := c.inRange(c.zone.passed((dayOf(c.zone.reading(at)) + 1) * nanosPerDay))
	if err != nil || len(pauses) == 0 {
		return due, err
	}
	after, err := AddElapsed(start, due.Sub(start), pauses...)
	if err != nil || !after.After(due) {
		return due, err
	}
	return c.EndOfDay(after.Add(-time.Nanosecond))
}

// AddDays returns the instant with start's clock reading n calendar dates
// later, counted or not. Skipped and repeated readings are as in
// AddCountedDays. It fails with ErrAmount if n is negative, and with
// ErrOutOfRange if start or the answer lies outside 1970 to 2199.
func (c *Calendar) AddDays(start time.Time, n int) (time.Time, error) {
	at, err := instantOf(start)
	switch {
	case err != nil:
		return time.Time{}, err
	case n < 0:
		return time.Time{}, ErrAmount
	case n == 0:
		return c.zone.time(at), nil
	case int64(n) > maxDay:
		return time.Time{}, ErrOutOfRange
	}
	return c.inRange(c.zone.instant(c.zone.reading(at) + int64(n)*nanosPerDay))
}

// AddMonths returns the instant with start's clock reading n calendar months
// later, moved to the next date that counts if that one does not. A month that
// is too short gives its last date: January 31 and one month is February 28.
// Errors are those of AddCountedDays, ErrAmount for n less than 1.
func (c *Calendar) AddMonths(start time.Time, n int) (time.Time, error) {
	at, err := instantOf(start)
	switch {
	case err != nil:
		return time.Time{}, err
	case n < 1:
		return time.Time{}, ErrAmount
	case int64(n) > maxDay:
		return time.Time{}, ErrOutOfRange
	}
	reading := c.zone.reading(at)
	startDay := dayOf(reading)
	d := dateOfDay(startDay)
	// Day 0 of the month after is the last day of the month meant.
	last := time.Date(d.Year, d.Month+time.Month(n)+1, 0, 0, 0, 0, 0, time.UTC)
	day := Date{last.Year(), last.Month(), min(d.Day, last.Day())}.day()
	if day >= maxDay {
		return time.Time{}, ErrOutOfRange
	}
	if !c.counts(day) {
		if day, err = c.countedDay(day, 1); err != nil {
			return time.Time{}, err
		}
	}
	return c.inRange(c.zone.instant(reading + (day-startDay)*nanosPerDay))
}

// Provisional tells whether a limit that runs from start to end depends on
// dates for which holidays are not known yet, so that end may move when they
// are. It errs on the side of true: a limit that ends at the very end of the
// last known date is provisional.
func (c *Calendar) Provisional(start, end time.Time) bool {
	later := start
	if end.After(start) {
		later = end
	}
	return dayOf(c.zone.reading(clampedInstant(later))) >= c.knownEnd
}

// inRange returns an instant as a time, or ErrOutOfRange.
func (c *Calendar) inRange(at int64) (time.Time, error) {
	if at < minInstant || at >= maxInstant {
		return time.Time{}, ErrOutOfRange
	}
	return c.zone.time(at), nil
}
