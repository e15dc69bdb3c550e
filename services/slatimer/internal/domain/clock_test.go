package domain_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/services/slatimer/internal/domain"
)

// acting is a complaint whose work began at 9: the long clock is due at 17:00, warned at 13:00 and 16:00, the short at 10:00.
func acting(t *testing.T) *story {
	t.Helper()
	s := begin(t, limits, "", "none", "2026-03-02 08:00", nil)
	s.happen(opened("act", "w", "2026-03-02 09:00"))
	s.expect("03-02 09:00 long: started, due 03-02 17:00", "03-02 09:00 short: started, due 03-02 10:00")
	return s
}

func TestStopIsJudgedByWhenItHappened(t *testing.T) {
	tests := []struct {
		name string
		when string
		want []string
	}{
		{"in time", "2026-03-02 09:30", []string{"03-02 09:30 long: met", "03-02 09:30 short: met"}},
		{"at the due time", "2026-03-02 10:00", []string{"03-02 10:00 long: met", "03-02 10:00 short: met"}},
		{"after it", "2026-03-02 10:05", []string{"03-02 10:05 long: met", "03-02 10:00 short: breached", "03-02 10:05 short: stopped, late 5m0s"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := acting(t)
			s.happen(completed("act", "w", tt.when, nil))
			s.expect(append(tt.want, show(at(tt.when))+" after: started, due "+show(at(tt.when).Add(2*3600e9)))...)
		})
	}
}

// The news came late, the answer did not: the breach that was made known stays, and says that it was in time.
func TestBreachStaysAFact(t *testing.T) {
	s := acting(t)
	s.fire("2026-03-02 10:00")
	s.expect("03-02 10:00 short: breached")
	s.happen(completed("act", "w", "2026-03-02 09:45", nil))
	s.expect("03-02 09:45 long: met", "03-02 09:45 short: stopped, late 0s", "03-02 09:45 after: started, due 03-02 11:45")
	short := s.file.Clocks[1]
	if short.State != domain.StateBreached || !short.BreachTime.Equal(at("2026-03-02 10:00")) {
		t.Errorf("the breach is gone: %+v", short)
	}
}

func TestFire(t *testing.T) {
	s := acting(t)
	s.fire("2026-03-02 09:59")
	s.expect() // never early
	s.fire("2026-03-02 13:00")
	s.expect("03-02 10:00 short: breached", "03-02 13:00 long: warned, warning 0")
	s.fire("2026-03-02 13:00")
	s.expect() // nothing twice
	s.fire("2026-03-05 00:00")
	s.expect("03-02 16:00 long: warned, warning 1", "03-02 17:00 long: breached") // the third would lie before the start
	s.fire("2026-03-06 00:00")
	s.expect()
}

func TestStopLetsEarlierMomentsComeFirst(t *testing.T) {
	s := acting(t)
	s.happen(completed("act", "w", "2026-03-02 18:30", nil))
	s.expect("03-02 13:00 long: warned, warning 0", "03-02 16:00 long: warned, warning 1", "03-02 17:00 long: breached",
		"03-02 18:30 long: stopped, late 1h30m0s", "03-02 10:00 short: breached", "03-02 18:30 short: stopped, late 8h30m0s",
		"03-02 18:30 after: started, due 03-02 20:30")
}

func TestClosingAndWithdrawalEndWhatRuns(t *testing.T) {
	s := acting(t)
	s.happen(withdrawn("2026-03-02 10:30"))
	s.expect("03-02 10:30 long: cancelled", "03-02 10:00 short: breached", "03-02 10:30 short: cancelled")
	if got := s.file.Clocks[1].State; got != domain.StateBreached {
		t.Errorf("cancelled after its breach, the clock is in state %d", got)
	}
	s.happen(opened("act", "w2", "2026-03-02 10:29")) // it crossed the withdrawal
	s.expect()

	s = acting(t)
	s.happen(closed("2026-03-02 09:30"))
	s.expect("03-02 09:30 long: cancelled", "03-02 09:30 short: cancelled", "03-02 09:30 archive: started, due 03-03 09:30")
	s.happen(reopened(2, "2026-03-02 09:40"))
	s.happen(inRound(2, opened("act", "w2", "2026-03-02 09:45")))
	s.expect("03-02 09:45 long: started, due 03-02 17:45", "03-02 09:45 short: started, due 03-02 10:45")
}

