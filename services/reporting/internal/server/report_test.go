package server_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/events"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestReport(t *testing.T) {
	t.Parallel()
	h := open(t)
	var evs []events.Event
	for n := range 6 { // five in March, of which two by a line that looks like a formula; one in April
		clock, hour, line := id(100+n), 24*n, []string{"door", "=1+1"}[n%2]
		if n == 5 {
			hour = 24 * 30
		}
		evs = append(evs, event(t, n, hour, registered(h.newer, n, "web", line)), event(t, n, hour, &slatimerv1.ClockStarted{ClockId: clock, Policy: "reply", Round: 1}))
		if n != 2 {
			evs = append(evs, event(t, n, hour+1, &slatimerv1.ClockMet{ClockId: clock, Policy: "reply", Round: 1}))
		}
	}
	h.fold(t, evs, 100)
	got, err := h.GetReport(caller(t, "default"), &reportingv1.GetReportRequest{Procedure: "figures", Report: "monthly", Period: "2026-03"})
	if err != nil {
		t.Fatal(err)
	}
	value := func(metric string, n, d int64, perCent string) *reportingv1.MetricValue {
		return &reportingv1.MetricValue{Metric: metric, Numerator: n, Denominator: d, Rate: d > 0, PerCent: perCent}
	}
	want := []*reportingv1.MetricRow{
		{Group: []string{"=1+1", "direct"}, ComplaintCount: 2, Values: []*reportingv1.MetricValue{value("complaints", 2, 0, ""), value("in_time", 2, 2, "100")}},
		{Group: []string{"door", "direct"}, ComplaintCount: 3, Values: []*reportingv1.MetricValue{value("complaints", 3, 0, ""), value("in_time", 2, 3, "67")}},
	}
	if diff := cmp.Diff(want, got.GetTables()[0].GetRows(), protocmp.Transform()); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	zone := at(-10) // midnight of March 6 in Shanghai
	if from, to := zone.AddDate(0, 0, -5), zone.AddDate(0, 0, 26); !got.GetStartTime().AsTime().Equal(from) || !got.GetEndTime().AsTime().Equal(to) {
		t.Errorf("it is of %v to %v, want %v to %v", got.GetStartTime().AsTime(), got.GetEndTime().AsTime(), from, to)
	}
	golden(t, "monthly.csv", got.GetCsv())

	list, err := h.ListReports(caller(t, "default"), &reportingv1.ListReportsRequest{Procedure: "figures"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got.GetReport(), list.GetReports()[0], protocmp.Transform()); diff != "" || list.GetReports()[0].GetClauses()[0] != "S1-57" {
		t.Errorf("listed (-got +listed):\n%s", diff)
	}
	// The same figures by the metrics' own RPC.
	rows := h.query(t, &reportingv1.QueryMetricsRequest{
		Procedure: "figures", Metrics: []string{"complaints", "in_time"}, GroupBy: []string{"fields.line", "flow"},
		ReceiveTimeFrom: got.GetStartTime(), ReceiveTimeTo: timestamppb.New(got.GetEndTime().AsTime()),
	}).GetRows()
	if diff := cmp.Diff(rows, got.GetTables()[0].GetRows(), protocmp.Transform()); diff != "" {
		t.Errorf("QueryMetrics gives other figures (-query +report):\n%s", diff)
	}
}

func TestReportsRefuse(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.fold(t, []events.Event{event(t, 1, 0, registered(h.newer, 1, "web", "door"))}, 1)
	for _, tt := range []struct{ procedure, report, period, reason string }{
		{"none", "monthly", "2026-03", "PROCEDURE_UNKNOWN"},
		{"figures", "none", "2026-03", "REPORT_UNKNOWN"},
		{"figures", "monthly", "2026-W10", "PERIOD_INVALID"},
	} {
		_, err := h.GetReport(caller(t, "default"), &reportingv1.GetReportRequest{Procedure: tt.procedure, Report: tt.report, Period: tt.period})
		if reasonOf(err) != tt.reason {
			t.Errorf("%+v: error %v", tt, err)
		}
	}
}

// golden compares with a file; -update rewrites it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}
