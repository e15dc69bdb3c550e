package cases

import (
	"context"
	"strings"

	"go.yaml.in/yaml/v3"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/procedure"
)

// wholeTable is how an author names the line of a table that is not grouped.
const wholeTable = "all"

// reports checks a report: {report, period, tables: {table: {group: {metric: 5/6 = 83 %}}}}. A group of several names is written "a, b".
func (s *storyteller) reports(n *yaml.Node) []check {
	if n == nil {
		return nil
	}
	m := s.mapping(n, "a report", "report", "period", "tables")
	known := keys(s.compiled.Reports, func(r *procedure.Report) string { return r.Key })
	if m == nil || m["report"] == nil || m["period"] == nil || m["tables"] == nil {
		s.find(n, "a report is {report: %s, period: 2026-03, tables: {…}}", list(known))
		return nil
	}
	if !s.oneOf(m["report"], "report", known) {
		return nil
	}
	report, _ := s.compiled.Report(m["report"].Value)
	req := &reportingv1.GetReportRequest{Procedure: s.compiled.Code, Report: report.Key, Period: s.text(m["period"])}
	var out []check
	for table, groups := range s.entries(m["tables"], "table", keys(report.Tables, func(t procedure.ReportTable) string { return t.Key })) {
		for group, figures := range pairs(groups) {
			for metric, value := range s.entries(figures, "metric", s.words.metrics) {
				what := strings.Join([]string{"report", report.Key, table.Value, group.Value, metric.Value}, " ")
				out = append(out, equal(value, what, s.text(value), func(ctx context.Context, v *view) (string, error) {
					resp, err := v.api.reports.GetReport(ctx, req, v.viewer())
					return reported(resp, table.Value, group.Value, metric.Value), err
				}))
			}
		}
	}
	if len(out) == 0 {
		s.find(n, "say what its tables must show: tables: {lines: {cabinet: {complaints: 3}}}")
	}
	return out
}

// reported returns a figure of a report as authors write it: "5/6 = 83 %", "6", or that there is no such line.
func reported(resp *reportingv1.GetReportResponse, table, group, metric string) string {
	for _, t := range resp.GetTables() {
		for _, row := range t.GetRows() {
			name := strings.Join(row.GetGroup(), ", ")
			if t.GetKey() != table || name != group && (len(row.GetGroup()) > 0 || group != wholeTable) {
				continue
			}
			for _, v := range row.GetValues() {
				if v.GetMetric() == metric {
					return figureWords(v)
				}
			}
		}
	}
	return nothing
}
