package e2e

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/procedure"
)

// older is a procedure in its first edition. The second calls its first step otherwise and gives it to another post, doubles the limit,
// lets dissatisfaction close, and counts something more.
const older = `
code: moving
edition: "1"
name: {en: Moving}
numbering: {prefix: MV, zone: Asia/Shanghai}
calendars: [{key: civil, zone: Asia/Shanghai, week: [{days: [mon, tue, wed, thu, fri, sat, sun], hours: ["00:00-24:00"]}]}]
posts: [{key: clerk}, {key: expert}]
flows:
  - key: main
    steps:
      - {key: inspect, task: {assignee: {post: clerk}, next: [{step: answer}]}, milestone: investigated}
      - {key: answer, task: {assignee: {post: clerk}}, milestone: answered}
clocks:
  - {key: reply, start: {registered: true}, limit: {hours: 24}, calendar: civil, stop: [{milestone: answered}]}
visits:
  - {key: call, after: {milestone: answered}, assignee: {post: clerk}, satisfied: VISIT_CONSEQUENCE_CLOSE, dissatisfied: VISIT_CONSEQUENCE_REOPEN}
metrics:
  - {key: complaints, numerator: "1"}
`

var newer = strings.NewReplacer(`edition: "1"`, `edition: "2"`, "key: inspect, task: {assignee: {post: clerk}", "key: assess, task: {assignee: {post: expert}",
	"hours: 24}, calendar", "hours: 48}, calendar", "VISIT_CONSEQUENCE_REOPEN", "VISIT_CONSEQUENCE_CLOSE").Replace(older) +
	"  - {key: answered, numerator: milestones.answered}\n"

func parse(t *testing.T, text string) *procedurev1.Procedure {
	t.Helper()
	p, err := procedure.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// pin waits until intake says that the story's complaint runs by an edition.
func (p *play) pin(edition string) {
	p.t.Helper()
	api := intakev1.NewIntakeServiceClient(p.client(p.t, "intake", optionsv1.Role_ROLE_AGENT))
	eventually(p.t, "the pin "+edition, func(ctx context.Context) error {
		resp, err := api.GetComplaint(ctx, &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_ComplaintId{ComplaintId: p.complaint.GetComplaintId()}})
		if err != nil {
			return err
		}
		if got := resp.GetComplaint().GetEdition().GetEdition(); got != edition {
			return fmt.Errorf("it runs by %s", got)
		}
		return nil
	})
}

