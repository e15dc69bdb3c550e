package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/procedure"
)

// The events of a complaint c of testdata/acts.yaml, and of its action a.

func editionOf(p *procedurev1.Procedure) *typev1.Edition {
	return &typev1.Edition{Procedure: p.GetCode(), Edition: p.GetEdition(), Digest: procedure.Digest(p)}
}

func actsRegistered(p *procedurev1.Procedure, c, when string) events.Draft {
	return draft(c, when, &intakev1.ComplaintRegistered{Edition: editionOf(p), Channel: "web", Flow: "only", CountTime: timestamppb.New(at(when))})
}

func actionOpened(p *procedurev1.Procedure, a, c, when string) events.Draft {
	return draft(a, when, &followupv1.ActionOpened{Action: "capa", Number: "A-1/CAPA-1", Edition: editionOf(p), ComplaintIds: []string{c}, Channel: "web", Flow: "only"})
}

func actionBegan(c, a, when string) events.Draft {
	return draft(c, when, &followupv1.ComplaintActionOpened{ActionId: a, Action: "capa", Round: 1})
}

func actionEnded(c, a, when string, cancelled bool) events.Draft {
	return draft(c, when, &followupv1.ComplaintActionEnded{ActionId: a, Action: "capa", Round: 1, Cancelled: cancelled})
}

func analysed(a, when string) []events.Draft {
	return []events.Draft{
		draft(a, when, &routingv1.WorkCompleted{WorkId: "w1", Step: "analyse", Round: 1}),
		draft(a, when, &routingv1.MilestoneReached{Milestone: "analysed", Step: "analyse", Round: 1}),
		draft(a, when, &routingv1.WorkOpened{WorkId: "w2", Step: "confirm", Round: 1}),
	}
}

func confirmed(a, when string) []events.Draft {
	return []events.Draft{
		draft(a, when, &routingv1.WorkCompleted{WorkId: "w2", Step: "confirm", Round: 1}),
		draft(a, when, &routingv1.MilestoneReached{Milestone: "effective", Step: "confirm", Round: 1}),
	}
}

// Events come twice and in any order; an action has its own clocks, its complaint's are not touched, and each end of one starts the complaint's.
func TestClocksOfAnAction(t *testing.T) {
	t.Parallel()
	f := newFixture(t, eventstest.Twice(), eventstest.Shuffled(), eventstest.BatchSize(2))
	acts := parse(t, "testdata/acts.yaml")
	f.publish(acts)
	c, a, gone := newID(), newID(), newID()
	theirs := func(d events.Draft) events.Draft { d.Tenant = "other"; return d }
	f.in.Deliver(actsRegistered(acts, c, "2026-03-02 09:00"))
	f.in.Deliver(actionOpened(acts, a, c, "2026-03-02 10:00"), actionBegan(c, a, "2026-03-02 10:00"),
		actionOpened(acts, gone, c, "2026-03-02 11:00"), actionBegan(c, gone, "2026-03-02 11:00"))
	f.in.Deliver(theirs(actionOpened(acts, a, c, "2026-03-02 10:00"))) // the same id at another tenant's
	f.in.Deliver(analysed(a, "2026-03-03 10:00")...)
	f.in.Deliver(confirmed(a, "2026-03-03 12:00")...)
	f.in.Deliver(draft(a, "2026-03-03 12:00", &followupv1.ActionClosed{Action: "capa"}), actionEnded(c, a, "2026-03-03 12:00", false),
		draft(gone, "2026-03-03 13:00", &followupv1.ActionCancelled{Action: "capa", Reason: "in_error"}), actionEnded(c, gone, "2026-03-03 13:00", true))
	f.in.Deliver(draft(gone, "2026-03-03 14:00", &routingv1.MilestoneReached{Milestone: "analysed", Step: "analyse", Round: 1})) // nothing follows any more
	q := `SELECT count(*) FROM clock WHERE tenant = 'other' AND state = 1`
	if n := f.count(q); n != 2 {
		t.Errorf("%d clocks of the other tenant's action run, want both", n)
	}
	f.expect(c, "03-02 09:00 reply started, due 03-03 09:00", "03-03 12:00 thanks started, due 03-03 16:00", "03-03 13:00 thanks started, due 03-03 17:00")
	f.expect(gone, "03-02 11:00 analysis started, due 03-04 11:00", "03-02 11:00 whole started, due 03-12 11:00",
		"03-03 13:00 analysis cancelled", "03-03 13:00 whole cancelled")
	if n := f.count(`SELECT count(*) FROM clock WHERE tenant = 'default' AND state = 2 AND complaint_id = $1`, a); n != 3 {
		t.Errorf("%d clocks of the closed action are met, want all three", n)
	}
}

