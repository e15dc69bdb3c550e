package domain_test

import (
	"testing"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// Mistakes that other systems have made with time limits, told as they would show here. Where each lesson has its test, TestLesson…:
//
//	 1 two clocks on one complaint              here
//	 2 a calendar of 24 hours loses no minute   lessons_calendar_test.go
//	 3 ending a breached clock                  here
//	 4 another grade after a pause              changing_test.go
//	 5 a pause over the weekend                 lessons_calendar_test.go
//	 6 due in working time after resuming       lessons_calendar_test.go
//	 7 a warning one hour before                here
//	 8 no breach while paused                   lessons_calendar_test.go
//	 9 missed warnings, missed steps            here; lessons_calendar_test.go
//	10 reminders obey the calendar              lessons_calendar_test.go
//	11 receipt and hold on a holiday            lessons_calendar_test.go
//	12 lunch break                              lessons_calendar_test.go
//	13 make-up Saturday                         lessons_calendar_test.go
//	15 nothing else restarts a clock            here
//	16 the longest overdue is escalated first   ../engine/lessons_test.go
//	21 two schedulers, one effect               ../engine/lessons_test.go
//	22 equal deadlines                          ../engine/lessons_test.go
//	26 overrun of a due time already past       changing_test.go
//	28 ended, or paused, just before its time   here; lessons_calendar_test.go
//	29 a calendar month                         lessons_calendar_test.go
//	30 half hours and several intervals a day   lessons_calendar_test.go
//
// Lessons 2, 5 to 7, 11 to 13, 29 and 30 have tests in pkg/calendar besides, about its sums alone.

// Lesson 1: of two clocks the shorter second one must not hide the first.
func TestLesson1TwoClocksOnOneComplaint(t *testing.T) {
	s := acting(t)
	s.fire("2026-03-02 10:00")
	s.expect("03-02 10:00 short: breached")
	s.fire("2026-03-02 17:00")
	s.expect("03-02 13:00 long: warned, warning 0", "03-02 16:00 long: warned, warning 1", "03-02 17:00 long: breached")
}

// Lesson 3: when a breached clock is ended, notices stop and the breach stays.
func TestLesson3EndingABreachedClockKeepsTheBreach(t *testing.T) {
	s := acting(t)
	s.fire("2026-03-02 10:00")
	s.log = nil
	s.happen(withdrawn("2026-03-02 12:00"))
	s.expect("03-02 12:00 long: cancelled", "03-02 12:00 short: cancelled")
	s.fire("2026-03-03 00:00")
	s.expect()
	if short := s.file.Clocks[1]; short.State != domain.StateBreached || short.BreachTime.IsZero() {
		t.Errorf("the breach is gone: %+v", short)
	}
}

// Lesson 7: one hour before 11:00 is 10:00, also when the limit began the evening before.
func TestLesson7WarningBeforeADueTimeOfTheNextDay(t *testing.T) {
	s := begin(t, limits, "", "eve", "2026-03-02 17:00", nil)
	s.expect("03-02 17:00 eve: started, due 03-03 11:00")
	s.fire("2026-03-03 09:59")
	s.expect()
	s.fire("2026-03-03 10:00")
	s.expect("03-03 10:00 eve: warned, warning 0")
}

// Lesson 9: every warning comes, also those of a time when nobody looked, each with its own moment.
func TestLesson9MissedWarningsAllCome(t *testing.T) {
	s := acting(t)
	s.fire("2026-03-09 00:00")
	s.expect("03-02 10:00 short: breached", "03-02 13:00 long: warned, warning 0", "03-02 16:00 long: warned, warning 1", "03-02 17:00 long: breached")
}

// Lesson 15: what is merely added to a complaint restarts no clock.
func TestLesson15NothingElseRestartsAClock(t *testing.T) {
	s := acting(t)
	for _, h := range []procedure.Happening{
		contact("other", "2026-03-02 09:20"),
		{OccurTime: at("2026-03-02 09:21"), Round: 1, Values: map[string]string{"grade": "high"}},
		completed("check", "w9", "2026-03-02 09:22", nil),
		milestone("seen", "2026-03-02 09:23"),
	} {
		s.happen(h)
	}
	s.expect()
	if due := s.file.Clocks[0].DueTime; !due.Equal(at("2026-03-02 17:00")) {
		t.Errorf("due at %s, want 17:00 as before", show(due))
	}
}

// Lesson 28: a clock that ends just before its time is looked at neither fires nor gains a minute.
func TestLesson28EndedJustBeforeItsTime(t *testing.T) {
	s := acting(t)
	s.happen(completed("act", "w", "2026-03-02 09:59", nil))
	s.log = nil
	s.fire("2026-03-02 10:00")
	s.expect()
	if short := s.file.Clocks[1]; short.State != domain.StateMet || !short.EndTime.Equal(at("2026-03-02 09:59")) {
		t.Errorf("the clock is %+v, want met at 09:59", short)
	}
}
