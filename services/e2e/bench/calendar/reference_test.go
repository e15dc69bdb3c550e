package calendar

import (
	"testing"
	"time"

	"github.com/rickar/cal/v2"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/calendar/holidays"
)

// reference is the plain office in github.com/rickar/cal/v2. Holidays and make-up days are looked up in a map by WorkdayFunc:
// its own list of holidays is slower and cannot open a Sunday.
func reference(set holidays.Set) *cal.BusinessCalendar {
	off := make(map[calendar.Date]bool, len(set.Days))
	for _, day := range set.Days {
		off[day.Date] = day.Off
	}
	c := cal.NewBusinessCalendar()
	c.SetWorkHours(9*time.Hour, 16*time.Hour+30*time.Minute)
	c.WorkdayFunc = func(t time.Time) bool {
		year, month, day := t.Date()
		if off, special := off[calendar.Date{Year: year, Month: month, Day: day}]; special {
			return !off
		}
		return t.Weekday() != time.Saturday && t.Weekday() != time.Sunday
	}
	return c
}

// sameAnswers fails unless both give the same deadline for every start: a fast wrong answer is worth nothing.
func sameAnswers(b *testing.B, ours *calendar.Calendar, theirs *cal.BusinessCalendar, starts []time.Time, amount time.Duration) {
	b.Helper()
	for _, start := range starts {
		got, err := ours.AddWorking(start, amount)
		if err != nil {
			b.Fatal(err)
		}
		if want := theirs.AddWorkHours(start, amount); !got.Equal(want) {
			b.Fatalf("%v and %v of working time: %v here, %v in the reference", start, amount, got, want)
		}
	}
}
