package calendar

import (
	"fmt"
	"time"
)

// StartRule says what a day limit does with a start on a date that does not
// count, or at a time when the calendar is closed.
type StartRule int

// The rules. RollMidnight is the default because it is monotone: a later start
// never gets an earlier deadline.
const (
	// RollMidnight leaves a start on a counted date as it is, open or not, and
	// moves any other to 00:00 of the next counted date.
	RollMidnight StartRule = iota
	// RollOpen moves a start at which the calendar is closed to the next opening.
	RollOpen
	// RollKeep moves a start on a date that does not count to the same clock
	// reading on the next counted date.
	RollKeep
	// KeepClock never moves the start.
	KeepClock
)

// Finish says what becomes of a day limit that ends while the calendar is closed.
type Finish int

// The finishes.
const (
	// AsIs leaves the end where it is.
	AsIs Finish = iota
	// FinishOpen moves an end at which the calendar is closed to the next opening.
	FinishOpen
)

// AddCountedDays returns the instant with start's clock reading on the days-th
// counted date strictly after start's, start having been moved by rule. A
// reading that clocks going forward skip on that date moves later by the
// length of the gap; of a reading that exists twice the earlier is meant.
//
// With pauses the limit ends later by the time that they took from it. A
// counted date is worth all its 24 hours whatever the opening hours, any other
// nothing: a pause from Friday to Monday costs a Monday-to-Friday clock what
// it took of Friday and of Monday.
//
// It fails with ErrAmount if days is less than 1, ErrRule, ErrPauses,
// ErrNoCountedDay or ErrNoWorkingTime if nothing follows to count or to open,
// and ErrOutOfRange if start or the answer lies outside 1970 to 2199.
func (c *Calendar) AddCountedDays(start time.Time, days int, rule StartRule, finish Finish, pauses ...Pause) (time.Time, error) {
	at, err := instantOf(start)
	if err != nil {
		return time.Time{}, err
	}
	if finish != AsIs && finish != FinishOpen {
		return time.Time{}, fmt.Errorf("%w: finish %d", ErrRule, int(finish))
	}
	if err := checkPauses(pauses); err != nil {
		return time.Time{}, err
	}
	from, reading, err := c.roll(at, rule)
	if err != nil {
		return time.Time{}, err
	}
	startDay := dayOf(reading)
	day, err := c.countedDay(startDay, days)
	if err != nil {
		return time.Time{}, err
	}
	due := c.zone.instant(reading + (day-startDay)*nanosPerDay)
	ok := due < maxInstant
	if ok && len(pauses) > 0 {
		if due, err = c.giveBack(c.counted, from, due, pauses); err != nil {
			return time.Time{}, err
		}
	}
	if ok && finish == FinishOpen {
		if due, ok = c.open.next(due); !ok {
			return time.Time{}, c.open.exhausted(ErrNoWorkingTime)
		}
	}
	if !ok {
		return time.Time{}, c.counted.exhausted(ErrNoCountedDay)
	}
	return c.zone.time(due), nil
}

// roll applies rule to a start. It returns the instant from which the limit
// runs and the reading that it keeps.
func (c *Calendar) roll(at int64, rule StartRule) (from, reading int64, err error) {
	reading = c.zone.reading(at)
	day := dayOf(reading)
	switch rule {
	case KeepClock:
		return at, reading, nil
	case RollOpen:
		opening, ok := c.open.next(at)
		if !ok {
			return 0, 0, c.open.exhausted(ErrNoWorkingTime)
		}
		return opening, c.zone.reading(opening), nil
	case RollMidnight, RollKeep:
		if c.counts(day) {
			return at, reading, nil
		}
		next, err := c.countedDay(day, 1)
		if err != nil {
			return 0, 0, err
		}
		if rule == RollMidnight {
			reading = day * nanosPerDay
		}
		reading += (next - day) * nanosPerDay
		// Where clocks go back over midnight, the first 00:00 of the next
		// date may lie before the start.
		return max(at, c.zone.instant(reading)), reading, nil
	}
	return 0, 0, fmt.Errorf("%w: start rule %d", ErrRule, int(rule))
}

// countedDay returns the n-th counted day after day.
func (c *Calendar) countedDay(day int64, n int) (int64, error) {
	if n < 1 {
		return 0, ErrAmount
	}
	t := &c.counted.days // in whole days of 24 hours, over dates: DST has no say
	if int64(n) > maxDay {
		return 0, c.counted.exhausted(ErrNoCountedDay)
	}
	v := t.before(day+1) + int64(n)*nanosPerDay
	if v > t.before(maxDay) {
		return 0, c.counted.exhausted(ErrNoCountedDay)
	}
	return t.reaching(v), nil
}

// EndOfCountedDay returns the last closing instant of the days-th counted date
// after start's date. Hours that run past midnight belong to the date they
// start on; a counted date without hours ends at its midnight, and one whose
// hours are all skipped as the clocks go forward ends there.
//
// Pauses are given back in whole days: the answer is the first closing of a
// counted date by which the counted time that they took has been given back.
// Errors are those of AddCountedDays.
func (c *Calendar) EndOfCountedDay(start time.Time, days int, pauses ...Pause) (time.Time, error) {
	return c.dayEnd(start, days, pauses, c.closing)
}

// IsCountedDay tells whether d counts. A date that does not exist, or lies
// outside 1970 to 2199, does not.
func (c *Calendar) IsCountedDay(d Date) bool { return d.valid() && c.counts(d.day()) }

// CountedDaysBetween returns the number of counted dates in [from, to),
// negative when to is before from. It fails with ErrOutOfRange for a date that
// does not exist or lies outside 1970 to 2199.
func (c *Calendar) CountedDaysBetween(from, to Date) (int, error) {
	if !from.valid() || !to.valid() {
		return 0, ErrOutOfRange
	}
	sum := c.counted.days.before(to.day()) - c.counted.days.before(from.day())
	return int(sum / nanosPerDay), nil
}
