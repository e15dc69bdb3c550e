package calendar_test

import (
	"testing"
	"time"

	"redress.dev/pkg/calendar"
)

var everyDay = []time.Weekday{time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday}

// In 2026 New York's clocks go from 02:00 to 03:00 on March 8 and from 02:00
// back to 01:00 on November 1; Havana's from 00:00 to 01:00 and from 01:00
// back to 00:00 on the same dates.
func TestDaysKeepTheirClockReadingWhereItExists(t *testing.T) {
	t.Parallel()
	c := mustNew(t, calendar.Spec{Zone: "America/New_York", Counted: everyDay})
	for _, tt := range []struct{ name, start, want string }{
		{"a skipped reading", "2026-03-07T02:30:00-05:00", "2026-03-08T03:30:00-04:00"},
		{"the first skipped reading", "2026-03-07T02:00:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"the last reading before the gap", "2026-03-07T01:59:00-05:00", "2026-03-08T01:59:00-05:00"},
		{"the first reading after the gap", "2026-03-07T03:00:00-05:00", "2026-03-08T03:00:00-04:00"},
		{"a repeated reading", "2026-10-31T01:30:00-04:00", "2026-11-01T01:30:00-04:00"},
		{"the first repeated reading", "2026-10-31T01:00:00-04:00", "2026-11-01T01:00:00-04:00"},
		{"the first reading after", "2026-10-31T02:00:00-04:00", "2026-11-01T02:00:00-05:00"},
		{"the first gap of all", "1970-04-25T02:30:00-05:00", "1970-04-26T03:30:00-04:00"},
	} {
		start, err := time.Parse(time.RFC3339, tt.start)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.AddCountedDays(start, 1, calendar.RollMidnight, calendar.AsIs)
		if err != nil || got.Format(time.RFC3339) != tt.want {
			t.Errorf("%s: %v, %v, want %s", tt.name, got.Format(time.RFC3339), err, tt.want)
		}
	}
}

func TestClosingInAChangedHour(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, start, want string
		closing           calendar.TimeOfDay
	}{
		{"skipped: closed by the gap", "2026-03-06T10:00:00-05:00", "2026-03-08T03:00:00-04:00", calendar.At(2, 30)},
		{"at the gap", "2026-03-06T10:00:00-05:00", "2026-03-08T03:00:00-04:00", calendar.At(2, 0)},
		{"repeated: opens once more", "2026-10-30T10:00:00-04:00", "2026-11-01T01:30:00-05:00", calendar.At(1, 30)},
		{"before the repeated hour", "2026-10-30T10:00:00-04:00", "2026-11-01T01:00:00-04:00", calendar.At(1, 0)},
		{"after the repeated hour", "2026-10-30T10:00:00-04:00", "2026-11-01T02:00:00-05:00", calendar.At(2, 0)},
	} {
		night := []calendar.Interval{{From: calendar.At(20, 0), To: tt.closing}}
		c := mustNew(t, calendar.Spec{Zone: "America/New_York", Week: week(night, time.Saturday)})
		start, err := time.Parse(time.RFC3339, tt.start)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.EndOfCountedDay(start, 1)
		if err != nil || got.Format(time.RFC3339) != tt.want {
			t.Errorf("%s: %v, %v, want %s", tt.name, got.Format(time.RFC3339), err, tt.want)
		}
		// The same instant must come out when all working time of that night
		// is added up.
		worked, err := c.WorkingBetween(start, got)
		if err != nil {
			t.Fatal(err)
		}
		if due, err := c.AddWorking(start, worked); err != nil || !due.Equal(got) {
			t.Errorf("%s: all %v worked by %v, %v, want %v", tt.name, worked, due, err, got)
		}
	}
}

// Hours that the clock skips whole never close: the hours before them do. In
// 2010 Newfoundland's clocks went from 00:01 to 01:01.
func TestHoursSkippedWholeDoNotEndTheDay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone, start, want string
		hours             []calendar.Interval
	}{
		{"America/New_York", "2026-03-07T10:00:00-05:00", "2026-03-08T01:00:00-05:00", []calendar.Interval{{From: 0, To: calendar.At(1, 0)}, {From: calendar.At(2, 0), To: calendar.At(3, 0)}}},
		{"America/St_Johns", "2010-03-13T10:00:00-03:30", "2010-03-14T00:00:01-03:30", []calendar.Interval{{From: 0, To: 1}, {From: calendar.At(0, 1), To: calendar.At(1, 0)}}},
		// Where nothing opens at all the gap is the end.
		{"America/New_York", "2026-03-07T10:00:00-05:00", "2026-03-08T03:00:00-04:00", []calendar.Interval{{From: calendar.At(2, 0), To: calendar.At(2, 30)}}},
	} {
		c := mustNew(t, calendar.Spec{Zone: tt.zone, Week: week(tt.hours, time.Sunday)})
		start, err := time.Parse(time.RFC3339, tt.start)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := c.EndOfCountedDay(start, 1); err != nil || got.Format(time.RFC3339) != tt.want {
			t.Errorf("%s: %v, %v, want %s", tt.zone, got.Format(time.RFC3339), err, tt.want)
		}
	}
}

func TestEndOfADayWhoseMidnightIsSkippedOrRepeated(t *testing.T) {
	t.Parallel()
	c := mustNew(t, calendar.Spec{Zone: "America/Havana", Counted: everyDay})
	for start, want := range map[string]string{
		"2026-03-07T10:00:00-05:00": "2026-03-08T01:00:00-04:00",
		"2026-10-31T10:00:00-04:00": "2026-11-01T00:00:00-04:00",
		"2026-11-01T00:30:00-04:00": "2026-11-02T00:00:00-05:00",
	} {
		from, err := time.Parse(time.RFC3339, start)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.EndOfDay(from)
		if err != nil || got.Format(time.RFC3339) != want {
			t.Errorf("EndOfDay(%s) = %s, %v, want %s", start, got.Format(time.RFC3339), err, want)
		}
	}
}
