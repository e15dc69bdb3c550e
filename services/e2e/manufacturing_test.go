package e2e

import (
	"testing"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// TestManufacturing is T-S2-01, T-S2-04, T-S2-05, T-S2-07, T-S2-08 and T-S2-10 in one life.
func TestManufacturing(t *testing.T) {
	p := newPlay(t, "2026-03-02 16:30", "manufacturing")
	p.register(&intakev1.ComplaintDraft{
		Procedure: "manufacturing", Channel: "telephone", Content: "螺丝松动", Complainant: &intakev1.Party{Name: "李雷"},
		Fields: codes("category", "product_quality"),
	})
	p.wantClock("investigation", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-03 16:30")
	if w := p.work("investigate"); w.GetPost() != "quality_management" {
		t.Errorf("the work went to %s, want quality management (S2-06)", w.GetPost())
	}

	p.at("2026-03-02 18:00")
	p.do("investigate", "", map[string]*typev1.Value{"evidence": flag(true)})
	p.wantClock("investigation", slatimerv1.ClockState_CLOCK_STATE_MET, "2026-03-03 16:30")
	p.wantClock("feedback", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-04 18:00") // from completion (T-S2-04)

	plan := map[string]*typev1.Value{"compensation": code("exchange"), "implementation_time": instant(moment(t, "2026-03-04 12:00"))}
	if err := p.done("plan", "", plan); reasonOf(err) != "FIELD_REQUIRED" {
		t.Errorf("a plan without a feasibility assessment: %v, want FIELD_REQUIRED (S2-14)", err)
	}
	plan["feasible"] = flag(true)
	p.do("plan", "", plan)
	p.do("feedback", "not_accepted", nil) // T-S2-08
	p.do("demands", "", map[string]*typev1.Value{"demand": code("refund")})
	plan["compensation"] = code("refund")
	p.do("plan", "", plan)
	p.do("feedback", "accepted", nil)

	p.at("2026-03-04 10:00")
	p.do("implement", "", nil)
	p.wantClock("implementation", slatimerv1.ClockState_CLOCK_STATE_MET, "2026-03-04 12:00")
	p.wantClock("tracking", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-11 10:00") // T-S2-05
	p.at("2026-03-11 09:59")
	if r := p.visit(followupv1.VisitOutcome_VISIT_OUTCOME_SATISFIED); r.GetState() != followupv1.FollowupState_FOLLOWUP_STATE_CLOSED {
		t.Errorf("the complaint is %v after a satisfied visit", r.GetState())
	}
	p.wantClock("tracking", slatimerv1.ClockState_CLOCK_STATE_MET, "2026-03-11 10:00")
	if n, d := p.metric("manufacturing", "satisfied"); n != 1 || d != 1 {
		t.Errorf("satisfied is %d/%d, want 1/1", n, d)
	}
	if n, d := p.metric("manufacturing", "accepted_at_once"); n != 0 || d != 1 {
		t.Errorf("accepted at once is %d/%d, want 0/1: it took two plans (S2-23)", n, d)
	}
}
