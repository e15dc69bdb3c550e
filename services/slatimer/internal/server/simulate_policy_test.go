package server_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/procedure"
)

func openedFor(complaint, work, post, when string) events.Draft {
	return draft(complaint, when, &routingv1.WorkOpened{WorkId: work, Step: "act", Round: 1, Post: post})
}

func acted(complaint, when string) events.Draft {
	return draft(complaint, when, &routingv1.MilestoneReached{Milestone: "acted", Step: "act", Round: 1})
}

func graded(complaint, grade, when string) events.Draft {
	return draft(complaint, when, &routingv1.ComplaintClassified{Round: 1, Values: map[string]string{"grade": grade}})
}

// lived lets three complaints of the procedure, one of another tenant and one of another procedure live through Monday; what became of them is written where it is
// checked. It returns the complaints' names.
func (x *trial) lived() map[string]string {
	late, early, running, other := newID(), newID(), newID(), newID()
	elsewhere := x.registered(newID(), "2026-03-02 10:00", "x")
	elsewhere.Message.(*intakev1.ComplaintRegistered).Edition.Procedure = "elsewhere"
	for _, n := range []struct {
		when string
		what events.Draft
	}{
		{"2026-03-02 10:00", x.registered(late, "2026-03-02 10:00", "x")},
		{"2026-03-02 10:01", x.registered(early, "2026-03-02 10:00", "x")},
		{"2026-03-02 10:02", func() events.Draft {
			d := x.registered(other, "2026-03-02 10:00", "x")
			d.Tenant = "other"
			return d
		}()},
		{"2026-03-02 10:03", elsewhere},
		{"2026-03-02 10:10", graded(late, "high", "2026-03-02 10:10")},
		{"2026-03-02 10:30", openedFor(late, "w", "clerk", "2026-03-02 10:30")},
		{"2026-03-02 12:00", completed(late, "w", "2026-03-02 12:00")},
		{"2026-03-02 14:00", acted(early, "2026-03-02 14:00")},
		{"2026-03-02 16:00", acted(late, "2026-03-02 16:00")},
		{"2026-03-02 17:30", x.registered(running, "2026-03-02 17:30", "x")},
	} {
		x.news(at(n.when), n.what)
	}
	x.pass(at("2026-03-03 12:00"))
	return map[string]string{late: "late", early: "early", running: "running", other: "other"}
}

// draft of the procedure: answers in 8 working hours instead of 4, acts in 1 hour instead of 2, a clock gone and a new one.
func (x *trial) longer() *procedurev1.Procedure {
	p := proto.CloneOf(x.pack)
	p.Edition = "2"
	p.Clocks[0].Limit = &procedurev1.Limit{Length: &procedurev1.Limit_WorkingHours{WorkingHours: 8}}
	p.Clocks[1].Limit = &procedurev1.Limit{Length: &procedurev1.Limit_Hours{Hours: 1}}
	p.Clocks[2].Key, p.Clocks[2].Limit = "fresh", &procedurev1.Limit{Length: &procedurev1.Limit_Hours{Hours: 10}}
	return p
}

