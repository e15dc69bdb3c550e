package procedure

import (
	"slices"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Report is a set of tables of figures, made for every period.
type Report struct {
	Key    string
	Name   Label
	Period ReportPeriod
	Tables []ReportTable
	// Recipients are the posts that get it; the others prepare, review and approve it.
	Recipients                         []string
	PreparedBy, ReviewedBy, ApprovedBy []string
	// Clauses are the requirements that it comes from.
	Clauses []string
}

// ReportTable is one table: a line for each group, a column for each figure.
type ReportTable struct {
	Key  string
	Name Label
	// Metrics are their keys, GroupBy what Groupings knows.
	Metrics, GroupBy []string
}

// ReportPeriod is a span of the calendar.
type ReportPeriod int

// The periods.
const (
	Daily     = ReportPeriod(procedurev1.ReportPeriod_REPORT_PERIOD_DAY)
	Weekly    = ReportPeriod(procedurev1.ReportPeriod_REPORT_PERIOD_WEEK)
	Monthly   = ReportPeriod(procedurev1.ReportPeriod_REPORT_PERIOD_MONTH)
	Quarterly = ReportPeriod(procedurev1.ReportPeriod_REPORT_PERIOD_QUARTER)
	Yearly    = ReportPeriod(procedurev1.ReportPeriod_REPORT_PERIOD_YEAR)
)

// posts returns all posts that have to do with it.
func (r *Report) posts() []string {
	return slices.Concat(r.Recipients, r.PreparedBy, r.ReviewedBy, r.ApprovedBy)
}
