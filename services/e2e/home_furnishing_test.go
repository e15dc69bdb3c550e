package e2e

import (
	"slices"
	"testing"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// TestHomeFurnishing is T-S1-01, T-S1-16, T-S1-17 and T-S1-20 in one life: a wooden-door complaint goes to its manufacturing
// line, with the sales department as follow-up owner; the customer asks for more than the standard; the reply is in time; the
// visit finds the customer dissatisfied; the second complaint has its own two working days, which are missed.
func TestHomeFurnishing(t *testing.T) {
	p := newPlay(t, "2026-03-06 10:00", "home-furnishing") // a Friday
	p.register(&intakev1.ComplaintDraft{
		Procedure: "home-furnishing", Flow: "direct", Channel: "hotline", Content: "木门开裂",
		Complainant: &intakev1.Party{Name: "王小明", Phone: "13812345678"}, Fields: codes("line", "wooden_door", "unit", "manufacturing"),
	})
	p.do("answer_now", "transfer", nil) // the slip is sent
	p.wantClock("reply", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-09 10:00")
	if w := p.work("handle"); w.GetPost() != "manufacturing_wooden_door" || w.GetPerson() == "" {
		t.Errorf("the handler is %s (%s), want the wooden-door line and its holder (S1-24)", w.GetPost(), w.GetPerson())
	}
	if w := p.work("follow_up"); w.GetPost() != "sales_wooden_door" {
		t.Errorf("the follow-up owner is %s, want the wooden-door sales department (S1-25)", w.GetPost())
	}

	p.do("handle", "over_standard", nil)
	if w := p.work("over_standard"); w.GetPost() != "head_manufacturing" {
		t.Errorf("the first rung is %s, want the head of manufacturing (S1-28)", w.GetPost())
	}
	p.do("over_standard", "escalate", nil)
	if w := p.work("over_standard"); w.GetPost() != "general_manager_office" {
		t.Errorf("the second rung is %s, want the general manager's office (S1-28)", w.GetPost())
	}
	p.do("over_standard", "approve", nil)
	p.do("answer_customer", "", map[string]*typev1.Value{"contacted": flag(true)})

	p.at("2026-03-09 09:59")
	p.do("reply", "finished", nil)
	p.wantClock("reply", slatimerv1.ClockState_CLOCK_STATE_MET, "2026-03-09 10:00")
	if r := p.visit(followupv1.VisitOutcome_VISIT_OUTCOME_DISSATISFIED); r.GetState() != followupv1.FollowupState_FOLLOWUP_STATE_OPEN {
		t.Errorf("a dissatisfied customer's complaint is %v", r.GetState())
	}

	// The second complaint: its own slip, sent Monday 09:59, due Wednesday 09:59; the reply comes a minute late.
	p.wantClock("reply", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-11 09:59")
	p.do("judge_repeat", "insufficient", nil)
	p.do("handle", "within_standard", nil)
	p.do("answer_customer", "", map[string]*typev1.Value{"contacted": flag(true)})
	p.at("2026-03-11 10:00")
	p.wantClock("reply", slatimerv1.ClockState_CLOCK_STATE_BREACHED, "2026-03-11 09:59")
	p.do("reply", "finished", nil)
	if r := p.visit(followupv1.VisitOutcome_VISIT_OUTCOME_SATISFIED); r.GetState() != followupv1.FollowupState_FOLLOWUP_STATE_CLOSED {
		t.Errorf("a satisfied customer's complaint is %v", r.GetState())
	}

	if n, d := p.metric("home-furnishing", "timely_reply_rate"); n != 1 || d != 2 {
		t.Errorf("the timely reply rate is %d/%d, want 1/2: both slips count (S1-54)", n, d)
	}
	if n, _ := p.metric("home-furnishing", "followup_liable"); n != 1 {
		t.Errorf("%d complaints are the sales department's liability, want 1 (S1-26)", n)
	}
	story := p.timeline()
	for _, want := range []string{"ComplaintRegistered", "ClockStarted reply", "ClockMet reply", "ComplaintReopened", "ClockBreached reply", "ComplaintClosed"} {
		if !slices.ContainsFunc(story, func(s string) bool { return s == want || len(s) > len(want) && s[:len(want)+1] == want+" " }) {
			t.Errorf("the timeline lacks %q:\n%q", want, story)
		}
	}
}
