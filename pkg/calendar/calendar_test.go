package calendar_test

import (
	"testing"
	"time"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/calendar/holidays"
)

// officeHours are 09:00-12:00 and 13:30-18:00, 7.5 hours a day.
var officeHours = []calendar.Interval{
	{From: calendar.At(9, 0), To: calendar.At(12, 0)},
	{From: calendar.At(13, 30), To: calendar.At(18, 0)},
}

// week returns the same hours on each of the days.
func week(hours []calendar.Interval, days ...time.Weekday) map[time.Weekday][]calendar.Interval {
	w := make(map[time.Weekday][]calendar.Interval)
	for _, d := range days {
		w[d] = hours
	}
	return w
}

var mondayToFriday = []time.Weekday{time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday}

// chinaSpec is a Monday-to-Friday office in Shanghai with China's holidays.
func chinaSpec(t testing.TB) calendar.Spec {
	t.Helper()
	set, err := holidays.China()
	if err != nil {
		t.Fatal(err)
	}
	spec := calendar.Spec{Zone: "Asia/Shanghai", Week: week(officeHours, mondayToFriday...)}
	return set.Apply(spec, officeHours)
}

func chinaOffice(t testing.TB) *calendar.Calendar {
	t.Helper()
	return mustNew(t, chinaSpec(t))
}

func newYorkOffice(t testing.TB) *calendar.Calendar {
	t.Helper()
	return mustNew(t, calendar.Spec{
		Zone:     "America/New_York",
		Week:     week(officeHours, mondayToFriday...),
		Holidays: []calendar.Date{{Year: 2026, Month: time.July, Day: 3}, {Year: 2026, Month: time.December, Day: 25}},
	})
}

func mustNew(t testing.TB, spec calendar.Spec) *calendar.Calendar {
	t.Helper()
	c, err := calendar.New(spec)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// at reads "2006-01-02 15:04" in c's zone.
func at(t testing.TB, c *calendar.Calendar, s string) time.Time {
	t.Helper()
	parsed, err := time.ParseInLocation("2006-01-02 15:04", s, c.Location())
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// expect fails unless got is the wanted reading in c's zone.
func expect(t testing.TB, c *calendar.Calendar, what string, got time.Time, err error, want string) {
	t.Helper()
	if err != nil {
		t.Errorf("%s: %v, want %s", what, err, want)
		return
	}
	if s := got.In(c.Location()).Format("2006-01-02 15:04"); s != want {
		t.Errorf("%s = %s, want %s", what, s, want)
	}
}
