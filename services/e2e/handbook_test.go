package e2e

import (
	"testing"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// TestHandbook is T-S5d-01, T-S5d-02 and T-S5d-07: a bare acknowledgement does not meet the 24 hours; told the result, the
// complaint closes.
func TestHandbook(t *testing.T) {
	p := newPlay(t, "2026-03-06 22:00", "handbook") // a Friday night: hours run through the weekend
	p.register(&intakev1.ComplaintDraft{
		Procedure: "handbook", Channel: "online", Content: "收到的货物破损", Complainant: &intakev1.Party{Name: "韩梅梅", Phone: "+86 139 0000 1111"},
	})
	p.wantClock("response", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-07 22:00")
	p.at("2026-03-07 10:00")
	p.contact("response", "progress")
	settled(t, p)
	p.wantClock("response", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-07 22:00")
	p.contact("response", "progress", "expected_resolution_time")
	p.wantClock("response", slatimerv1.ClockState_CLOCK_STATE_MET, "2026-03-07 22:00")

	p.do("investigate", "", map[string]*typev1.Value{"problem_exists": flag(true), "category": code("delivery_delay")})
	p.do("solve", "", nil)
	if err := p.done("tell_result", "", nil); reasonOf(err) != "CONTENT_REQUIRED" {
		t.Errorf("telling the result without the result: %v, want CONTENT_REQUIRED", err)
	}
	p.do("tell_result", "", nil, "result")
	story := p.timeline()
	if last := story[len(story)-1]; last != "ComplaintClosed" && last[:len("ComplaintClosed")] != "ComplaintClosed" {
		t.Errorf("the story ends with %q, want the closing: %q", last, story)
	}
}

// reasonOf returns the reason of a refusal, or "".
func reasonOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		if info, ok := d.(*errdetails.ErrorInfo); ok {
			return info.GetReason()
		}
	}
	return ""
}
