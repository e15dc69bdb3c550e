package demo

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

const (
	// maxNamed is how many differences are named at the end.
	maxNamed = 10
	// productWidth keeps the table of groups within 140 columns. A longer name goes on in the next line: cut, two could look the same.
	productWidth = 36
)

// differences says where the suite's figures are not the reference's, by month and product.
func differences(suite, reference map[Group]Counts) []string {
	var diffs []string
	for _, g := range groups(suite, reference) {
		got, want := suite[g].list(), reference[g].list()
		for i, name := range countNames {
			if got[i] != want[i] {
				diffs = append(diffs, fmt.Sprintf("%s, %s: %s %d, reference %d", g.Month, g.Product, name, got[i], want[i]))
			}
		}
	}
	return diffs
}

// countNames are the names of what list returns.
var countNames = []string{"complaints", "in time", "late", "disputed", "not disputed"}

func (c Counts) list() []int64 {
	return []int64{c.Complaints, c.InTime, c.Late, c.Disputed, c.NotDisputed}
}

// printGroups prints every group's figures, the reference's beside each.
func printGroups(out io.Writer, suite, reference map[Group]Counts) {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Format.Footer = text.FormatDefault
	header := table.Row{"month", "product"}
	for _, name := range countNames {
		header = append(header, strings.ReplaceAll(name, " ", "\n"), "ref.")
	}
	t.AppendHeader(header)
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, WidthMax: productWidth, WidthMaxEnforcer: text.WrapSoft}})
	var suiteSum, refSum Counts
	for _, g := range groups(suite, reference) {
		t.AppendRow(groupRow(g.Month, g.Product, suite[g], reference[g]))
		suiteSum, refSum = suiteSum.plus(suite[g]), refSum.plus(reference[g])
	}
	t.AppendFooter(groupRow("all", "", suiteSum, refSum))
	t.Render()
}

func groupRow(month, product string, suite, reference Counts) table.Row {
	row := table.Row{month, product}
	got, want := suite.list(), reference.list()
	for i := range got {
		row = append(row, got[i], want[i])
	}
	return row
}

// printTotals prints what came of the replay.
func printTotals(out io.Writer, f figures, records int, elapsed time.Duration) {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	x := f.totals
	t.AppendRows([]table.Row{
		{"complaints in", x.GetRegisteredCount()},
		{"routed", x.GetRoutedCount()},
		{"clocks started", x.GetClockStartedCount()},
		{"clocks met", x.GetClockMetCount()},
		{"clocks breached", x.GetClockBreachedCount()},
		{"clocks cancelled", x.GetClockCancelledCount()},
		{"visits", x.GetVisitCount()},
		{"closed", x.GetClosedCount()},
		{"reopened", x.GetReopenedCount()},
		{"withdrawn", x.GetWithdrawnCount()},
		{"replay", elapsed.Round(100 * time.Millisecond).String()},
		{"complaints a second end to end", fmt.Sprintf("%.0f", float64(records)/elapsed.Seconds())},
	})
	t.SetColumnConfigs([]table.ColumnConfig{{Number: 2, Align: text.AlignRight}})
	t.Render()
}

// verdict is the last line under the table: equal, or what differs.
func verdict(suite, reference map[Group]Counts) (text string, equal bool) {
	diffs := differences(suite, reference)
	if len(diffs) == 0 {
		return fmt.Sprintf("%d groups of month x product, %d figures each: equal to the reference", len(reference), len(countNames)), true
	}
	named := diffs
	if len(named) > maxNamed {
		named = append(named[:maxNamed:maxNamed], fmt.Sprintf("and %d more", len(diffs)-maxNamed))
	}
	return "NOT equal to the reference:\n  " + strings.Join(named, "\n  "), false
}