// A history with actions is replayed as it was: under the same edition nothing differs, under another limit the action's clock does, and
// under an edition without the action its clocks are gone.
func TestSimulationOfAHistoryWithActions(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "testdata/acts.yaml", "2026-03-02 08:00")
	c, a, gone := newID(), newID(), newID()
	for _, d := range append(append([]events.Draft{
		actsRegistered(x.pack, c, "2026-03-02 09:00"),
		draft(c, "2026-03-02 10:00", &routingv1.MilestoneReached{Milestone: "answered", Step: "answer", Round: 1}),
		actionOpened(x.pack, a, c, "2026-03-02 10:00"), actionBegan(c, a, "2026-03-02 10:00"),
		actionOpened(x.pack, gone, c, "2026-03-02 11:00"), actionBegan(c, gone, "2026-03-02 11:00"),
		draft(gone, "2026-03-02 12:00", &followupv1.ActionCancelled{Action: "capa", Reason: "in_error"}), actionEnded(c, gone, "2026-03-02 12:00", true),
	}, analysed(a, "2026-03-03 12:00")...), append(confirmed(a, "2026-03-05 10:00"),
		draft(a, "2026-03-05 10:00", &followupv1.ActionClosed{Action: "capa"}), actionEnded(c, a, "2026-03-05 10:00", false))...) {
		x.news(d.OccurTime, d)
	}
	x.pass(at("2026-03-10 09:00"))
	names := map[string]string{c: "complaint", a: "action", gone: "cancelled"}
	list, summary, err := x.simulate(x.same())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string(nil), tellDifferences(list, names)); diff != "" || summary.GetTotal().GetComparedCount() != 8 || summary.GetFailedComplaintCount() != 0 {
		t.Errorf("under the same edition, %v (-want +got):\n%s", summary, diff)
	}
	other := proto.CloneOf(x.pack)
	other.Edition = "2"
	other.Clocks[1].Limit = &procedurev1.Limit{Length: &procedurev1.Limit_Hours{Hours: 24}}
	draftOf := func(p *procedurev1.Procedure) *slatimerv1.SimulatePolicyRequest {
		return &slatimerv1.SimulatePolicyRequest{Edition: &slatimerv1.SimulatePolicyRequest_Draft{Draft: p}, DifferenceLimit: 100}
	}
	if list, _, err = x.simulate(draftOf(other)); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"action analysis/1 [] BREACH_LOST: 03-04 10:00 MET -> 03-03 10:00 BREACHED",
		"cancelled analysis/1 [] DUE_MOVED: 03-04 11:00 CANCELLED -> 03-03 11:00 CANCELLED",
	}
	if diff := cmp.Diff(want, tellDifferences(list, names)); diff != "" {
		t.Errorf("with a shorter limit (-want +got):\n%s", diff)
	}
	without := proto.CloneOf(x.pack)
	without.Edition, without.Actions, without.Clocks = "3", nil, without.Clocks[:1]
	list, summary, err = x.simulate(draftOf(without))
	if err != nil {
		t.Fatal(err)
	}
	if n := summary.GetTotal(); n.GetOnlyBeforeCount() != 7 || n.GetUnchangedCount() != 1 || summary.GetFailedComplaintCount() != 0 {
		t.Errorf("without the action: %v\n%v", summary, tellDifferences(list, names))
	}
}
