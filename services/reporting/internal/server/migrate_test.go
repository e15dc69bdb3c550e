package server_test

import (
	"testing"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/procedure"
)

// A complaint that was moved counts in the figures of its new edition, with all that happened before, and its timeline says so.
func TestFiguresFollowAMigration(t *testing.T) {
	t.Parallel()
	for _, size := range []int{1, 100} {
		h := open(t)
		to := &typev1.Edition{Procedure: "figures", Edition: "2", Digest: procedure.Digest(h.newer)}
		h.fold(t, []events.Event{
			event(t, 1, 0, registered(h.older, 1, "web", "door")),
			event(t, 2, 0, registered(h.older, 2, "web", "door")),
			event(t, 1, 1, &slatimerv1.ClockStarted{ClockId: id(7), Policy: "reply", Round: 1}),
			event(t, 1, 2, &routingv1.ComplaintMigrated{
				FromEdition: &typev1.Edition{Procedure: "figures", Edition: "1"}, ToEdition: to, Reason: "policy_corrected", Round: 1, Values: map[string]string{"grade": "high"},
			}),
			event(t, 1, 3, &slatimerv1.ClockMet{ClockId: id(7), Policy: "reply", Round: 1}),
		}, size)
		resp, err := h.QueryMetrics(caller(t, "default"), &reportingv1.QueryMetricsRequest{Procedure: "figures"})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int64{}
		for _, row := range resp.GetRows() {
			for _, v := range row.GetValues() {
				got[v.GetMetric()] += v.GetNumerator()
			}
		}
		// Only the new edition counts rounds; the older one's complaint is no part of that, of all else it is.
		for metric, want := range map[string]int64{"rounds": 1, "complaints": 2, "in_time": 1, "grave": 1} {
			if got[metric] != want {
				t.Errorf("%s is %d, want %d (%v)", metric, got[metric], want, got)
			}
		}
		line, err := h.GetTimeline(caller(t, "default"), &reportingv1.GetTimelineRequest{ComplaintId: id(1)})
		if err != nil {
			t.Fatal(err)
		}
		found := false
		for _, e := range line.GetEntries() {
			found = found || e.GetType() == "redress.routing.v1.ComplaintMigrated" && e.GetSubject() == "2" && e.GetDetail() == "from 1, policy_corrected" && e.GetActor() == "person:li"
		}
		if !found {
			t.Errorf("the timeline does not say that it was moved: %v", line.GetEntries())
		}
	}
}
