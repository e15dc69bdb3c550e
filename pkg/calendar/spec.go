package calendar

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"time"
)

// Spec describes a calendar. A date's hours are those of ExtraDays if it is
// there, else none if it is in Holidays, else those of its weekday in Week.
// A date counts if ExtraDays gives it hours, else not if it is in Holidays,
// else if its weekday is in Counted.
type Spec struct {
	// Zone is the IANA zone that every date and time of day is read in.
	Zone string
	// Week gives the opening hours; a missing weekday is closed.
	Week map[time.Weekday][]Interval
	// Holidays are closed all day.
	Holidays []Date
	// ExtraDays replaces the hours of single dates, as for make-up days.
	ExtraDays map[Date][]Interval
	// Counted are the weekdays that count for day limits; a weekday may count
	// without being open. Nil: every weekday that has hours.
	Counted []time.Weekday
	// KnownThrough is the last date for which Holidays and ExtraDays are
	// known; what depends on a later one is provisional. Zero: all are known.
	KnownThrough Date
	// Names names holidays and extra days where Trace lists them.
	Names map[Date]string
}

// Calendar is a compiled Spec. It is immutable and safe for concurrent use.
type Calendar struct {
	zone       *zone
	week       [7][]Interval // Monday first
	countsWeek [7]bool       // Monday first
	exceptions map[int64]exception
	knownEnd   int64 // the first day number after KnownThrough, if any

	open    *line // opening hours
	counted *line // whole dates that count
}

// exception is a date that its weekday does not decide.
type exception struct {
	hours  []Interval
	counts bool
	kind   SpanKind // Holiday or ExtraDay
	name   string
}

// New compiles spec. It fails with ErrSpec, and says everything that is wrong:
// an unknown zone, times outside 00:00 to 24:00, intervals of one date that
// overlap, dates that do not exist or lie outside 1970 to 2199, and, as
// ErrNoWorkingTime too, a calendar that is never open and on which no day
// counts. spec may be changed afterwards.
func New(spec Spec) (*Calendar, error) {
	c := &Calendar{exceptions: make(map[int64]exception), knownEnd: math.MaxInt64}
	z, err := loadZone(spec.Zone)
	c.zone = z
	problems := []error{err, c.addWeek(spec), c.addExceptions(spec)}
	if !spec.KnownThrough.IsZero() {
		if !spec.KnownThrough.valid() {
			problems = append(problems, fmt.Errorf("known through %v: no date from 1970 to 2199", spec.KnownThrough))
		}
		c.knownEnd = spec.KnownThrough.day() + 1
	}
	if err := errors.Join(problems...); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSpec, err)
	}
	c.compile()
	start := int64(minInstant)
	if c.open.limit == c.open.elapsed(start) && c.counted.limit == c.counted.elapsed(start) {
		return nil, fmt.Errorf("%w: %w: never open, and no day counts", ErrSpec, ErrNoWorkingTime)
	}
	return c, nil
}

// addWeek takes over the hours and the counting of the ordinary week.
func (c *Calendar) addWeek(spec Spec) error {
	var problems []error
	for _, day := range slices.Sorted(maps.Keys(spec.Week)) {
		if day < time.Sunday || day > time.Saturday {
			problems = append(problems, fmt.Errorf("week: no weekday %d", int(day)))
			continue
		}
		hours, err := sortHours(spec.Week[day])
		if err != nil {
			problems = append(problems, fmt.Errorf("week: %v: %w", day, err))
		}
		w := mondayFirst(day)
		c.week[w] = hours
		c.countsWeek[w] = spec.Counted == nil && len(hours) > 0
	}
	for _, day := range spec.Counted {
		if day < time.Sunday || day > time.Saturday {
			problems = append(problems, fmt.Errorf("counted: no weekday %d", int(day)))
			continue
		}
		c.countsWeek[mondayFirst(day)] = true
	}
	return errors.Join(problems...)
}

// addExceptions takes over holidays and then extra days, which win.
func (c *Calendar) addExceptions(spec Spec) error {
	var problems []error
	for _, d := range spec.Holidays {
		if !d.valid() {
			problems = append(problems, fmt.Errorf("holiday %v: no date from 1970 to 2199", d))
			continue
		}
		c.exceptions[d.day()] = exception{kind: Holiday, name: spec.Names[d]}
	}
	for _, d := range slices.SortedFunc(maps.Keys(spec.ExtraDays), Date.Compare) {
		if !d.valid() {
			problems = append(problems, fmt.Errorf("extra day %v: no date from 1970 to 2199", d))
			continue
		}
		hours, err := sortHours(spec.ExtraDays[d])
		if err != nil {
			problems = append(problems, fmt.Errorf("extra day %v: %w", d, err))
		}
		_, holiday := c.exceptions[d.day()]
		c.exceptions[d.day()] = exception{
			hours:  hours,
			counts: len(hours) > 0 || !holiday && c.countsWeek[weekday(d.day())],
			kind:   ExtraDay,
			name:   spec.Names[d],
		}
	}
	return errors.Join(problems...)
}

// mondayFirst returns the number of a weekday, Monday being 0.
func mondayFirst(day time.Weekday) int { return (int(day) + 6) % 7 }
