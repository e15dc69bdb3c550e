package calendar

import "time"

// AddWorking returns the earliest instant by which amount of working time has
// passed since start, not counting pauses. A limit that is used up at closing
// time ends at that closing time, not at the next opening. The answer is in
// the calendar's zone. AddWorking(start, 0) is start, open or not.
//
// It fails with ErrAmount if amount is negative, ErrPauses if the pauses are
// not as Pause says, ErrNoWorkingTime if the calendar never opens that long,
// and ErrOutOfRange if start or the answer lies outside 1970 to 2199.
func (c *Calendar) AddWorking(start time.Time, amount time.Duration, pauses ...Pause) (time.Time, error) {
	at, err := instantOf(start)
	if err != nil {
		return time.Time{}, err
	}
	if amount < 0 {
		return time.Time{}, ErrAmount
	}
	if err := checkPauses(pauses); err != nil {
		return time.Time{}, err
	}
	if amount == 0 {
		return c.zone.time(at), nil
	}
	due, ok := c.open.add(at, int64(amount), pauses)
	if !ok {
		return time.Time{}, c.open.exhausted(ErrNoWorkingTime)
	}
	return c.zone.time(due), nil
}

// SubWorking returns the latest instant from which amount of working time
// passes until end: when to warn, if a warning shall come amount before a
// deadline. SubWorking(end, 0) is end. Errors are those of AddWorking.
func (c *Calendar) SubWorking(end time.Time, amount time.Duration) (time.Time, error) {
	at, err := instantOf(end)
	if err != nil {
		return time.Time{}, err
	}
	if amount < 0 {
		return time.Time{}, ErrAmount
	}
	if amount == 0 {
		return c.zone.time(at), nil
	}
	v := c.open.elapsed(at) - c.open.floor[0]
	if v < int64(amount) {
		return time.Time{}, c.open.exhausted(ErrNoWorkingTime)
	}
	return c.zone.time(c.open.leave(v - int64(amount) + c.open.floor[0])), nil
}

// WorkingBetween returns the working time in [start, end) outside the pauses.
// It is negative when end is before start. It fails with ErrPauses and
// ErrOutOfRange as AddWorking does.
func (c *Calendar) WorkingBetween(start, end time.Time, pauses ...Pause) (time.Duration, error) {
	from, err := instantOf(start)
	if err != nil {
		return 0, err
	}
	to, err := instantOf(end)
	if err != nil {
		return 0, err
	}
	if err := checkPauses(pauses); err != nil {
		return 0, err
	}
	if to < from {
		return -time.Duration(c.open.between(to, from, pauses)), nil
	}
	return time.Duration(c.open.between(from, to, pauses)), nil
}

// IsOpen tells whether the calendar is open at t. The closing instant is
// closed, and so is every instant outside 1970 to 2199.
func (c *Calendar) IsOpen(t time.Time) bool {
	at, err := instantOf(t)
	return err == nil && c.open.contains(at)
}

// NextOpen returns start itself if the calendar is open then, else the
// earliest later instant at which it is. It fails with ErrNoWorkingTime if
// there is none, and with ErrOutOfRange if start or the answer lies outside
// 1970 to 2199.
func (c *Calendar) NextOpen(start time.Time) (time.Time, error) {
	at, err := instantOf(start)
	if err != nil {
		return time.Time{}, err
	}
	opening, ok := c.open.next(at)
	if !ok {
		return time.Time{}, c.open.exhausted(ErrNoWorkingTime)
	}
	return c.zone.time(opening), nil
}

// next returns the first instant from at on that is on the line.
func (l *line) next(at int64) (int64, bool) {
	v := l.elapsed(at)
	if v >= l.limit {
		return 0, false
	}
	return l.leave(v), true // the last instant before which no more has passed
}

// exhausted says why the line ended too early: never is for a line that has
// nothing in an ordinary week, on which waiting longer would not help.
func (l *line) exhausted(never error) error {
	if l.days.week[7] == 0 {
		return never
	}
	return ErrOutOfRange
}