func TestADraftWithOtherLimitsIsComparedClockByClock(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "testdata/tried.yaml", "2026-03-02 09:00")
	names := x.lived()
	list, summary, err := x.simulate(&slatimerv1.SimulatePolicyRequest{
		Edition: &slatimerv1.SimulatePolicyRequest_Draft{Draft: x.longer()}, DifferenceLimit: 100,
	})
	if err != nil {
		t.Fatal(err)
	}
	// Worked out by hand: office hours are 9-12 and 13-18.
	want := []string{
		"early answer/1 [] DUE_MOVED: 03-02 15:00 MET -> 03-03 10:00 MET",
		"early fresh/1 [] ONLY_AFTER: none -> 03-02 20:00 MET",
		"early gone/1 [] ONLY_BEFORE: 03-02 11:00 BREACHED -> none",
		"late act/1 [clerk] BREACH_LOST: 03-02 12:30 MET -> 03-02 11:30 BREACHED",
		"late answer/1 [clerk] BREACH_WON: 03-02 15:00 BREACHED -> 03-03 10:00 MET",
		"late fresh/1 [clerk] ONLY_AFTER: none -> 03-02 20:00 MET",
		"late gone/1 [clerk] ONLY_BEFORE: 03-02 11:00 BREACHED -> none",
		"running answer/1 [] DUE_MOVED: 03-03 13:30 RUNNING -> 03-03 17:30 RUNNING",
		"running fresh/1 [] ONLY_AFTER: none -> 03-03 03:30 BREACHED",
		"running gone/1 [] ONLY_BEFORE: 03-02 18:30 BREACHED -> none",
	}
	if diff := cmp.Diff(want, tellDifferences(list, names)); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if got := counts(summary.GetTotal()); got != "10 0 1 1 2 3 3 0 4 2" {
		t.Errorf("total %s", got)
	}
	wantPolicies := map[string]string{
		" answer": "3 0 1 0 2 0 0 0 1 0", " act": "1 0 0 1 0 0 0 0 0 1", " gone": "3 0 0 0 0 3 0 0 3 0", " fresh": "3 0 0 0 0 0 3 0 0 1",
	}
	if diff := cmp.Diff(wantPolicies, groups(summary.GetByPolicy())); diff != "" {
		t.Errorf("by policy (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{" clerk": "4 0 1 1 0 1 1 0 2 1", " ": "6 0 0 0 2 2 2 0 2 1"}, groups(summary.GetByPost())); diff != "" {
		t.Errorf("by post (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"grade high": "4 0 1 1 0 1 1 0 2 1"}, groups(summary.GetByCategory())); diff != "" {
		t.Errorf("by category (-want +got):\n%s", diff)
	}
	if live := summary.GetLive(); live.GetDigestBefore() != live.GetDigestAfter() || live.GetWorkedMeanwhile() || len(live.GetDigestBefore()) != 64 {
		t.Errorf("live tables: %v", live)
	}
	if summary.GetComplaintCount() != 3 || summary.GetDifferencesCut() || summary.GetDigest() != procedure.Digest(x.longer()) {
		t.Errorf("summary: %v", summary)
	}
}

func TestAnotherCalendarTakesThePlaceOfTheEditionsOwn(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "testdata/tried.yaml", "2026-03-02 09:00")
	names := x.lived()
	mornings := proto.CloneOf(x.pack.GetCalendars()[0])
	mornings.Week[0].Hours = []string{"09:00-12:00"}
	req := &slatimerv1.SimulatePolicyRequest{
		Edition:  &slatimerv1.SimulatePolicyRequest_Digest{Digest: procedure.Digest(x.pack)},
		Calendar: mornings, DifferenceLimit: 2,
	}
	list, summary, err := x.simulate(req)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || !summary.GetDifferencesCut() {
		t.Errorf("%d differences are listed of three, cut %v; want two and true", len(list), summary.GetDifferencesCut())
	}
	req.DifferenceLimit = 10
	req.ReceiveTimeTo = timestamppb.New(at("2026-03-02 17:30")) // the end is not in the window: the running one is left out
	if list, summary, err = x.simulate(req); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"early answer/1 [] DUE_MOVED: 03-02 15:00 MET -> 03-03 11:00 MET",
		"late answer/1 [clerk] BREACH_WON: 03-02 15:00 BREACHED -> 03-03 11:00 MET",
	}
	if diff := cmp.Diff(want, tellDifferences(list, names)); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if got := counts(summary.GetTotal()); got != "5 3 1 0 1 0 0 0 3 2" {
		t.Errorf("total %s", got)
	}
}

func TestWhatCannotBeSimulatedIsRefused(t *testing.T) {
	t.Parallel()
	x := newTrial(t, "testdata/tried.yaml", "2026-03-02 09:00")
	x.lived()
	unsound := x.longer()
	unsound.Clocks[0].Calendar = "nowhere"
	strange := proto.CloneOf(x.pack.GetCalendars()[0])
	strange.Key = "strange"
	draft := &slatimerv1.SimulatePolicyRequest_Draft{Draft: x.longer()}
	tests := []struct {
		name string
		req  *slatimerv1.SimulatePolicyRequest
		says []string
	}{
		{"a draft that does not compile", &slatimerv1.SimulatePolicyRequest{Edition: &slatimerv1.SimulatePolicyRequest_Draft{Draft: unsound}},
			[]string{"InvalidArgument", "PROCEDURE_INVALID", "there is no calendar", "draft.clocks[answer]"}},
		{"an edition that is not there", &slatimerv1.SimulatePolicyRequest{Edition: &slatimerv1.SimulatePolicyRequest_Digest{Digest: strings.Repeat("0", 64)}},
			[]string{"NotFound", "EDITION_NOT_FOUND", "procedure list"}},
		{"a calendar that it has not", &slatimerv1.SimulatePolicyRequest{Edition: draft, Calendar: strange},
			[]string{"InvalidArgument", "CALENDAR_UNKNOWN", "office"}},
		{"a window that ends before it begins", &slatimerv1.SimulatePolicyRequest{Edition: draft, ReceiveTimeFrom: timestamppb.New(at("2026-03-02 10:00")),
			ReceiveTimeTo: timestamppb.New(at("2026-03-02 10:00"))}, []string{"InvalidArgument", "receive_time_to"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := x.simulate(tt.req)
			wantStatus(t, err, tt.says...)
		})
	}
}
