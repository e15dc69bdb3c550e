// Package ical reads public holidays and closed days from iCalendar files
// (RFC 5545), as calendar programs and holiday feeds write them, and writes
// them back.
//
// # What counts
//
// Every VEVENT of whole days is a day off, or a make-up working day if it
// bears one of the caller's marks. Its days are those of DTSTART up to but not
// including DTEND (one day without it, or if it equals DTSTART, as some
// programs write it), repeated by RRULE, RDATE and EXDATE, within the caller's
// years. Whole days are written as dates, or as midnight to midnight of one
// zone, as Outlook does; such an event is read as the dates that its own clock
// shows. Any other event with a time of day is refused unless
// Options.SkipTimed leaves it out. Cancelled events are left out, and an event
// with RECURRENCE-ID stands in the place of the repetition that it names.
//
// # Bounds
//
// A file is somebody else's text. What it may cost is bounded before it is
// paid: see the constants. Repetition is yearly only; a weekly closed day
// belongs to a calendar's week.
package ical

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/calendar/holidays"
)

// The bounds of a file.
const (
	MaxBytes    = 1 << 20 // of the file
	MaxLine     = 4 << 10 // bytes of one unfolded line that is read
	MaxEvents   = 10_000
	MaxRepeated = 200    // events with an RRULE
	MaxDays     = 20_000 // days within the years, those named twice twice
	MaxEvent    = 366    // days of one event
	MaxYears    = 200
)

// ErrFile says that a file cannot be used. The error around it names the line
// or the event, and the remedy. It is final: the same file fails again.
var ErrFile = errors.New("ical: unusable file")

// Marks tell what an event is. An event bears a mark if one of its CATEGORIES
// or its X-APPLE-SPECIAL-DAY is the mark or its SUMMARY contains it, case and
// all. What bears both kinds is a make-up day. Marks are cut out of the name,
// in their order.
type Marks struct {
	// MakeUp marks make-up working days.
	MakeUp []string
	// Off marks days off. In a file in which any event bears one, an event
	// without a mark is left out: such a feed also lists observances and solar
	// terms, on which people work. In any other every event without a MakeUp
	// mark is a day off.
	Off []string
}

// China returns the marks of Chinese feeds: 补班, 班 in brackets and the like,
// 休 in brackets, and what Apple's feed says beside the words.
func China() Marks {
	return Marks{
		MakeUp: []string{
			"（调休上班）", "(调休上班)", "（补班）", "(补班)", "（班）", "(班)", "[班]", "【班】", "班｜", "调休上班", "补班", "调班", "ALTERNATE-WORKDAY",
		},
		Off: []string{"（休）", "(休)", "[休]", "【休】", "休｜", "WORK-HOLIDAY"},
	}
}

// Options says how a file is read.
type Options struct {
	// FirstYear and LastYear bound the days, both included, within 1970 to
	// 2199. Days outside are left out.
	FirstYear, LastYear int
	Marks               Marks
	// KnownThrough is the last year for which the file has every holiday. 0:
	// the last with a day that no rule repeats past LastYear, because a feed's
	// dated events end where its author's knowledge does while New Year's Day
	// goes on for ever; LastYear if every day is repeated so.
	KnownThrough int
	// SkipTimed leaves out events with a time of day instead of refusing them.
	SkipTimed bool
	// Source is the title of the set's sources. "": the calendar's own name.
	Source string
}

func (o Options) check() error {
	const first, last = 1970, 2199 // the calendars' range
	switch {
	case o.FirstYear > o.LastYear:
		return fmt.Errorf("ical: years %d to %d: the last lies before the first", o.FirstYear, o.LastYear)
	case o.FirstYear < first || o.LastYear > last:
		return fmt.Errorf("ical: years %d to %d: want years from %d to %d", o.FirstYear, o.LastYear, first, last)
	case o.LastYear-o.FirstYear >= MaxYears:
		return fmt.Errorf("ical: years %d to %d: want at most %d years", o.FirstYear, o.LastYear, MaxYears)
	case o.KnownThrough != 0 && (o.KnownThrough < o.FirstYear || o.KnownThrough > o.LastYear):
		return fmt.Errorf("ical: known through %d: want a year from %d to %d", o.KnownThrough, o.FirstYear, o.LastYear)
	}
	return nil
}

// Read returns the holidays in an iCalendar file. Of a date that several
// events name the first gives the name; a date that is a day off in one and a
// make-up day in another is an error. The set has a source for each year from
// the first with a day through KnownThrough.
//
// It fails with ErrFile, or if o is unusable or r fails. A file without any
// day in the years is an error too, so that an empty feed does not pass for a
// year without holidays.
func Read(r io.Reader, o Options) (holidays.Set, error) {
	if err := o.check(); err != nil {
		return holidays.Set{}, err
	}
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return holidays.Set{}, fmt.Errorf("read calendar: %w", err)
	}
	set, err := read(text, o)
	if err != nil {
		return holidays.Set{}, fmt.Errorf("%w: %w", ErrFile, err)
	}
	return set, nil
}

func read(text []byte, o Options) (holidays.Set, error) {
	if len(text) > MaxBytes {
		return holidays.Set{}, fmt.Errorf("more than %d bytes: export fewer years, or the holidays alone", MaxBytes)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	f, err := parse(string(text))
	if err != nil {
		return holidays.Set{}, err
	}
	c := collection{Options: o, days: make(map[calendar.Date]found)}
	c.offMarked = slices.ContainsFunc(f.events, func(e *event) bool { return e.bears(o.Marks.Off) })
	for _, e := range f.events {
		if err := c.add(e); err != nil {
			return holidays.Set{}, fmt.Errorf("%v: %w", e, err)
		}
	}
	if len(c.days) == 0 {
		return holidays.Set{}, fmt.Errorf("no day off and no make-up day from %d to %d among its %d events: give other years or marks, or look at the file",
			o.FirstYear, o.LastYear, len(f.events))
	}
	return c.set(f.name), nil
}
