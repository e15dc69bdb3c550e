package ical

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/calendar/holidays"
)

// collection is what the events read so far add up to.
type collection struct {
	Options
	offMarked bool // an event of the file bears a mark of days off
	days      map[calendar.Date]found
	count     int // of days, those named twice twice
	repeated  int // events with an RRULE
	lastDated int // the last year with a day that no rule repeats past the years
}

// found is a day and the event that first named it.
type found struct {
	day holidays.Day
	by  *event
}

// add adds an event's days in the years.
func (c *collection) add(e *event) error {
	off, marks := true, c.Marks.Off
	if e.bears(c.Marks.MakeUp) {
		off, marks = false, c.Marks.MakeUp
	}
	name := cut(e.text("SUMMARY"), marks)
	if off && c.offMarked && !e.bears(c.Marks.Off) || strings.EqualFold(e.text("STATUS"), "CANCELLED") {
		return nil
	}
	first, length, err := e.span()
	if errors.Is(err, errTimed) && c.SkipTimed {
		return nil
	}
	if err != nil {
		return err
	}
	starts, err := c.starts(e, first)
	if err != nil {
		return err
	}
	begin := number(calendar.Date{Year: c.FirstYear, Month: time.January, Day: 1})
	for _, s := range starts {
		for n := max(0, begin-number(s.date)); n < length; n++ {
			d := s.date.AddDays(n)
			if d.Year > c.LastYear {
				break
			}
			if c.count++; c.count > MaxDays {
				return fmt.Errorf("more than %d days in all: give fewer years", MaxDays)
			}
			before, known := c.days[d]
			if known && before.day.Off != off {
				return fmt.Errorf("%v is a day off in one event and a make-up day in the other, the %v: remove one, or give marks that tell them apart", d, before.by)
			}
			if !known {
				c.days[d] = found{holidays.Day{Date: d, Name: name, Off: off}, e}
			}
			if !s.repeated {
				c.lastDated = max(c.lastDated, d.Year)
			}
		}
	}
	return nil
}

// set returns the days in order, the calendar's own name being name.
func (c *collection) set(name string) holidays.Set {
	known := cmp.Or(c.KnownThrough, c.lastDated, c.LastYear)
	set := holidays.Set{KnownThrough: calendar.Date{Year: known, Month: time.December, Day: 31}}
	for _, d := range slices.SortedFunc(maps.Keys(c.days), calendar.Date.Compare) {
		set.Days = append(set.Days, c.days[d].day)
	}
	for year := set.Days[0].Date.Year; year <= known; year++ {
		set.Sources = append(set.Sources, holidays.Source{Year: year, Title: cmp.Or(c.Source, name)})
	}
	return set
}
