package domain_test

import (
	"testing"

	"redress.dev/pkg/procedure"
)

// The packs whose printed examples are told here.
const (
	homeFurnishing = packs + "home-furnishing/2015/procedure.yaml"
	manufacturing  = packs + "manufacturing/2026-01/procedure.yaml"
	handbook       = packs + "handbook/2026-01/procedure.yaml"
)

// The due times of the two-working-day reply, Saturday counting and Sunday not.
func TestScenarioS1Reply(t *testing.T) {
	tests := []struct{ name, sent, due string }{
		{"T-S1-01 the text's own example", "2026-03-06 10:00", "03-09 10:00"},
		{"T-S1-02 over a Saturday", "2026-03-05 15:30", "03-07 15:30"},
		{"T-S1-04 within a week", "2026-03-02 14:00", "03-04 14:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := begin(t, homeFurnishing, "direct", "hotline", tt.sent, nil)
			s.happen(milestone("assigned", tt.sent))
			s.expect(show(at(tt.sent)) + " reply: started, due " + tt.due)
		})
	}
}

func TestScenarioS1ReplyIsTimelyOrLate(t *testing.T) {
	begun := func() *story {
		s := begin(t, homeFurnishing, "direct", "hotline", "2026-03-06 10:00", nil)
		s.happen(milestone("assigned", "2026-03-06 10:00"))
		s.log = nil
		return s
	}
	timely := begun()
	timely.happen(milestone("replied", "2026-03-09 09:59"))
	timely.expect("03-09 09:59 reply: met")

	late := begun()
	late.happen(milestone("replied", "2026-03-09 10:01"))
	late.expect("03-09 10:00 reply: breached", "03-09 10:01 reply: stopped, late 1m0s")
}

func TestScenarioS1ProcessTechnology(t *testing.T) {
	asked := func() *story {
		s := begin(t, homeFurnishing, "direct", "hotline", "2026-03-03 08:40", nil)
		s.happen(opened("process_solution", "w", "2026-03-03 09:00"))
		s.expect("03-03 09:00 process_solution: started, due 03-03 11:00") // T-S1-10
		return s
	}
	s := asked()
	s.happen(milestone("solution_proposed", "2026-03-03 10:30"))
	s.expect("03-03 10:30 process_solution: met")

	s = asked() // T-S1-11: a time is agreed, the two hours no longer apply
	s.happen(completed("agree_time", "a", "2026-03-03 10:00", map[string]procedure.Value{"reply_time": procedure.Time(at("2026-03-05 17:00"))}))
	s.expect("03-03 10:00 process_solution: cancelled", "03-03 10:00 process_solution_agreed: started, due 03-05 17:00")
	s.fire("2026-03-03 11:00")
	s.expect()
	s.happen(milestone("solution_proposed", "2026-03-05 16:00"))
	s.expect("03-05 16:00 process_solution_agreed: met")
}

// Round 2 has its own two working days (S1-34).
func TestScenarioS1EverySlipHasItsOwnClock(t *testing.T) {
	s := begin(t, homeFurnishing, "direct", "hotline", "2026-03-02 14:00", nil)
	s.happen(milestone("assigned", "2026-03-02 14:00"))
	s.happen(milestone("replied", "2026-03-03 09:00"))
	s.log = nil
	s.happen(reopened(2, "2026-03-05 09:00"))
	s.happen(inRound(2, milestone("assigned", "2026-03-05 15:30")))
	s.expect("03-05 15:30 reply: started, due 03-07 15:30")
	s.happen(milestone("replied", "2026-03-05 16:00")) // late news of round 1
	s.expect()
	s.happen(inRound(2, milestone("replied", "2026-03-07 15:00")))
	s.expect("03-07 15:00 reply: met")
}

func TestScenarioS2(t *testing.T) {
	quality := map[string]procedure.Value{"category": procedure.Code("product_quality")}
	s := begin(t, manufacturing, "", "telephone", "2026-03-02 16:30", quality)
	s.happen(opened("investigate", "w1", "2026-03-02 16:30"))
	s.expect("03-02 16:30 investigation: started, due 03-03 16:30") // T-S2-01

	s.happen(completed("investigate", "w1", "2026-03-02 18:00", nil))
	s.happen(milestone("investigated", "2026-03-02 18:00"))
	s.expect("03-02 18:00 investigation: met", "03-02 18:00 feedback: started, due 03-04 18:00") // T-S2-04

	s.happen(completed("feedback", "w2", "2026-03-03 09:00", nil))
	s.happen(milestone("implemented", "2026-03-04 10:00"))
	s.expect("03-03 09:00 feedback: met", "03-04 10:00 tracking: started, due 03-11 10:00") // T-S2-05
	s.happen(visited("satisfaction", "2026-03-11 10:00"))
	s.expect("03-11 10:00 tracking: met")

	weekend := begin(t, manufacturing, "", "telephone", "2026-03-06 17:00", map[string]procedure.Value{"category": procedure.Code("service")})
	weekend.happen(opened("investigate", "w", "2026-03-06 17:00"))
	weekend.expect("03-06 17:00 investigation: started, due 03-07 17:00") // T-S2-02
}

func TestScenarioS5d(t *testing.T) {
	begin(t, handbook, "", "online", "2026-03-06 22:00", nil).
		expect("03-06 22:00 response: started, due 03-07 22:00") // T-S5d-01

	s := begin(t, handbook, "", "telephone", "2026-03-02 09:15", nil)
	s.expect("03-02 09:15 response: started, due 03-03 09:15") // T-S5d-02
	s.happen(contact("response", "2026-03-02 10:00", "progress"))
	s.expect() // a bare acknowledgement does not stop it
	s.happen(contact("response", "2026-03-03 09:15", "expected_resolution_time", "progress"))
	s.expect("03-03 09:15 response: met")
}
