package procedure_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
)

const manufacturing = "manufacturing/2026-01"

func complaintAbout(category string) procedure.Facts {
	return procedure.Facts{Flow: "complaint", Channel: "telephone", Round: 1, Fields: map[string]procedure.Value{
		"category": procedure.Code(category),
	}}
}

func TestManufacturingDepartments(t *testing.T) {
	t.Parallel()
	p := load(t, manufacturing)
	for _, c := range []struct{ category, step, post string }{ // S2-06
		{"product_quality", "investigate", "quality_management"},
		{"service", "investigate", "customer_service"},
		{"delivery", "investigate", "logistics"},
		{"other", "assign", "customer_service_staff"}, // the source names no department
	} {
		f := classify(t, p, complaintAbout(c.category))
		if diff := cmp.Diff([]string{c.step}, after(t, p, "complaint", "dispatch", "", f)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.category, diff)
		}
		if got := post(t, p, "complaint", c.step, f); got != c.post {
			t.Errorf("%s goes to %s, want %s", c.category, got, c.post)
		}
	}
	other := classify(t, p, complaintAbout("other"))
	assigned := other.Complete("assign", "", map[string]procedure.Value{"department": procedure.Code("logistics")})
	if got := post(t, p, "complaint", "investigate", assigned); got != "logistics" {
		t.Errorf("assigned to logistics, given to %s", got)
	}
	flow, _ := p.Flow("")
	investigate, _ := flow.Step("investigate")
	if got, err := investigate.Assignees[0].Post(other); err == nil {
		t.Errorf("nobody was assigned, and %q gets the work", got)
	}
}

func TestManufacturingLimits(t *testing.T) {
	t.Parallel()
	p := load(t, manufacturing)
	plan := procedure.Facts{}.Complete("plan", "", map[string]procedure.Value{"implementation_time": procedure.Time(beijing(t, "2026-03-10 12:00"))})
	for _, c := range []struct {
		name, clock, at, want string
		facts                 procedure.Facts
	}{
		{"T-S2-01 investigation", "investigation", "2026-03-02 16:30", "2026-03-03 16:30", procedure.Facts{}},
		{"T-S2-02 over the weekend", "investigation", "2026-03-06 17:00", "2026-03-07 17:00", procedure.Facts{}},
		{"T-S2-04 feedback from completion", "feedback", "2026-03-02 18:00", "2026-03-04 18:00", procedure.Facts{}},
		{"T-S2-05 tracking", "tracking", "2026-03-04 10:00", "2026-03-11 10:00", procedure.Facts{}},
		{"S2-11 the plan's own time", "implementation", "2026-03-05 09:00", "2026-03-10 12:00", plan},
	} {
		if got, want := due(t, p, c.clock, c.at, c.facts), beijing(t, c.want); !got.Equal(want) {
			t.Errorf("%s: due %v, want %v", c.name, got, want)
		}
	}
	feedback, _ := p.Clock("feedback")
	if !feedback.Start.Matches(procedure.Occurrence{Kind: procedure.Milestone, Key: "investigated"}) {
		t.Error("the 48 hours do not start at the end of the investigation")
	}
}

// T-S2-07: a plan without a feasibility assessment cannot be submitted.
func TestManufacturingPlanIsComplete(t *testing.T) {
	t.Parallel()
	p := load(t, manufacturing)
	flow, _ := p.Flow("")
	plan, _ := flow.Step("plan")
	form := map[string]procedure.Value{
		"compensation": procedure.Code("exchange"), "implementation_time": procedure.Time(beijing(t, "2026-03-10 12:00")),
	}
	if wrong := procedure.CheckForm(plan.Form, procedure.Facts{}, form); len(wrong) != 1 || wrong[0].Reason != "FIELD_REQUIRED" {
		t.Errorf("without feasibility: %v", wrong)
	}
	form["feasible"] = procedure.Flag(true)
	if wrong := procedure.CheckForm(plan.Form, procedure.Facts{}, form); len(wrong) != 0 {
		t.Errorf("a complete plan: %v", wrong)
	}
}

// T-S2-08: not accepted, the demands are recorded and a new plan is made; tracking waits for what is carried out.
func TestManufacturingNotAccepted(t *testing.T) {
	t.Parallel()
	p := load(t, manufacturing)
	f := classify(t, p, complaintAbout("service"))
	for _, c := range []struct {
		step, outcome string
		want          []string
	}{
		{"feedback", "not_accepted", []string{"demands"}},
		{"demands", "", []string{"plan"}},
		{"feedback", "accepted", []string{"implement"}},
	} {
		if diff := cmp.Diff(c.want, after(t, p, "complaint", c.step, c.outcome, f)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.step, c.outcome, diff)
		}
	}
	tracking, _ := p.Clock("tracking")
	if tracking.Start.Matches(procedure.Occurrence{Kind: procedure.Milestone, Key: "answered"}) {
		t.Error("tracking starts before the plan is accepted and carried out")
	}
	if n, _ := sum(t, p, "complaints", make([]procedure.MetricFacts, 10)...); n != 10 { // T-S2-11
		t.Errorf("10 complaints count %d", n)
	}
}
