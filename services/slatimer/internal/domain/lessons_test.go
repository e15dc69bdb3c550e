package domain_test

import (
	"testing"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// Mistakes that other systems have made with time limits, told as they would show here. Lesson 16, the oldest overdue comes first,
// and lesson 21, two schedulers and one effect, need a database: they are with the server and the engine.

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
