package cli

import (
	"fmt"
	"slices"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
)

type reportCmd struct {
	Figures figuresCmd     `cmd:"" default:"withargs" help:"Add up figures; the word may be left out."`
	List    reportListCmd  `cmd:"" help:"List the reports that a procedure asks for."`
	Show    reportDraftCmd `cmd:"" help:"Work out a report of a period from the figures there are now."`
}

type figuresCmd struct {
	Procedure string   `arg:"" help:"Code of the procedure."`
	By        []string `help:"What to group by: month, channel, flow, fields.<key>, values.<target>, answers.<step>.<field>." default:"month"`
	Metric    []string `help:"Keys of metrics; default all."`
	From      string   `help:"Received at or after." placeholder:"TIME"`
	To        string   `help:"Received before." placeholder:"TIME"`
}

// Help teaches by an example that works on the suite that make run started.
func (figuresCmd) Help() string {
	return `Example:
  redressctl report consumer-finance --by month,fields.product --from 2023-01-01 --to 2023-04-01`
}

// Run prints the figures: counts as they are, rates as numerator/denominator and in per cent, as the procedure rounds them.
func (c figuresCmd) Run(e *env) error {
	from, err := timestamp("from", c.From)
	if err != nil {
		return err
	}
	to, err := timestamp("to", c.To)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Reporting, reportingv1.NewReportingServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.QueryMetrics(e.ctx, &reportingv1.QueryMetricsRequest{
		Procedure: c.Procedure, Metrics: c.Metric, ReceiveTimeFrom: from, ReceiveTimeTo: to, GroupBy: c.By,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		header := append(slices.Clone(c.By), "in all")
		var rows [][]string
		for i, r := range resp.GetRows() {
			line := append(slices.Clone(r.GetGroup()), fmt.Sprint(r.GetComplaintCount()))
			for _, v := range r.GetValues() {
				if i == 0 {
					header = append(header, v.GetMetric())
				}
				line = append(line, figure(v))
			}
			rows = append(rows, line)
		}
		var numeric []int
		for n := len(c.By); n < len(header); n++ {
			numeric = append(numeric, n)
		}
		e.print.table("complaints in this span", header, rows, numeric...)
	})
}

// figure prints one metric of one group; "–" is a rate of no case.
func figure(v *reportingv1.MetricValue) string {
	switch {
	case !v.GetRate():
		return fmt.Sprint(v.GetNumerator())
	case v.GetPerCent() == "":
		return "–"
	}
	return fmt.Sprintf("%d/%d = %s %%", v.GetNumerator(), v.GetDenominator(), v.GetPerCent())
}
