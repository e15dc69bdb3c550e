package calendar_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"redress.dev/pkg/calendar"
)

func TestNewSaysEverythingThatIsWrong(t *testing.T) {
	t.Parallel()
	_, err := calendar.New(calendar.Spec{
		Zone: "Asia/Atlantis",
		Week: map[time.Weekday][]calendar.Interval{
			time.Monday:     {{From: calendar.At(9, 0), To: calendar.At(12, 0)}, {From: calendar.At(11, 0), To: calendar.At(18, 0)}},
			time.Tuesday:    {{From: -1, To: calendar.At(12, 0)}},
			time.Wednesday:  {{From: calendar.At(9, 0), To: calendar.At(24, 1)}},
			time.Thursday:   {{From: calendar.Midnight, To: calendar.At(6, 0)}},
			time.Weekday(7): officeHours,
		},
		Holidays:     []calendar.Date{{Year: 2026, Month: time.February, Day: 30}},
		ExtraDays:    map[calendar.Date][]calendar.Interval{{Year: 2300, Month: 1, Day: 1}: nil},
		Counted:      []time.Weekday{-1},
		KnownThrough: calendar.Date{Year: 2026, Month: 13, Day: 1},
	})
	if !errors.Is(err, calendar.ErrSpec) {
		t.Fatalf("New: %v, want ErrSpec", err)
	}
	for _, part := range []string{
		`"Asia/Atlantis"`, "Monday: intervals 09:00-12:00 and 11:00-18:00 overlap", "Tuesday", "Wednesday",
		"Thursday", "no weekday 7", "holiday 2026-02-30", "extra day 2300-01-01", "no weekday -1", "known through 2026-13-01",
	} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("New's error lacks %q:\n%v", part, err)
		}
	}
}

func TestNewRefusesZonesThatDependOnTheMachine(t *testing.T) {
	t.Parallel()
	for _, zone := range []string{"", "Local"} {
		if _, err := calendar.New(calendar.Spec{Zone: zone, Week: week(officeHours, time.Monday)}); !errors.Is(err, calendar.ErrSpec) {
			t.Errorf("zone %q: %v, want ErrSpec", zone, err)
		}
	}
}

func TestNeverOpenIsAnErrorAtOnce(t *testing.T) {
	t.Parallel()
	_, err := calendar.New(calendar.Spec{Zone: "UTC"})
	if !errors.Is(err, calendar.ErrNoWorkingTime) || !errors.Is(err, calendar.ErrSpec) {
		t.Errorf("New of nothing: %v, want ErrSpec and ErrNoWorkingTime", err)
	}
	c := mustNew(t, calendar.Spec{Zone: "UTC", Counted: []time.Weekday{time.Monday}})
	start := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	if _, err := c.AddWorking(start, 1); !errors.Is(err, calendar.ErrNoWorkingTime) {
		t.Errorf("AddWorking: %v, want ErrNoWorkingTime", err)
	}
	if _, err := c.NextOpen(start); !errors.Is(err, calendar.ErrNoWorkingTime) {
		t.Errorf("NextOpen: %v, want ErrNoWorkingTime", err)
	}
	got, err := c.EndOfCountedDay(start, 1)
	expect(t, c, "the end of a counted day without hours", got, err, "2026-03-10 00:00")

	c = mustNew(t, calendar.Spec{Zone: "UTC", Week: week(officeHours, time.Monday), Counted: []time.Weekday{}})
	if _, err := c.AddCountedDays(start, 1, calendar.RollMidnight, calendar.AsIs); !errors.Is(err, calendar.ErrNoCountedDay) {
		t.Errorf("AddCountedDays: %v, want ErrNoCountedDay", err)
	}
}