// TestComplaintsStayOnTheirEditionOrAreMoved: while complaints of the first edition run, the second becomes active. Both kinds go on side by
// side through all five services; one complaint is then moved, and goes on by the second.
func TestComplaintsStayOnTheirEditionOrAreMoved(t *testing.T) {
	p := newPlay(t, "2026-03-06 10:00")
	activate(t, p, parse(t, older))
	draft := &intakev1.ComplaintDraft{Procedure: "moving", Channel: "online", Content: "x"}
	p.register(draft)
	stays := p.complaint
	p.register(draft)
	moves := p.complaint
	to := activate(t, p, parse(t, newer)).GetEdition()
	p.register(draft)
	begins := p.complaint

	for _, c := range []*intakev1.Complaint{stays, moves} {
		p.complaint = c
		p.pin("1")
		p.wantClock("reply", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-07 10:00")
	}
	p.complaint = begins
	p.pin("2")
	p.wantClock("reply", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-08 10:00")

	p.at("2026-03-06 12:00")
	p.do("assess", "", nil)
	p.do("answer", "", nil)
	if got := p.visit(followupv1.VisitOutcome_VISIT_OUTCOME_DISSATISFIED).GetState(); got != followupv1.FollowupState_FOLLOWUP_STATE_CLOSED {
		t.Errorf("by the second edition dissatisfaction leads to %v", got)
	}
	p.complaint = stays
	p.do("inspect", "", nil)
	p.do("answer", "", nil)
	if got := p.visit(followupv1.VisitOutcome_VISIT_OUTCOME_DISSATISFIED).GetState(); got != followupv1.FollowupState_FOLLOWUP_STATE_OPEN {
		t.Errorf("by the first edition dissatisfaction leads to %v", got)
	}
	p.work("inspect") // the second round, still by the first edition

	p.complaint = moves
	work := p.work("inspect").GetWorkId()
	p.at("2026-03-06 13:00")
	ask := func(dry bool, steps map[string]string) *routingv1.ComplaintMigration {
		t.Helper()
		api := routingv1.NewMigrationServiceClient(p.clientOf(t, "routing", "jones.lea", optionsv1.Role_ROLE_SUPERVISOR))
		resp, err := api.MigrateComplaints(t.Context(), &routingv1.MigrateComplaintsRequest{
			RequestId: uuid.NewString(), ToDigest: to.GetDigest(), ComplaintIds: []string{moves.GetComplaintId()}, Steps: steps, Reason: "longer_limit", ValidateOnly: dry,
		})
		if err != nil {
			t.Fatal(err)
		}
		return resp.GetComplaints()[0]
	}
	if m := ask(false, nil); m.GetOutcome() != routingv1.MigrationOutcome_MIGRATION_OUTCOME_REFUSED {
		t.Errorf("it stands at a step that is gone: %v", m)
	}
	mapping := map[string]string{"inspect": "assess"}
	ask(true, mapping)
	settled(t, p)
	p.pin("1")
	p.wantClock("reply", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-07 10:00")
	if m := ask(false, mapping); m.GetOutcome() != routingv1.MigrationOutcome_MIGRATION_OUTCOME_MIGRATED {
		t.Fatalf("moved: %v", m)
	}
	p.pin("2")
	p.wantClock("reply", slatimerv1.ClockState_CLOCK_STATE_RUNNING, "2026-03-08 10:00")
	if w := p.work("assess"); w.GetWorkId() != work || w.GetPost() != "expert" {
		t.Errorf("its work is %v, want %s at the post expert", w, work)
	}
	p.at("2026-03-08 09:00") // in time by the second edition alone
	p.do("assess", "", nil)
	p.do("answer", "", nil)
	p.wantClock("reply", slatimerv1.ClockState_CLOCK_STATE_MET, "2026-03-08 10:00")
	if got := p.visit(followupv1.VisitOutcome_VISIT_OUTCOME_DISSATISFIED).GetState(); got != followupv1.FollowupState_FOLLOWUP_STATE_CLOSED {
		t.Errorf("by its new edition dissatisfaction leads to %v", got)
	}
	if story := p.timeline(); !slices.Contains(story, "ComplaintMigrated 2") {
		t.Errorf("the timeline does not tell of the move: %q", story)
	}
	if diff := cmp.Diff(map[string]int64{"complaints": 3, "answered": 2}, p.figures("moving")); diff != "" {
		t.Errorf("figures: each complaint counts in the edition that it runs by (-want +got):\n%s", diff)
	}
}

// figures returns the numerators of all metrics of a procedure, added up over its editions.
func (p *play) figures(procedure string) map[string]int64 {
	p.t.Helper()
	settled(p.t, p)
	api := reportingv1.NewReportingServiceClient(p.client(p.t, "reporting", optionsv1.Role_ROLE_SUPERVISOR))
	resp, err := api.QueryMetrics(p.t.Context(), &reportingv1.QueryMetricsRequest{Procedure: procedure})
	if err != nil {
		p.t.Fatal(err)
	}
	sums := map[string]int64{}
	for _, row := range resp.GetRows() {
		for _, v := range row.GetValues() {
			sums[v.GetMetric()] += v.GetNumerator()
		}
	}
	return sums
}

// wantClock waits until the newest clock of a policy stands in state and checks when it is due.
func (p *play) wantClock(policy string, state slatimerv1.ClockState, due string) {
	p.t.Helper()
	api := slatimerv1.NewSlatimerServiceClient(p.client(p.t, "slatimer", optionsv1.Role_ROLE_SUPERVISOR))
	eventually(p.t, "clock "+policy, func(ctx context.Context) error {
		resp, err := api.ListClocks(ctx, &slatimerv1.ListClocksRequest{ComplaintId: p.complaint.GetComplaintId()})
		if err != nil {
			return err
		}
		var c *slatimerv1.Clock
		for _, x := range resp.GetClocks() {
			if x.GetPolicy() == policy {
				c = x
			}
		}
		if c == nil {
			return fmt.Errorf("it has not started")
		}
		if got := c.GetDueTime().AsTime(); !got.Equal(moment(p.t, due)) {
			return fmt.Errorf("it is due %v, want %s", got.In(shanghai), due)
		}
		if c.GetState() != state {
			return fmt.Errorf("it is %v, want %v", c.GetState(), state)
		}
		return nil
	})
}

// visit waits for the due return visit and records what it found.
func (p *play) visit(outcome followupv1.VisitOutcome) *followupv1.RecordVisitResponse {
	p.t.Helper()
	api := followupv1.NewFollowupServiceClient(p.client(p.t, "followup", optionsv1.Role_ROLE_AGENT))
	var due *followupv1.Visit
	eventually(p.t, "a visit", func(ctx context.Context) error {
		resp, err := api.ListVisits(ctx, &followupv1.ListVisitsRequest{ComplaintId: p.complaint.GetComplaintId()})
		if err != nil {
			return err
		}
		if len(resp.GetVisits()) != 1 {
			return fmt.Errorf("%d visits are due, want 1", len(resp.GetVisits()))
		}
		due = resp.GetVisits()[0]
		return nil
	})
	resp, err := api.RecordVisit(p.t.Context(), &followupv1.RecordVisitRequest{RequestId: uuid.NewString(), VisitId: due.GetVisitId(), Outcome: outcome})
	if err != nil {
		p.t.Fatalf("record visit: %v", err)
	}
	return resp
}

// timeline returns the names of what happened, in order, with subjects: "WorkOpened answer".
func (p *play) timeline() []string {
	p.t.Helper()
	settled(p.t, p)
	api := reportingv1.NewReportingServiceClient(p.client(p.t, "reporting", optionsv1.Role_ROLE_SUPERVISOR))
	resp, err := api.GetTimeline(p.t.Context(), &reportingv1.GetTimelineRequest{ComplaintId: p.complaint.GetComplaintId()})
	if err != nil {
		p.t.Fatal(err)
	}
	var out []string
	for _, e := range resp.GetEntries() {
		out = append(out, strings.TrimSpace(e.GetType()[strings.LastIndex(e.GetType(), ".")+1:]+" "+e.GetSubject()))
	}
	return out
}
