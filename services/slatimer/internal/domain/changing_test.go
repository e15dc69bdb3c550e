package domain_test

import (
	"testing"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// changing is a procedure whose clocks pause, are replaced, excused, chosen by rule, and climb a ladder.
const changing = "testdata/changing.yaml"

// What a pause takes is given back in every unit, each in its own counting. 2026-03-06 is a Friday.
func TestPauseInEveryUnit(t *testing.T) {
	tests := []struct{ channel, received, wait, resume, due string }{
		{"hours", "2026-03-06 10:00", "2026-03-06 12:00", "2026-03-06 15:00", "03-08 01:00"},
		{"working_hours", "2026-03-06 10:00", "2026-03-06 11:00", "2026-03-09 09:00", "03-10 10:00"},      // 1 h on Friday, 8 on Monday
		{"calendar_days", "2026-03-06 10:00", "2026-03-06 12:00", "2026-03-07 12:00", "03-10 10:00"},      // a day later
		{"counted_days", "2026-03-06 10:00", "2026-03-06 12:00", "2026-03-09 12:00", "03-11 10:00"},       // the weekend costs nothing
		{"counted_days", "2026-03-06 10:00", "2026-03-07 00:00", "2026-03-09 00:00", "03-10 10:00"},       // glpi: no extra day
		{"end_of_counted_day", "2026-03-06 10:00", "2026-03-09 17:00", "2026-03-10 10:00", "03-10 18:00"}, // an hour was left, and is
		{"same_day", "2026-03-06 10:00", "2026-03-06 20:00", "2026-03-07 08:00", "03-08 00:00"},
		{"months", "2026-03-06 10:00", "2026-03-06 12:00", "2026-03-06 13:00", "04-07 11:00"}, // April 6 is a holiday
		{"counted_day_time", "2026-03-06 10:00", "2026-03-09 16:00", "2026-03-10 16:30", "03-11 17:00"},
	}
	for _, tt := range tests {
		t.Run(tt.channel+" "+tt.wait, func(t *testing.T) {
			s := begin(t, changing, "", tt.channel, tt.received, nil)
			s.happen(contact("wait", tt.wait))
			s.log = nil
			s.fire("2027-01-01 00:00") // a paused clock is never breached (glpi#24481)
			s.expect()
			s.happen(contact("go", tt.resume))
			s.expect(show(at(tt.resume)) + " " + tt.channel + ": resumed, due " + tt.due)
		})
	}
}

// What stops a clock stops a paused one too, and its breach cannot come meanwhile.
func TestPausedAndStopped(t *testing.T) {
	s := begin(t, changing, "", "hours", "2026-03-06 10:00", nil)
	s.happen(contact("wait", "2026-03-06 12:00"))
	s.log = nil
	s.happen(milestone("answered", "2026-03-20 12:00"))
	s.expect("03-20 12:00 hours: met")
}

// A pause does not undo a breach, also when its news comes late: it stays a fact.
func TestPauseAfterTheBreachChangesNothing(t *testing.T) {
	s := begin(t, changing, "", "hours", "2026-03-06 10:00", nil)
	s.fire("2026-03-08 00:00")
	s.log = nil
	s.happen(contact("wait", "2026-03-06 12:00"))
	s.happen(contact("go", "2026-03-07 12:00"))
	s.expect()
}

// News out of order: the pauses stay apart, and nothing is given back twice.
func TestPausesInAnyOrder(t *testing.T) {
	s := begin(t, changing, "", "hours", "2026-03-06 10:00", nil)
	s.happen(contact("wait", "2026-03-06 12:00"))
	s.happen(contact("wait", "2026-03-06 13:00")) // it waits already
	s.happen(contact("go", "2026-03-06 14:00"))
	s.happen(contact("go", "2026-03-06 15:00"))   // it runs already
	s.happen(contact("wait", "2026-03-06 13:30")) // before the last resumption: from there
	s.happen(contact("go", "2026-03-06 16:00"))
	s.expect("03-06 10:00 hours: started, due 03-07 22:00", "03-06 12:00 hours: paused", "03-06 14:00 hours: resumed, due 03-08 00:00",
		"03-06 14:00 hours: paused", "03-06 16:00 hours: resumed, due 03-08 02:00")
}

// A ladder of any length comes step by step after the breach, also what fell into a time when nobody looked, until the clock stops.
func TestLadder(t *testing.T) {
	s := begin(t, changing, "", "climbing", "2026-03-06 09:00", nil)
	s.fire("2026-03-06 23:00")
	s.expect("03-06 09:00 climbing: started, due 03-06 18:00", "03-06 13:30 climbing: warned, warning 1", "03-06 16:00 climbing: warned, warning 0",
		"03-06 18:00 climbing: breached", "03-06 18:00 climbing: escalated, level 0")
	s.fire("2026-03-20 00:00")
	s.expect("03-09 11:00 climbing: escalated, level 1", "03-09 18:00 climbing: escalated, level 2")
}

func TestLadderEndsWithTheClock(t *testing.T) {
	s := begin(t, changing, "", "climbing", "2026-03-06 09:00", nil)
	s.fire("2026-03-06 18:00")
	s.log = nil
	s.happen(milestone("answered", "2026-03-09 10:00"))
	s.expect("03-09 10:00 climbing: stopped, late 64h0m0s")
	s.fire("2026-03-20 00:00")
	s.expect()
}

// News of a stop that is later than a step of the ladder does not swallow that step.
func TestStopLetsEarlierStepsOfTheLadderComeFirst(t *testing.T) {
	s := begin(t, changing, "", "climbing", "2026-03-06 09:00", nil)
	s.log = nil
	s.happen(milestone("answered", "2026-03-09 11:30"))
	s.expect("03-06 13:30 climbing: warned, warning 1", "03-06 16:00 climbing: warned, warning 0", "03-06 18:00 climbing: breached",
		"03-06 18:00 climbing: escalated, level 0", "03-09 11:00 climbing: escalated, level 1", "03-09 11:30 climbing: stopped, late 65h30m0s")
}

// A warning that has come does not come again after a pause; one that has not keeps its distance to the due time.
func TestWarningsAfterAPause(t *testing.T) {
	s := begin(t, changing, "", "climbing", "2026-03-06 09:00", nil)
	s.fire("2026-03-06 14:00")
	s.happen(contact("wait", "2026-03-06 14:00"))
	s.happen(contact("go", "2026-03-09 09:00"))
	s.log = nil
	s.fire("2026-03-09 14:00")
	s.expect("03-09 11:00 climbing: warned, warning 0", "03-09 14:00 climbing: breached", "03-09 14:00 climbing: escalated, level 0")
}

// An agreed moment takes the place of the limit; what is agreed in it is not paused.
func TestAgreedMomentReplaces(t *testing.T) {
	s := begin(t, changing, "", "agreeing", "2026-03-02 09:30", nil)
	s.expect("03-02 09:30 agreeing: started, due 03-02 11:30")
	s.happen(completed("check", "w", "2026-03-02 10:00", map[string]procedure.Value{"agreed": procedure.Time(at("2026-03-05 17:00"))}))
	s.expect("03-02 10:00 agreeing: replaced 1, due 03-05 17:00 instead of 03-02 11:30")
	s.happen(contact("wait", "2026-03-02 10:30"))
	s.fire("2026-03-05 17:00")
	s.expect("03-05 16:00 agreeing: warned, warning 0", "03-05 17:00 agreeing: breached")
}

func TestAgreementThatNamesNoMomentReplacesNothing(t *testing.T) {
	s := begin(t, changing, "", "agreeing", "2026-03-02 09:30", nil)
	s.log = nil
	s.happen(completed("check", "w", "2026-03-02 10:00", nil))
	s.expect()
}

// After the breach an agreement comes too late.
func TestAgreementAfterTheBreach(t *testing.T) {
	s := begin(t, changing, "", "agreeing", "2026-03-02 09:30", nil)
	s.fire("2026-03-02 12:00")
	s.log = nil
	s.happen(completed("check", "w", "2026-03-02 12:00", map[string]procedure.Value{"agreed": procedure.Time(at("2026-03-05 17:00"))}))
	s.expect()
}

// S5c-29: a talk that gives the reason, before the five days run out, allows the delay; any other contact does not, nor does one
// that comes later.
func TestTalkExcuses(t *testing.T) {
	s := begin(t, changing, "", "excusing", "2026-03-02 09:00", nil)
	s.happen(contact("talk", "2026-03-05 09:00"))
	s.happen(contact("talk", "2026-03-06 09:00", "reason"))
	s.fire("2026-03-09 09:00")
	s.happen(milestone("answered", "2026-03-12 09:00"))
	s.expect("03-02 09:00 excusing: started, due 03-09 09:00", "03-09 09:00 excusing: excused at 03-06 09:00", "03-12 09:00 excusing: stopped, late 72h0m0s")

	s = begin(t, changing, "", "excusing", "2026-03-02 09:00", nil)
	s.happen(contact("talk", "2026-03-09 09:01", "reason"))
	s.expect("03-02 09:00 excusing: started, due 03-09 09:00", "03-09 09:00 excusing: breached")
}

// An excuse of before the due time, heard of after the breach was told: both are on record, and the breach stays.
func TestExcuseHeardOfAfterTheBreach(t *testing.T) {
	s := begin(t, changing, "", "excusing", "2026-03-02 09:00", nil)
	s.fire("2026-03-09 09:00")
	s.happen(contact("talk", "2026-03-06 09:00", "reason"))
	s.expect("03-02 09:00 excusing: started, due 03-09 09:00", "03-09 09:00 excusing: breached")
	if c := s.file.Clocks[0]; c.State != domain.StateBreached || !c.ExcuseTime.Equal(at("2026-03-06 09:00")) || len(c.Revisions) != 1 {
		t.Errorf("the clock is %+v, want breached, with the excuse on record", c)
	}
}

func TestExcusedAndAnsweredInTimeIsMet(t *testing.T) {
	s := begin(t, changing, "", "excusing", "2026-03-02 09:00", nil)
	s.happen(contact("talk", "2026-03-06 09:00", "reason"))
	s.happen(milestone("answered", "2026-03-06 10:00"))
	s.expect("03-02 09:00 excusing: started, due 03-09 09:00", "03-06 10:00 excusing: met")
}

func TestAmountByRule(t *testing.T) {
	for distance, due := range map[float64]string{100: "03-03 10:00", 101: "03-05 10:00", 300: "03-05 10:00", 301: "03-09 10:00"} {
		s := begin(t, changing, "", "tiered", "2026-03-02 10:00", map[string]procedure.Value{"distance": procedure.Number(distance)})
		s.expect("03-02 10:00 tiered: started, due " + due)
	}
}

// Lesson 4: another grade changes the limit, from the same start, and what a pause earned is kept.
func TestLesson4GradeChangedAfterAPause(t *testing.T) {
	s := begin(t, changing, "", "tiered", "2026-03-02 10:00", map[string]procedure.Value{"distance": procedure.Number(50)})
	s.happen(contact("wait", "2026-03-02 12:00"))
	s.happen(procedure.Happening{OccurTime: at("2026-03-02 13:00"), Round: 1, Values: map[string]string{"grade": "high"}})
	s.happen(contact("go", "2026-03-02 15:00"))
	s.expect("03-02 10:00 tiered: started, due 03-03 10:00", "03-02 12:00 tiered: paused",
		"03-02 13:00 tiered: replaced 2, due 03-02 23:00 instead of 03-03 10:00", "03-02 15:00 tiered: resumed, due 03-03 01:00")
}

// Lesson 26: a due time that lies in the past once it is derived anew is breached at that moment, and the overrun is exact.
func TestLesson26OverrunOfADueTimeAlreadyPast(t *testing.T) {
	s := begin(t, changing, "", "tiered", "2026-03-02 10:00", map[string]procedure.Value{"distance": procedure.Number(50)})
	s.happen(procedure.Happening{OccurTime: at("2026-03-03 00:00"), Round: 1, Values: map[string]string{"grade": "high"}})
	s.log = nil
	s.fire("2026-03-03 00:00")
	s.happen(milestone("answered", "2026-03-03 01:30"))
	s.expect("03-02 22:00 tiered: breached", "03-03 01:30 tiered: stopped, late 3h30m0s")
}

// A corrected fact changes the limit that it chooses, from the same start.
func TestAmendedFactsChooseAnotherLimit(t *testing.T) {
	s := begin(t, changing, "", "tiered", "2026-03-02 10:00", map[string]procedure.Value{"distance": procedure.Number(50)})
	amended := func(distance float64) *procedure.Amendment {
		return &procedure.Amendment{Channel: "tiered", Fields: map[string]procedure.Value{"distance": procedure.Number(distance)}}
	}
	s.happen(procedure.Happening{OccurTime: at("2026-03-02 11:00"), Amendment: amended(250)})
	s.happen(procedure.Happening{OccurTime: at("2026-03-02 12:00"), Amendment: amended(260)}) // within the same tier
	s.expect("03-02 10:00 tiered: started, due 03-03 10:00", "03-02 11:00 tiered: replaced 2, due 03-05 10:00 instead of 03-03 10:00")
}

// S4-31 to S4-33: what counts is where in the calendar the receipt lies.
func TestLimitByReceipt(t *testing.T) {
	for received, want := range map[string]string{
		"2026-03-03 14:05": "03-03 14:05 at_once: started, due 03-03 15:05",
		"2026-03-04 07:30": "03-04 09:00 eve: started, due 03-04 10:00",
		"2026-10-01 15:00": "10-01 15:00 day_off: started, due 10-02 00:00",
	} {
		begin(t, changing, "", "mail", received, nil).expect(want)
	}
}

// Intake's news of a pause may overtake the news of what starts the clock.
func TestContactThatPausesBeforeTheNewsOfTheStart(t *testing.T) {
	s := begin(t, changing, "", "none", "2026-03-06 09:00", nil)
	s.happen(contact("wait", "2026-03-06 12:00"))
	h := procedure.Happening{
		OccurTime: at("2026-03-06 10:00"), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
		Registration: &procedure.Registration{Edition: s.p.Digest, Channel: "hours", CountTime: at("2026-03-06 10:00")},
	}
	s.happen(h)
	s.expect("03-06 10:00 hours: started, due 03-07 22:00", "03-06 12:00 hours: paused")
}

// News of grades that happened before the pause, out of order, while it lasts: the pause stays where it was, and is given back whole.
func TestGradesOfBeforeThePauseHeardDuringIt(t *testing.T) {
	s := begin(t, changing, "", "tiered", "2026-03-02 10:00", map[string]procedure.Value{"distance": procedure.Number(50)})
	s.happen(contact("wait", "2026-03-02 12:00"))
	for _, grade := range []string{"high", "low"} {
		s.happen(procedure.Happening{OccurTime: at("2026-03-02 11:00"), Round: 1, Values: map[string]string{"grade": grade}})
	}
	s.happen(contact("go", "2026-03-02 15:00"))
	s.expect("03-02 10:00 tiered: started, due 03-03 10:00", "03-02 12:00 tiered: paused", "03-02 11:00 tiered: replaced 2, due 03-02 22:00 instead of 03-03 10:00",
		"03-02 11:00 tiered: replaced 2, due 03-03 10:00 instead of 03-02 22:00", "03-02 15:00 tiered: resumed, due 03-03 13:00")
}

// A pause counts from when it really began, also when another grade of later was heard of first.
func TestPauseOfBeforeTheGradeHeardAfterIt(t *testing.T) {
	s := begin(t, changing, "", "tiered", "2026-03-02 10:00", map[string]procedure.Value{"distance": procedure.Number(50)})
	s.happen(procedure.Happening{OccurTime: at("2026-03-02 14:00"), Round: 1, Values: map[string]string{"grade": "high"}})
	s.happen(contact("wait", "2026-03-02 12:00"))
	s.happen(contact("go", "2026-03-02 15:00"))
	s.expect("03-02 10:00 tiered: started, due 03-03 10:00", "03-02 14:00 tiered: replaced 2, due 03-02 22:00 instead of 03-03 10:00",
		"03-02 12:00 tiered: paused", "03-02 15:00 tiered: resumed, due 03-03 01:00")
}