func TestAbsurdQuestionsAreErrorsAtOnce(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	start := at(t, c, "2026-03-05 10:00")
	early, late := time.Time{}, time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)
	reversed := calendar.Pause{From: start, To: start.Add(-1)}
	for name, tt := range map[string]struct {
		want error
		got  func() error
	}{
		"negative amount": {calendar.ErrAmount, func() error { _, err := c.AddWorking(start, -1); return err }},
		"negative back":   {calendar.ErrAmount, func() error { _, err := c.SubWorking(start, -1); return err }},
		"endless amount":  {calendar.ErrOutOfRange, func() error { _, err := c.AddWorking(start, math.MaxInt64); return err }},
		"endless back":    {calendar.ErrOutOfRange, func() error { _, err := c.SubWorking(start, math.MaxInt64); return err }},
		"no start":        {calendar.ErrOutOfRange, func() error { _, err := c.AddWorking(early, 1); return err }},
		"late start":      {calendar.ErrOutOfRange, func() error { _, err := c.AddWorking(late, 1); return err }},
		"late end":        {calendar.ErrOutOfRange, func() error { _, err := c.WorkingBetween(start, late); return err }},
		"late trace":      {calendar.ErrOutOfRange, func() error { _, err := c.Trace(start, late); return err }},
		"reversed trace":  {calendar.ErrReversed, func() error { _, err := c.Trace(start, start.Add(-1)); return err }},
		"reversed pause":  {calendar.ErrPauses, func() error { _, err := c.AddWorking(start, 1, reversed); return err }},
		"pauses overlap": {calendar.ErrPauses, func() error {
			_, err := c.WorkingBetween(start, start, calendar.Pause{From: start, To: late}, calendar.Pause{From: start, To: late})
			return err
		}},
		"no days": {calendar.ErrAmount, func() error { _, err := c.AddCountedDays(start, 0, calendar.RollMidnight, calendar.AsIs); return err }},
		"endless days": {calendar.ErrOutOfRange, func() error {
			_, err := c.AddCountedDays(start, math.MaxInt, calendar.RollMidnight, calendar.AsIs)
			return err
		}},
		"unknown rule":      {calendar.ErrRule, func() error { _, err := c.AddCountedDays(start, 1, 99, calendar.AsIs); return err }},
		"unknown finish":    {calendar.ErrRule, func() error { _, err := c.AddCountedDays(start, 1, calendar.RollMidnight, 99); return err }},
		"endless end":       {calendar.ErrOutOfRange, func() error { _, err := c.EndOfCountedDay(start, math.MaxInt); return err }},
		"endless dates":     {calendar.ErrOutOfRange, func() error { _, err := c.AddDays(start, math.MaxInt); return err }},
		"negative dates":    {calendar.ErrAmount, func() error { _, err := c.AddDays(start, -1); return err }},
		"endless months":    {calendar.ErrOutOfRange, func() error { _, err := c.AddMonths(start, math.MaxInt); return err }},
		"many months":       {calendar.ErrOutOfRange, func() error { _, err := c.AddMonths(start, 12*174); return err }},
		"no months":         {calendar.ErrAmount, func() error { _, err := c.AddMonths(start, 0); return err }},
		"date out of range": {calendar.ErrOutOfRange, func() error { _, err := c.CountedDaysBetween(calendar.Date{}, c.DateOf(start)); return err }},
	} {
		if err := tt.got(); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", name, err, tt.want)
		}
	}
	if c.IsOpen(late) || c.IsCountedDay(calendar.Date{Year: 2026, Month: 2, Day: 30}) {
		t.Error("open in 9999, or February 30 counts")
	}
}

func TestAPauseWithoutEndLeavesNoDeadline(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	start := at(t, c, "2026-03-05 10:00")
	forever := calendar.Pause{From: at(t, c, "2026-03-05 11:00"), To: time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)}
	if _, err := c.AddWorking(start, 2*time.Hour, forever); !errors.Is(err, calendar.ErrOutOfRange) {
		t.Errorf("past the pause: %v, want ErrOutOfRange", err)
	}
	got, err := c.AddWorking(start, time.Hour, forever)
	expect(t, c, "used up when the pause begins", got, err, "2026-03-05 11:00")
}
