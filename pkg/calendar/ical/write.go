package ical

import (
	"errors"
	"fmt"
	"io"
	"time"

	ics "github.com/arran4/golang-ical"

	"redress.dev/pkg/calendar/holidays"
)

// Write writes set as an iCalendar file that Read reads back: an event for
// each run of days of one name and kind, make-up days with the first mark of
// marks.MakeUp as their category, days off with the first of marks.Off if
// there is one. stamp is the time that the file says it was made at. Of the
// sources only a single one's title is written, as the calendar's name. It fails if there are make-up days and no mark
// for them, or if w does.
func Write(w io.Writer, set holidays.Set, marks Marks, stamp time.Time) error {
	c := ics.NewCalendarFor("Redress")
	if n := len(set.Sources); n == 1 {
		c.SetXWRCalName(set.Sources[0].Title)
	} else if n > 1 { // no year's notice speaks for the others
		c.SetXWRCalName(fmt.Sprintf("Holidays %d to %d", set.Sources[0].Year, set.Sources[n-1].Year))
	}
	for first := 0; first < len(set.Days); {
		day, end := set.Days[first], first+1
		for end < len(set.Days) && set.Days[end].Name == day.Name && set.Days[end].Off == day.Off &&
			set.Days[end].Date == set.Days[end-1].Date.AddDays(1) && end-first < MaxEvent {
			end++
		}
		mark := marks.Off
		if !day.Off {
			if mark = marks.MakeUp; len(mark) == 0 {
				return errors.New("ical: make-up days, and no mark for them")
			}
		}
		e := c.AddEvent(day.Date.String() + "@redress")
		e.SetDtStampTime(stamp)
		e.SetProperty(ics.ComponentPropertyDtStart, compact(day.Date), ics.WithValue(string(ics.ValueDataTypeDate)))
		e.SetProperty(ics.ComponentPropertyDtEnd, compact(set.Days[end-1].Date.AddDays(1)), ics.WithValue(string(ics.ValueDataTypeDate)))
		e.SetSummary(day.Name)
		e.SetTimeTransparency(ics.TransparencyTransparent) // a holiday makes nobody busy
		if len(mark) > 0 {
			e.AddCategory(mark[0])
		}
		first = end
	}
	if err := c.SerializeTo(w, ics.WithNewLine("\r\n")); err != nil {
		return fmt.Errorf("write calendar: %w", err)
	}
	return nil
}
