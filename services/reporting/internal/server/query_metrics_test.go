package server_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
)

// TestMonthlyRates is T-S1-08: of five complaints of a line in a month headquarters has spoken with four, so the rate is 4/5 = 80 %.
func TestMonthlyRates(t *testing.T) {
	t.Parallel()
	h := open(t)
	var evs []events.Event
	for n := range 5 {
		evs = append(evs, event(t, n, 24*n, registered(h.newer, n, "hotline", "f1")))
		if n < 4 {
			evs = append(evs, event(t, n, 24*n+1, &intakev1.ContactRecorded{Outbound: true, Purpose: "response"}))
		}
	}
	evs = append(evs, event(t, 9, 24*30, registered(h.newer, 9, "hotline", "f1"))) // in April
	evs = append(evs, event(t, 0, 2, &routingv1.ComplaintClassified{Round: 1, Values: map[string]string{"grade": "high"}}))
	h.fold(t, evs, 4)
	row := func(numerator, n int64, perCent string, group ...string) *reportingv1.MetricRow {
		return &reportingv1.MetricRow{Group: group, ComplaintCount: n, Values: []*reportingv1.MetricValue{
			{Metric: "contacted", Numerator: numerator, Denominator: n, Rate: true, PerCent: perCent},
		}}
	}
	tests := []struct {
		name string
		req  *reportingv1.QueryMetricsRequest
		want []*reportingv1.MetricRow
	}{
		{"by month", &reportingv1.QueryMetricsRequest{GroupBy: []string{"month", "fields.line"}}, []*reportingv1.MetricRow{row(4, 5, "80", "2026-03", "f1"), row(0, 1, "0", "2026-04", "f1")}},
		{"of March", &reportingv1.QueryMetricsRequest{
			GroupBy: []string{"month", "fields.line"}, ReceiveTimeFrom: timestamppb.New(at(0)), ReceiveTimeTo: timestamppb.New(at(24 * 30)),
		}, []*reportingv1.MetricRow{row(4, 5, "80", "2026-03", "f1")}},
		{"by grade, which most do not have yet", &reportingv1.QueryMetricsRequest{GroupBy: []string{"values.grade", "flow"}}, []*reportingv1.MetricRow{
			row(3, 5, "60", "", "direct"), row(1, 1, "100", "high", "direct"),
		}},
		{"of no time", &reportingv1.QueryMetricsRequest{ReceiveTimeTo: timestamppb.New(at(-1))}, nil},
	}
	for _, tt := range tests {
		tt.req.Procedure, tt.req.Metrics = "figures", []string{"contacted"}
		if diff := cmp.Diff(tt.want, h.query(t, tt.req).GetRows(), protocmp.Transform()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
}

// TestTimelyReplyRate is T-S1-07: of six slips five were answered in time, which is 83 %.
func TestTimelyReplyRate(t *testing.T) {
	t.Parallel()
	h := open(t)
	var evs []events.Event
	for n := range 6 {
		clock := id(100 + n)
		evs = append(evs, event(t, n, 0, registered(h.newer, n, "hotline", "x")), event(t, n, 0, &slatimerv1.ClockStarted{ClockId: clock, Policy: "reply", Round: 1}))
		if n == 3 {
			evs = append(evs, event(t, n, 48, &slatimerv1.ClockBreached{ClockId: clock, Policy: "reply", Round: 1}))
			continue
		}
		evs = append(evs, event(t, n, 47, &slatimerv1.ClockMet{ClockId: clock, Policy: "reply", Round: 1}))
	}
	h.fold(t, evs, 100)
	got := h.query(t, &reportingv1.QueryMetricsRequest{Procedure: "figures", Metrics: []string{"in_time"}}).GetRows()[0].GetValues()[0]
	want := &reportingv1.MetricValue{Metric: "in_time", Numerator: 5, Denominator: 6, Rate: true, PerCent: "83"}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestQueryMetricsRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.fold(t, []events.Event{event(t, 1, 0, registered(h.newer, 1, "web", "door"))}, 1)
	tests := []struct {
		name          string
		tenant        string
		req           *reportingv1.QueryMetricsRequest
		reason, field string
	}{
		{"a procedure without complaints", "default", &reportingv1.QueryMetricsRequest{Procedure: "none"}, "PROCEDURE_UNKNOWN", "procedure"},
		{"another tenant's procedure", "other", &reportingv1.QueryMetricsRequest{Procedure: "figures"}, "PROCEDURE_UNKNOWN", "procedure"},
		{"a metric that there is not", "default", &reportingv1.QueryMetricsRequest{Procedure: "figures", Metrics: []string{"closed", "none"}}, "METRIC_UNKNOWN", "metrics[1]"},
		{"a group that there is not", "default", &reportingv1.QueryMetricsRequest{Procedure: "figures", GroupBy: []string{"fields.cost"}}, "GROUP_UNKNOWN", "group_by[0]"},
		{"a column that is none of theirs", "default", &reportingv1.QueryMetricsRequest{Procedure: "figures", GroupBy: []string{"month", "tenant"}}, "GROUP_UNKNOWN", "group_by[1]"},
		{"what is no time", "default", &reportingv1.QueryMetricsRequest{Procedure: "figures", ReceiveTimeTo: &timestamppb.Timestamp{Seconds: 1 << 44}}, "REQUEST_INVALID", "receive_time_to"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := h.QueryMetrics(caller(t, tt.tenant), tt.req)
			var f *fault.Error
			if !errors.As(err, &f) || f.Reason != tt.reason || f.Meta["field"] != tt.field {
				t.Errorf("error %#v, want %s at %s", err, tt.reason, tt.field)
			}
		})
	}
}
