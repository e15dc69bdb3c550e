package procedure_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
)

const homeFurnishing = "home-furnishing/2015"

// beijing reads "2026-03-06 10:00" as a time of day in Shanghai's zone.
func beijing(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("CST", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// classify returns f with the values of the rules in it.
func classify(t testing.TB, p *procedure.Procedure, f procedure.Facts) procedure.Facts {
	t.Helper()
	values, err := p.Classify(f)
	if err != nil {
		t.Fatal(err)
	}
	f.Values = values
	return f
}

// after returns what opens when step of flow is done.
func after(t testing.TB, p *procedure.Procedure, flow, step, outcome string, f procedure.Facts) []string {
	t.Helper()
	way, ok := p.Flow(flow)
	if !ok {
		t.Fatalf("no flow %q", flow)
	}
	s, ok := way.Step(step)
	if !ok {
		t.Fatalf("no step %q", step)
	}
	steps, err := s.After(outcome, f)
	if err != nil {
		t.Fatal(err)
	}
	return steps
}

// post returns who gets the first rung of a step.
func post(t testing.TB, p *procedure.Procedure, flow, step string, f procedure.Facts) string {
	t.Helper()
	way, _ := p.Flow(flow)
	s, _ := way.Step(step)
	key, err := s.Assignees[0].Post(f)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// due returns when a clock whose trigger occurred at the given time is due.
func due(t testing.TB, p *procedure.Procedure, clock, at string, f procedure.Facts) time.Time {
	t.Helper()
	k, ok := p.Clock(clock)
	if !ok {
		t.Fatalf("no clock %q", clock)
	}
	s, err := k.Schedule(beijing(t, at), f)
	if err != nil {
		t.Fatal(err)
	}
	return s.DueTime
}

func woodenDoor() procedure.Facts {
	return procedure.Facts{Flow: "direct", Channel: "hotline", Round: 1, Fields: map[string]procedure.Value{
		"line": procedure.Code("wooden_door"), "unit": procedure.Code("manufacturing"),
	}}
}

func TestHomeFurnishingLimits(t *testing.T) {
	t.Parallel()
	p := load(t, homeFurnishing)
	agreed := procedure.Facts{}.Complete("agree_time", "", map[string]procedure.Value{"reply_time": procedure.Time(beijing(t, "2026-03-05 17:00"))})
	for _, c := range []struct {
		name, clock, at, want string
		facts                 procedure.Facts
	}{
		{"T-S1-01 the text's own example", "reply", "2026-03-06 10:00", "2026-03-09 10:00", woodenDoor()},
		{"T-S1-02 Saturday counts", "reply", "2026-03-05 15:30", "2026-03-07 15:30", woodenDoor()},
		{"T-S1-04 in the week", "reply", "2026-03-02 14:00", "2026-03-04 14:00", woodenDoor()},
		{"T-S1-05 a store's slip", "reply", "2026-03-13 16:45", "2026-03-16 16:45", procedure.Facts{Flow: "store"}},
		{"A-11 sent on Sunday", "reply", "2026-03-08 15:00", "2026-03-11 00:00", woodenDoor()},
		{"A-10 over the Spring Festival", "reply", "2026-02-14 10:00", "2026-02-25 10:00", woodenDoor()},
		{"T-S1-10 two hours of a morning", "process_solution", "2026-03-03 09:00", "2026-03-03 11:00", woodenDoor()},
		{"T-S1-11 the agreed time", "process_solution_agreed", "2026-03-03 09:40", "2026-03-05 17:00", agreed},
	} {
		if got, want := due(t, p, c.clock, c.at, c.facts), beijing(t, c.want); !got.Equal(want) {
			t.Errorf("%s: due %v, want %v", c.name, got, want)
		}
	}
}

// S1-36: an agreed time ends the two hours; until then nothing but a solution does.
func TestHomeFurnishingAgreedTimeReplacesTwoHours(t *testing.T) {
	t.Parallel()
	p := load(t, homeFurnishing)
	hours, _ := p.Clock("process_solution")
	agreed, _ := p.Clock("process_solution_agreed")
	agree := procedure.Occurrence{Kind: procedure.WorkCompleted, Key: "agree_time"}
	solved := procedure.Occurrence{Kind: procedure.Milestone, Key: "solution_proposed"}
	if hours.StoppedBy(agree) || !hours.CancelledBy(agree) || !agreed.Start.Matches(agree) {
		t.Error("an agreed time does not end the two hours and start its own clock")
	}
	if !hours.StoppedBy(solved) || !agreed.StoppedBy(solved) {
		t.Error("a solution does not meet the clocks")
	}
	asked := procedure.Occurrence{Kind: procedure.WorkCompleted, Key: "process_solution"}
	if hours.StoppedBy(asked) || hours.CancelledBy(asked) {
		t.Error("saying that data must be collected ends the two hours before a time is agreed")
	}
}

func TestHomeFurnishingResponsibility(t *testing.T) {
	t.Parallel()
	p := load(t, homeFurnishing)
	f := classify(t, p, woodenDoor())
	want := map[string]string{ // T-S1-16
		"sequence": "first", "handler": "manufacturing_wooden_door", "followup_owner": "sales_wooden_door",
		"department_head": "head_manufacturing", "quality_department": "quality_wooden_door",
	}
	if diff := cmp.Diff(want, f.Values); diff != "" {
		t.Errorf("values (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"handle", "follow_up"}, after(t, p, "direct", "transfer", "", f)); diff != "" {
		t.Errorf("double responsibility (-want +got):\n%s", diff)
	}
	if got := post(t, p, "direct", "follow_up", f); got != "sales_wooden_door" {
		t.Errorf("follow-up is %s's", got)
	}

	f.Fields["indirect"] = procedure.Flag(true) // T-S1-19
	if diff := cmp.Diff([]string{"handle", "follow_up", "copy_audit"}, after(t, p, "direct", "transfer", "", f)); diff != "" {
		t.Errorf("a slip from the team leader (-want +got):\n%s", diff)
	}

	store := classify(t, p, procedure.Facts{Flow: "store", Round: 1, Fields: map[string]procedure.Value{ // T-S1-05
		"line": procedure.Code("cabinet"), "accused_department": procedure.Code("manufacturing_furniture"),
	}})
	if got := post(t, p, "store", "handle", store); got != "manufacturing_furniture" {
		t.Errorf("a store's slip goes to %s, not to the department complained about", got)
	}
}

func TestHomeFurnishingDisputeAndLadder(t *testing.T) {
	t.Parallel()
	p := load(t, homeFurnishing)
	bath := woodenDoor()
	bath.Fields = map[string]procedure.Value{"line": procedure.Code("bathroom"), "unit": procedure.Code("manufacturing")}
	f := classify(t, p, bath)
	if got := post(t, p, "direct", "arbitrate", f); got != "quality_bathroom" { // T-S1-22
		t.Errorf("%s decides about a bathroom dispute", got)
	}
	decided := f.Complete("arbitrate", "", map[string]procedure.Value{"responsible": procedure.Code("sales_bathroom")})
	if got := post(t, p, "direct", "handle", decided); got != "sales_bathroom" {
		t.Errorf("after the decision %s handles", got)
	}

	if diff := cmp.Diff([]string{"over_standard"}, after(t, p, "direct", "handle", "over_standard", f)); diff != "" { // T-S1-20
		t.Errorf("over the standard (-want +got):\n%s", diff)
	}
	flow, _ := p.Flow("direct")
	ladder, _ := flow.Step("over_standard")
	low, high := []string{procedure.Approve, procedure.Reject, procedure.Escalate}, []string{procedure.Approve, procedure.Reject}
	if diff := cmp.Diff([][]string{low, high}, [][]string{ladder.Outcomes(0), ladder.Outcomes(1)}); diff != "" {
		t.Errorf("rungs of the ladder (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"answer_customer"}, after(t, p, "direct", "over_standard", procedure.Approve, f)); diff != "" {
		t.Errorf("approved (-want +got):\n%s", diff)
	}
}

// T-S1-13: the division disagrees, the general manager's office instructs "defer", and that is final.
func TestHomeFurnishingDeferral(t *testing.T) {
	t.Parallel()
	p := load(t, homeFurnishing)
	f := classify(t, p, woodenDoor())
	for _, c := range []struct {
		step, outcome string
		want          []string
	}{
		{"reply", "unfinished", []string{"deferral_opinion"}},
		{"deferral_opinion", "", []string{"deferral"}},
		{"deferral", procedure.Reject, []string{"deferral_instruction"}},
		{"deferral_instruction", procedure.Approve, []string{"complete_handling"}},
		{"deferral_instruction", procedure.Reject, []string{"conclude"}},
		{"deferral", procedure.Approve, []string{"complete_handling"}},
	} {
		if diff := cmp.Diff(c.want, after(t, p, "direct", c.step, c.outcome, f)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.step, c.outcome, diff)
		}
	}
}

func TestHomeFurnishingSecondComplaint(t *testing.T) {
	t.Parallel()
	p := load(t, homeFurnishing)
	second := woodenDoor()
	second.Round = 2
	f := classify(t, p, second)
	if f.Values["sequence"] != "second" {
		t.Errorf("the second round is %q", f.Values["sequence"])
	}
	flow, _ := p.Flow("direct")
	if got := flow.First(2).Key; got != "reopened" {
		t.Errorf("the second round begins at %s", got)
	}
	if diff := cmp.Diff([]string{"transfer", "judge_repeat"}, after(t, p, "direct", "reopened", "", f)); diff != "" {
		t.Errorf("reopened (-want +got):\n%s", diff)
	}
	visit, _ := p.Visit("satisfaction")
	if visit.Satisfied != procedure.Close || visit.Dissatisfied != procedure.Reopen || visit.Unreached != procedure.Nothing {
		t.Errorf("the visit leads to %v, %v, %v", visit.Satisfied, visit.Dissatisfied, visit.Unreached)
	}
	liable, _ := p.Metric("followup_liable") // T-S1-17
	judged := f.Complete("judge_repeat", "insufficient", nil)
	if n, _, err := liable.Value(procedure.MetricFacts{Facts: judged, Rounds: 2}); n != 1 || err != nil || f.Values["followup_owner"] != "sales_wooden_door" {
		t.Errorf("liability %d, %v, on %s", n, err, f.Values["followup_owner"])
	}
}

func TestHomeFurnishingRates(t *testing.T) {
	t.Parallel()
	p := load(t, homeFurnishing)
	slip := func(met int) procedure.MetricFacts {
		return procedure.MetricFacts{Clocks: map[string]procedure.ClockCounts{"reply": {Started: 1, Met: met, Breached: 1 - met}}}
	}
	again := slip(1) // one complaint of two slips
	again.Clocks["reply"] = procedure.ClockCounts{Started: 2, Met: 2}
	n, d := sum(t, p, "timely_reply_rate", slip(1), slip(1), slip(0), slip(1), again)
	if n != 5 || d != 6 { // T-S1-07
		t.Errorf("timely reply rate %d/%d, want 5/6", n, d)
	}
	spoke := func(yes bool) procedure.MetricFacts {
		f := procedure.Facts{}.Complete("answer_customer", "", map[string]procedure.Value{"contacted": procedure.Flag(yes)})
		return procedure.MetricFacts{Facts: f}
	}
	n, d = sum(t, p, "communication_rate", spoke(true), spoke(true), spoke(false), spoke(true), spoke(true))
	if n != 4 || d != 5 { // T-S1-08
		t.Errorf("communication rate %d/%d, want 4/5", n, d)
	}
}

// sum adds a metric up over complaints.
func sum(t testing.TB, p *procedure.Procedure, metric string, facts ...procedure.MetricFacts) (numerator, denominator int64) {
	t.Helper()
	m, ok := p.Metric(metric)
	if !ok {
		t.Fatalf("no metric %q", metric)
	}
	for _, f := range facts {
		n, d, err := m.Value(f)
		if err != nil {
			t.Fatal(err)
		}
		numerator, denominator = numerator+n, denominator+d
	}
	return numerator, denominator
}