func TestRoundsAreApart(t *testing.T) {
	s := acting(t)
	s.happen(completed("act", "w", "2026-03-02 09:10", nil))
	s.log = nil
	s.happen(reopened(2, "2026-03-02 09:20"))
	s.expect("03-02 09:20 after: cancelled") // a reopening ends clocks of the rounds before
	s.happen(inRound(2, opened("act", "w2", "2026-03-02 09:30")))
	s.log = nil
	s.happen(completed("act", "w3", "2026-03-02 09:40", nil)) // late news of round 1
	s.expect("03-02 09:40 after: started, due 03-02 11:40")
	s.happen(inRound(2, completed("act", "w2", "2026-03-02 09:50", nil)))
	s.expect("03-02 09:50 long: met", "03-02 09:50 short: met", "03-02 09:50 after: started, due 03-02 11:50")
}

// Each of several who do the same step has an own limit.
func TestLimitsOnWorkFollowTheWork(t *testing.T) {
	s := acting(t)
	s.happen(opened("act", "other", "2026-03-02 09:10"))
	s.log = nil
	s.happen(completed("act", "other", "2026-03-02 09:20", nil))
	s.expect("03-02 09:20 long: met", "03-02 09:20 short: met", "03-02 09:20 after: started, due 03-02 11:20")
	s.happen(workCancelled("act", "w", "2026-03-02 09:30"))
	s.expect("03-02 09:30 long: cancelled", "03-02 09:30 short: cancelled")
}

func TestCancelTrigger(t *testing.T) {
	s := acting(t)
	s.happen(contact("withdrawal_of_limit", "2026-03-02 08:59"))
	s.expect() // before it began
	s.happen(contact("withdrawal_of_limit", "2026-03-02 09:05"))
	s.expect("03-02 09:05 long: cancelled")
}

// Intake's news of a contact may be faster than routing's of what happened before it.
func TestContactBeforeTheNewsOfTheStart(t *testing.T) {
	for _, contactFirst := range []bool{true, false} {
		s := begin(t, limits, "", "none", "2026-03-02 08:00", nil)
		start, early := milestone("acted", "2026-03-02 09:00"), contact("response", "2026-03-02 08:30", "progress")
		answer, bare := contact("response", "2026-03-02 09:30", "progress"), contact("response", "2026-03-02 09:10")
		s.happen(early)
		if contactFirst {
			s.happen(answer)
			s.happen(bare)
			s.happen(start)
		} else {
			s.happen(start)
			s.happen(bare)
			s.happen(answer)
		}
		s.expect("03-02 09:00 talk: started, due 03-02 13:00", "03-02 09:30 talk: met")
	}
}

func TestVersionsAreDense(t *testing.T) {
	s := acting(t)
	before := s.file
	next, evs, err := domain.Apply(s.file, completed("act", "w", "2026-03-02 10:05", nil), s.p, s.newID)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range evs {
		if want := before.EventVersion + int64(i) + 1; e.Version != want {
			t.Errorf("event %d has version %d, want %d", i, e.Version, want)
		}
	}
	if next.EventVersion != before.EventVersion+int64(len(evs)) {
		t.Errorf("the file ends at version %d", next.EventVersion)
	}
	if diff := cmp.Diff(before.Clocks, s.file.Clocks); diff != "" {
		t.Errorf("Apply changed its argument:\n%s", diff)
	}
}

func TestDiffKeepsOneTimerForEachRunningClock(t *testing.T) {
	s := acting(t)
	first := domain.Diff(domain.File{}, s.file)
	if len(first.Started) != 2 || len(first.Armed) != 2 || len(first.Disarmed) != 0 {
		t.Fatalf("a start leaves %+v", first)
	}
	before := s.file
	s.fire("2026-03-02 13:00")
	fired := domain.Diff(before, s.file)
	if len(fired.Changed) != 2 || len(fired.Disarmed) != 2 || len(fired.Armed) != 1 || !fired.Armed[0].FireTime.Equal(at("2026-03-02 16:00")) {
		t.Errorf("a warning and a breach leave %+v", fired)
	}
	if again := domain.Diff(s.file, s.file); len(again.Changed)+len(again.Armed)+len(again.Disarmed) != 0 {
		t.Errorf("no change leaves %+v", again)
	}
}

// A limit from one contact to the next of its kind is not met by the contact that begins it.
func TestAContactDoesNotEndWhatItBegins(t *testing.T) {
	s := begin(t, limits, "", "none", "2026-03-02 08:00", nil)
	s.happen(contact("news", "2026-03-02 09:00"))
	s.expect("03-02 09:00 news: started, due 03-02 13:00")
	s.happen(contact("news", "2026-03-02 12:00"))
	s.expect("03-02 12:00 news: met", "03-02 12:00 news: started, due 03-02 16:00")
	s.fire("2026-03-02 16:00")
	s.expect("03-02 16:00 news: breached")
}
