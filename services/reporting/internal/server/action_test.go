package server_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/procedure"
)

// withActions is an edition whose complaints lead to actions.
func withActions(t *testing.T) *procedurev1.Procedure {
	t.Helper()
	const metrics = "- {key: capas, numerator: actions.capa.opened}\n- {key: capas_done, numerator: actions.capa.closed, denominator: actions.capa.opened - actions.capa.cancelled}"
	const actions = `
actions:
- {key: capa, name: {en: CAPA}, numbering: CAPA, many: true, steps: [{key: analyse, task: {assignee: {post: agent}}}], closing: [{work_completed: analyse}]}
`
	p, err := procedure.Parse([]byte(fmt.Sprintf(pack, "3", metrics) + actions))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// Events about actions come twice and in any order: the complaint counts each opening and each end once, the action has a timeline and
// is no complaint of any figure.
func TestActionsAreCountedOnceAndAreNoComplaints(t *testing.T) {
	t.Parallel()
	h := open(t)
	acts := withActions(t)
	h.publish(acts)
	in := eventstest.Deliver(t, h.pool, h.Fold, eventstest.Twice(), eventstest.Shuffled(), eventstest.BatchSize(2))
	edition := &typev1.Edition{Procedure: "figures", Edition: "3", Digest: procedure.Digest(acts)}
	opened := func(n, complaint, hour int) []events.Draft {
		return []events.Draft{
			draft(n, hour, &followupv1.ActionOpened{Action: "capa", Number: fmt.Sprintf("F-1/CAPA-%d", n), Edition: edition, ComplaintIds: []string{id(complaint)}, Channel: "web", Flow: "direct",
				ReceiveTime: timestamppb.New(start)}),
			draft(complaint, hour, &followupv1.ComplaintActionOpened{ActionId: id(n), Action: "capa", Number: fmt.Sprintf("F-1/CAPA-%d", n), Round: 1}),
		}
	}
	ended := func(n, complaint, hour int, cancelled bool) []events.Draft {
		end := proto.Message(&followupv1.ActionClosed{Action: "capa"})
		if cancelled {
			end = &followupv1.ActionCancelled{Action: "capa", Reason: "in_error"}
		}
		return []events.Draft{draft(n, hour, end), draft(complaint, hour, &followupv1.ComplaintActionEnded{ActionId: id(n), Action: "capa", Round: 1, Cancelled: cancelled})}
	}
	theirs := draft(1, 0, registered(acts, 1, "web", "door")) // the same complaint id at another tenant's
	theirs.Tenant = "other"
	in.Deliver(draft(1, 0, registered(acts, 1, "web", "door")), draft(2, 0, registered(acts, 2, "web", "door")), theirs)
	for n := 11; n <= 13; n++ {
		in.Deliver(opened(n, 1, n-10)...)
	}
	in.Deliver(draft(11, 2, &routingv1.WorkOpened{WorkId: id(99), Step: "analyse", Round: 1, Post: "agent"}))
	in.Deliver(draft(11, 3, &slatimerv1.ClockStarted{ClockId: id(98), Policy: "work"}), draft(11, 4, &slatimerv1.ClockBreached{ClockId: id(98), Policy: "work"}))
	in.Deliver(ended(11, 1, 5, false)...)
	in.Deliver(ended(12, 1, 6, true)...)
	figures := func(tenant string) map[string]string {
		resp, err := h.QueryMetrics(caller(t, tenant), &reportingv1.QueryMetricsRequest{Procedure: "figures", Metrics: []string{"complaints", "capas", "capas_done"}})
		if err != nil || len(resp.GetRows()) != 1 {
			t.Fatalf("%v, %v", resp, err)
		}
		out := map[string]string{}
		for _, v := range resp.GetRows()[0].GetValues() {
			out[v.GetMetric()] = fmt.Sprintf("%d/%d", v.GetNumerator(), v.GetDenominator())
		}
		return out
	}
	if diff := cmp.Diff(map[string]string{"complaints": "2/0", "capas": "3/0", "capas_done": "1/2"}, figures("default")); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]string{"complaints": "1/0", "capas": "0/0", "capas_done": "0/0"}, figures("other")); diff != "" {
		t.Errorf("figures of another tenant (-want +got):\n%s", diff)
	}
	if n, err := h.GetTotals(caller(t, "default"), &reportingv1.GetTotalsRequest{}); err != nil || n.GetRegisteredCount() != 2 || n.GetRoutedCount() != 0 || n.GetClockBreachedCount() != 0 || n.GetClosedCount() != 0 {
		t.Errorf("totals %v, %v; an action's are none of a complaint's", n, err)
	}
	for n, want := range map[int]int{11: 5, 12: 2, 13: 1, 1: 6} {
		timeline, err := h.GetTimeline(caller(t, "default"), &reportingv1.GetTimelineRequest{ComplaintId: id(n)})
		if err != nil || len(timeline.GetEntries()) != want {
			t.Errorf("the timeline of %d has %d entries, %v; want %d", n, len(timeline.GetEntries()), err, want)
		}
	}
}
