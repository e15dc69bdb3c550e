package calendar_test

import (
	"testing"
	"time"

	"redress.dev/pkg/calendar"
)

// What other systems got wrong, as tests. Names say what must hold.

// The sentence of the written rule: two working days, Saturday counted.
func TestFridayTenPlusTwoCountedDaysIsMondayTen(t *testing.T) {
	t.Parallel()
	c := mustNew(t, calendar.Spec{
		Zone:    "Asia/Shanghai",
		Week:    week(officeHours, mondayToFriday...),
		Counted: append([]time.Weekday{time.Saturday}, mondayToFriday...),
	})
	got, err := c.AddCountedDays(at(t, c, "2026-03-06 10:00"), 2, calendar.RollMidnight, calendar.AsIs)
	expect(t, c, "Friday 10:00 and two counted days", got, err, "2026-03-09 10:00")
}

func TestAllDayCalendarLosesNoMinute(t *testing.T) {
	t.Parallel()
	everyDay := append([]time.Weekday{time.Saturday, time.Sunday}, mondayToFriday...)
	c := mustNew(t, calendar.Spec{
		Zone: "Asia/Shanghai",
		Week: week([]calendar.Interval{{From: 0, To: calendar.Midnight}}, everyDay...),
	})
	start := at(t, c, "2026-03-06 10:00")
	for _, amount := range []time.Duration{1, time.Minute, 24 * time.Hour, 10_000 * time.Hour} {
		got, err := c.AddWorking(start, amount)
		if err != nil || !got.Equal(start.Add(amount)) {
			t.Errorf("AddWorking(%v) = %v, %v, want %v", amount, got, err, start.Add(amount))
		}
	}
}

func TestPauseAcrossAWeekendAddsNoExtraDay(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	start := at(t, c, "2026-03-05 10:00") // a Thursday
	weekend := calendar.Pause{From: at(t, c, "2026-03-07 00:00"), To: at(t, c, "2026-03-09 00:00")}
	got, err := c.AddCountedDays(start, 2, calendar.RollMidnight, calendar.AsIs, weekend)
	expect(t, c, "paused on the weekend alone", got, err, "2026-03-09 10:00")

	longer := calendar.Pause{From: at(t, c, "2026-03-06 16:00"), To: at(t, c, "2026-03-09 09:00")}
	got, err = c.AddCountedDays(start, 2, calendar.RollMidnight, calendar.AsIs, longer)
	expect(t, c, "paused from Friday 16:00 to Monday 09:00, 17 counted hours", got, err, "2026-03-10 03:00")
}

func TestDeadlineAfterAPauseLiesInWorkingTime(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	overnight := calendar.Pause{From: at(t, c, "2026-03-05 17:00"), To: at(t, c, "2026-03-06 20:00")}
	got, err := c.AddWorking(at(t, c, "2026-03-05 16:00"), 2*time.Hour, overnight)
	expect(t, c, "resumed after closing on a Friday", got, err, "2026-03-09 10:00")
}

func TestWarningAnHourBeforeIsAnHourOfWork(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	due, err := c.AddWorking(at(t, c, "2026-03-05 17:00"), 3*time.Hour)
	expect(t, c, "three hours from 17:00", due, err, "2026-03-06 11:00")
	warn, err := c.SubWorking(due, time.Hour)
	expect(t, c, "one hour before", warn, err, "2026-03-06 10:00")
	warn, err = c.SubWorking(due, 3*time.Hour)
	expect(t, c, "three hours before", warn, err, "2026-03-05 17:00")
}

func TestReceiptAndHoldOnAHoliday(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	receipt := at(t, c, "2026-10-03 11:00") // National Day, to October 7
	got, err := c.AddWorking(receipt, time.Hour)
	expect(t, c, "received on a holiday", got, err, "2026-10-08 10:00")
	hold := calendar.Pause{From: at(t, c, "2026-10-04 09:00"), To: at(t, c, "2026-10-06 18:00")}
	got, err = c.AddWorking(receipt, time.Hour, hold)
	expect(t, c, "held on holidays alone", got, err, "2026-10-08 10:00")
}

func TestLunchBreakDoesNotCount(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	got, err := c.AddWorking(at(t, c, "2026-03-05 11:00"), 2*time.Hour)
	expect(t, c, "two hours over lunch", got, err, "2026-03-05 14:30")
	got, err = c.AddWorking(at(t, c, "2026-03-05 11:00"), time.Hour)
	expect(t, c, "used up at lunch", got, err, "2026-03-05 12:00")
}

func TestMakeUpSaturdayCountsAndTheSwappedMondayDoesNot(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t) // 2026: Saturday February 14 works, Monday 16 is off
	got, err := c.AddWorking(at(t, c, "2026-02-13 17:00"), 2*time.Hour)
	expect(t, c, "over the make-up Saturday", got, err, "2026-02-14 10:00")
	got, err = c.AddCountedDays(at(t, c, "2026-02-13 10:00"), 2, calendar.RollMidnight, calendar.AsIs)
	expect(t, c, "two counted days over it", got, err, "2026-02-24 10:00")
	if monday := (calendar.Date{Year: 2026, Month: time.February, Day: 16}); c.IsCountedDay(monday) {
		t.Errorf("%v counts, want a day off", monday)
	}
}

func TestOneMonthIsACalendarMonthMovedToACountedDay(t *testing.T) {
	t.Parallel()
	c := chinaOffice(t)
	for _, tt := range []struct {
		name, start string
		months      int
		want        string
	}{
		{"plain", "2026-03-05 10:00", 1, "2026-04-07 10:00"}, // April 5 is Qingming, a Sunday, off to the 6th
		{"not thirty working days", "2026-06-08 10:00", 1, "2026-07-08 10:00"},
		{"short month", "2025-10-31 10:00", 4, "2026-02-28 10:00"}, // a make-up Saturday
		{"over a year", "2025-12-24 10:00", 2, "2026-02-24 10:00"},
	} {
		got, err := c.AddMonths(at(t, c, tt.start), tt.months)
		expect(t, c, tt.name, got, err, tt.want)
	}
}

func TestHalfHoursAndSeveralIntervalsADayAreExpressible(t *testing.T) {
	t.Parallel()
	hours := []calendar.Interval{
		{From: calendar.At(8, 30), To: calendar.At(12, 0)},
		{From: calendar.At(13, 30), To: calendar.At(17, 30)},
	}
	c := mustNew(t, calendar.Spec{Zone: "Asia/Shanghai", Week: week(hours, mondayToFriday...)})
	got, err := c.AddWorking(at(t, c, "2026-03-05 08:30"), 7*time.Hour+30*time.Minute)
	expect(t, c, "a whole day", got, err, "2026-03-05 17:30")
	got, err = c.AddWorking(at(t, c, "2026-03-05 08:30"), 4*time.Hour)
	expect(t, c, "over the break", got, err, "2026-03-05 14:00")
}
