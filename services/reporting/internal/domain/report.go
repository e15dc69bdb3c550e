package domain

import (
	"encoding/csv"
	"strconv"
	"strings"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// ReasonReportUnknown is the reason of the fault of a report that there is not.
const ReasonReportUnknown = "REPORT_UNKNOWN"

// FindReport returns the report with a key, or the fault REPORT_UNKNOWN.
func FindReport(p *procedure.Procedure, key string) (*procedure.Report, error) {
	if r, ok := p.Report(key); ok {
		return r, nil
	}
	names := keyList(p.Reports, func(r *procedure.Report) string { return r.Key })
	return nil, fault.New(fault.NotFound, ReasonReportUnknown, "the procedure has no report %q; it has %s", key, names).At("report").With("known", names)
}

// Table is a table of a report with its figures.
type Table struct {
	procedure.ReportTable
	Rows []Row
}

// CSV writes tables for a spreadsheet: names instead of codes, counts as numbers, rates as the source prints them, "5/6=83%", and "–" for
// a rate of no case. p is the newest edition, whose report it is.
func CSV(p *procedure.Procedure, tables []Table) string {
	var b strings.Builder
	w := csv.NewWriter(&b)
	line := func(cells ...string) {
		for i := range cells {
			cells[i] = plain(cells[i])
		}
		_ = w.Write(cells) // a strings.Builder takes everything
	}
	for i, t := range tables {
		if i > 0 {
			line("")
		}
		line(t.Name.String())
		var header []string
		for _, by := range t.GroupBy {
			header = append(header, p.GroupName(by).String())
		}
		for _, key := range t.Metrics {
			m, _ := p.Metric(key) // Compile has seen that it exists
			header = append(header, nameOr(m.Name, key))
		}
		line(header...)
		for _, row := range t.Rows {
			var cells []string
			for j, by := range t.GroupBy {
				cells = append(cells, p.GroupValue(by, row.Group[j]).String())
			}
			for j, key := range t.Metrics {
				cells = append(cells, cell(p, key, row.Shares[j]))
			}
			line(cells...)
		}
	}
	w.Flush()
	return b.String()
}

// cell writes one figure.
func cell(p *procedure.Procedure, key string, s Share) string {
	m, _ := p.Metric(key)
	numerator := strconv.FormatInt(s.Numerator, 10)
	if !m.Rate() {
		return numerator
	}
	perCent := m.PerCent(s.Numerator, s.Denominator)
	if perCent == "" {
		return "–"
	}
	return numerator + "/" + strconv.FormatInt(s.Denominator, 10) + "=" + perCent + "%"
}

func nameOr(name procedure.Label, key string) string {
	if s := name.String(); s != "" {
		return s
	}
	return key
}

// plain keeps a spreadsheet from taking a code for a formula. A number may be negative.
func plain(s string) string {
	if _, err := strconv.Atoi(s); err != nil && s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}
