package cli

import (
	"fmt"
	"slices"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
)

type reportListCmd struct {
	Procedure string `arg:"" help:"Code of the procedure."`
}

// Run lists what reports there are, who makes, releases and gets them.
func (c reportListCmd) Run(e *env) error {
	api, err := client(e, e.conn.Reporting, reportingv1.NewReportServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListReports(e.ctx, &reportingv1.ListReportsRequest{Procedure: c.Procedure})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, r := range resp.GetReports() {
			rows = append(rows, []string{
				r.GetKey(), bothNames(r.GetName()), word(r.GetPeriod(), "REPORT_PERIOD_"), strings.Join(r.GetPreparedBy(), ", "),
				strings.Join(slices.Concat(r.GetReviewedBy(), r.GetApprovedBy()), ", "), strings.Join(r.GetRecipients(), ", "),
				strings.Join(r.GetClauses(), ", "),
			})
		}
		e.print.table("reports of this procedure", []string{"report", "name", "every", "prepared by", "reviewed, approved by", "recipients", "clauses"}, rows)
	})
}

type reportDraftCmd struct {
	Procedure string `arg:"" help:"Code of the procedure."`
	Report    string `arg:"" help:"Key of the report."`
	Period    string `arg:"" help:"The period: 2026-03-06, 2026-W10, 2026-03, 2026-Q1 or 2026, as the report is made."`
	CSV       bool   `name:"csv" help:"Print the tables as CSV, for a spreadsheet."`
}

// Help teaches by an example.
func (reportDraftCmd) Help() string {
	return `Example:
  redressctl report show home-furnishing monthly 2026-03 --csv > march.csv`
}

// Run prints the tables of a draft.
func (c reportDraftCmd) Run(e *env) error {
	api, err := client(e, e.conn.Reporting, reportingv1.NewReportServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.GetReport(e.ctx, &reportingv1.GetReportRequest{Procedure: c.Procedure, Report: c.Report, Period: c.Period})
	if err != nil {
		return err
	}
	if c.CSV {
		_, err := fmt.Fprint(e.print.w, resp.GetCsv())
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintf(e.print.w, "%s, %s (a draft)\n", bothNames(resp.GetReport().GetName()), c.Period)
		for _, t := range resp.GetTables() {
			e.print.heading(bothNames(t.GetName()))
			e.print.draftTable(t)
		}
	})
}

func (p printer) draftTable(t *reportingv1.DraftTable) {
	var header []string
	var numeric []int
	for _, name := range t.GetGroupNames() {
		header = append(header, oneName(name))
	}
	for _, name := range t.GetMetricNames() {
		numeric = append(numeric, len(header))
		header = append(header, oneName(name))
	}
	var rows [][]string
	for _, r := range t.GetRows() {
		line := slices.Clone(r.GetGroup())
		for _, v := range r.GetValues() {
			line = append(line, figure(v))
		}
		rows = append(rows, line)
	}
	p.table("complaints in this period", header, rows, numeric...)
}

// oneName returns the Chinese name, or the English one where there is none.
func oneName(l *procedurev1.Label) string {
	if l.GetZh() != "" {
		return l.GetZh()
	}
	return l.GetEn()
}

// bothNames returns a label in both languages.
func bothNames(l *procedurev1.Label) string {
	if l.GetZh() == "" || l.GetEn() == "" {
		return l.GetZh() + l.GetEn()
	}
	return l.GetZh() + " / " + l.GetEn()
}
