package domain_test

import (
	"fmt"
	"testing"
	"time"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// The lessons about calendars, as a complaint's clock meets them; pkg/calendar has the same ones about its own sums.

// Lesson 2: ten days of a calendar that is open from 00:00 to 24:00 lose no minute.
func TestLesson2AllDayCalendarLosesNoMinute(t *testing.T) {
	begin(t, "testdata/lessons.yaml", "", "always", "2026-03-06 10:00", nil).expect("03-06 10:00 always: started, due 03-16 10:00")
}

// Lesson 5: a pause over the weekend alone gives a limit in days no extra day. 2026-03-06 is a Friday.
func TestLesson5PauseAcrossAWeekendAddsNoDay(t *testing.T) {
	for _, channel := range []string{"counted_days", "end_of_counted_day", "counted_day_time", "working_hours"} {
		s := begin(t, changing, "", channel, "2026-03-06 10:00", nil)
		due := s.file.Clocks[0].DueTime
		s.happen(contact("wait", "2026-03-07 00:00"))
		s.happen(contact("go", "2026-03-09 00:00"))
		if got := s.file.Clocks[0].DueTime; !got.Equal(due) {
			t.Errorf("%s: due %s after the pause, want %s as before", channel, show(got), show(due))
		}
	}
}

// Lesson 6: whenever a clock is resumed, one that counts open hours or ends with a working day is due while the office is open.
// One in counted days ends on a counted day, at the hour to which the lost hours bring it.
func TestLesson6DueTimeAfterResumingLiesInWorkingTime(t *testing.T) {
	for _, channel := range []string{"working_hours", "end_of_counted_day", "counted_day_time", "counted_days"} {
		for hours := range 24 * 7 {
			s := begin(t, changing, "", channel, "2026-03-06 10:00", nil)
			s.happen(contact("wait", "2026-03-06 11:00"))
			h := contact("go", "2026-03-06 11:00")
			h.OccurTime = h.OccurTime.Add(time.Duration(hours) * time.Hour)
			s.happen(h)
			due := s.file.Clocks[0].DueTime
			policy, _ := s.p.Clock(channel)
			last := due.Add(-1) // a due time is the first moment that is too late
			open := policy.Days().IsOpen(last)
			if channel == "counted_days" {
				open = policy.Days().IsCountedDay(policy.Days().DateOf(last))
			}
			if !open || due.Before(h.OccurTime) {
				t.Errorf("%s, resumed on %s: due %s", channel, show(h.OccurTime), show(due))
			}
		}
	}
}

// Lesson 10: warnings and steps of the ladder that count working time come when somebody is there to read them.
func TestLesson10RemindersObeyTheCalendar(t *testing.T) {
	s := begin(t, changing, "", "climbing", "2026-03-06 10:00", nil) // a Friday: 7 hours are left of it
	s.fire("2026-03-09 10:00")
	s.fire("2026-03-11 00:00")
	s.expect("03-06 10:00 climbing: started, due 03-09 10:00", "03-06 17:00 climbing: warned, warning 0", "03-07 22:00 climbing: warned, warning 1", // a share of the time is one of nights, too
		"03-09 10:00 climbing: breached", "03-09 10:00 climbing: escalated, level 0", "03-09 12:00 climbing: escalated, level 1", "03-10 10:00 climbing: escalated, level 2")
}

// Lesson 11: what is received on a holiday counts from the next working day, and a hold on holidays takes nothing. National Day ends
// on 2026-10-07.
func TestLesson11ReceiptAndHoldOnAHoliday(t *testing.T) {
	for channel, due := range map[string]string{"working_hours": "10-09 11:00", "counted_days": "10-10 00:00", "end_of_counted_day": "10-08 18:00"} {
		s := begin(t, changing, "", channel, "2026-10-03 11:00", nil)
		s.expect("10-03 11:00 " + channel + ": started, due " + due)
		s.happen(contact("wait", "2026-10-04 09:00"))
		s.happen(contact("go", "2026-10-06 18:00"))
		s.expect("10-04 09:00 "+channel+": paused", "10-06 18:00 "+channel+": resumed, due "+due)
	}
}

// Lesson 12: the lunch break does not count: one hour before it, five after it, four on Tuesday around the next.
func TestLesson12LunchBreak(t *testing.T) {
	begin(t, limits, "", "working_hours", "2026-03-02 11:00", nil).expect("03-02 11:00 working_hours: started, due 03-03 14:00")
}

// Lesson 13: the Saturday that makes up for a Monday off counts, the Monday does not: in 2026, February 14 and 16.
func TestLesson13MakeUpSaturday(t *testing.T) {
	begin(t, limits, "", "working_hours", "2026-02-13 16:00", nil).expect("02-13 16:00 working_hours: started, due 02-14 18:00")
	begin(t, limits, "", "working_hours", "2026-02-14 16:00", nil).expect("02-14 16:00 working_hours: started, due 02-24 18:00")
	begin(t, limits, "", "counted_days", "2026-02-13 10:00", nil).expect("02-13 10:00 counted_days: started, due 02-24 10:00")
}

// Lesson 29: one month is a calendar month, moved to a working day, and not thirty working days.
func TestLesson29OneMonthIsACalendarMonth(t *testing.T) {
	begin(t, changing, "", "months", "2026-03-05 10:00", nil).expect("03-05 10:00 months: started, due 04-07 10:00") // April 5 and 6 are holidays
	begin(t, changing, "", "months", "2026-06-08 10:00", nil).expect("06-08 10:00 months: started, due 07-08 10:00")
	begin(t, changing, "", "months", "2027-01-31 10:00", nil).expect("01-31 10:00 months: started, due 03-01 10:00") // February 28 is a Sunday
}

// Lesson 30: hours that begin and end at half past, with a break between.
func TestLesson30HalfHoursAndABreak(t *testing.T) {
	begin(t, "testdata/lessons.yaml", "", "halves", "2026-03-02 08:30", nil).expect("03-02 08:30 halves: started, due 03-02 17:30")
	begin(t, "testdata/lessons.yaml", "", "halves", "2026-03-02 11:45", nil).expect("03-02 11:45 halves: started, due 03-03 11:45")
}

// Lesson 8: no breach can occur while a clock is paused, whatever its unit and however long that lasts; nor does a warning.
func TestLesson8NoBreachWhilePaused(t *testing.T) {
	for _, channel := range []string{"hours", "working_hours", "calendar_days", "counted_days", "end_of_counted_day", "same_day", "months", "counted_day_time", "climbing", "tiered"} {
		s := begin(t, changing, "", channel, "2026-03-06 10:00", map[string]procedure.Value{"distance": procedure.Number(50)})
		s.happen(contact("wait", "2026-03-06 12:00"))
		s.log = nil
		s.fire("2031-01-01 00:00")
		s.happen(procedure.Happening{OccurTime: at("2031-01-01 00:00"), Round: 1, Values: map[string]string{"grade": "high"}}) // another limit, long past
		s.fire("2031-01-02 00:00")
		for _, line := range s.log {
			if channel != "tiered" {
				t.Errorf("%s, paused: %s", channel, line)
			}
		}
		if c := s.file.Clocks[0]; c.State != domain.StatePaused || !c.NextTime.IsZero() || !c.BreachTime.IsZero() {
			t.Errorf("%s is %+v, want paused", channel, c)
		}
	}
}

// Lesson 9: every step of the ladder comes, also those of a time when nobody looked, each once and with its own moment; whether
// somebody looked once or every hour makes no difference.
func TestLesson9MissedStepsOfTheLadderAllCome(t *testing.T) {
	once := begin(t, changing, "", "climbing", "2026-03-06 09:00", nil)
	once.fire("2026-04-01 00:00")
	hourly := begin(t, changing, "", "climbing", "2026-03-06 09:00", nil)
	for day := 6; day <= 12; day++ {
		for hour := range 24 {
			hourly.fire(fmt.Sprintf("2026-03-%02d %02d:00", day, hour))
		}
	}
	hourly.expect(once.log...)
	once.expect("03-06 09:00 climbing: started, due 03-06 18:00", "03-06 13:30 climbing: warned, warning 1", "03-06 16:00 climbing: warned, warning 0",
		"03-06 18:00 climbing: breached", "03-06 18:00 climbing: escalated, level 0", "03-09 11:00 climbing: escalated, level 1", "03-09 18:00 climbing: escalated, level 2")
}

// Lesson 28, of a pause: a clock that is paused a minute before its time does not fire, and has that minute when it is resumed.
func TestLesson28PausedJustBeforeItsTime(t *testing.T) {
	s := begin(t, changing, "", "hours", "2026-03-06 10:00", nil)
	s.expect("03-06 10:00 hours: started, due 03-07 22:00")
	s.happen(contact("wait", "2026-03-07 21:59"))
	s.fire("2026-03-07 22:00")
	s.happen(contact("go", "2026-03-10 09:00"))
	s.fire("2026-03-10 09:00")
	s.expect("03-07 21:59 hours: paused", "03-10 09:00 hours: resumed, due 03-10 09:01")
	s.fire("2026-03-10 09:01")
	s.expect("03-10 09:01 hours: breached")
}
