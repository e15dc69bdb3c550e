package procedure

import (
	"slices"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// compileMetrics takes over the figures; they see what became of a complaint besides its facts.
func (c *compiler) compileMetrics() {
	for _, in := range c.in.GetMetrics() {
		path := at("metrics", in.GetKey())
		c.groups(path+".group_by", in.GetGroupBy())
		c.out.Metrics = append(c.out.Metrics, &Metric{
			Key: in.GetKey(), Name: label(in.GetName()), Basis: MetricBasis(in.GetBasis()), GroupBy: in.GetGroupBy(),
			when:        c.compileIn(c.measure, path+".when", in.GetWhen(), wantTruth),
			numerator:   c.compileIn(c.measure, path+".numerator", in.GetNumerator(), wantCount),
			denominator: c.compileIn(c.measure, path+".denominator", in.GetDenominator(), wantCount),
			decimals:    int(in.GetDecimals()),
		})
	}
	unique(c, "metrics", c.out.Metrics, func(m *Metric) string { return m.Key })
}

// Groupings returns what the figures of the procedure can be grouped by: "month", "channel", "flow", code fields "fields.<key>", what
// rules work out "values.<target>", and codes that work records "answers.<step>.<field>".
func (p *Procedure) Groupings() []string {
	known := []string{"month", "channel", "flow"}
	for _, f := range p.Fields {
		if f.Kind == KindCode {
			known = append(known, "fields."+f.Key)
		}
	}
	for _, r := range p.source.GetRules() {
		known = append(known, "values."+r.GetTarget())
	}
	for _, f := range p.Flows {
		for _, s := range f.Steps {
			for _, answer := range s.Form {
				if answer.Kind == KindCode {
					known = append(known, "answers."+s.Key+"."+answer.Key)
				}
			}
			if s.Kind == Question || s.Kind == Approval {
				known = append(known, "answers."+s.Key+"."+Outcome)
			}
		}
	}
	slices.Sort(known[3:]) // flows may share steps
	return slices.Compact(known)
}

// groups reports names that figures cannot be grouped by.
func (c *compiler) groups(path string, names []string) {
	known := c.out.Groupings()
	for _, name := range names {
		if !slices.Contains(known, name) {
			c.found(GroupUnknown, path, "figures cannot be grouped by %q; they can by %s", name, strings.Join(known, ", "))
		}
	}
}

// compileReports takes over the reports; posts and metrics are known by then.
func (c *compiler) compileReports() {
	for _, in := range c.in.GetReports() {
		path := at("reports", in.GetKey())
		r := &Report{
			Key: in.GetKey(), Name: label(in.GetName()), Period: ReportPeriod(in.GetPeriod()), Recipients: in.GetRecipients(),
			PreparedBy: in.GetPreparedBy(), ReviewedBy: in.GetReviewedBy(), ApprovedBy: in.GetApprovedBy(),
		}
		for _, post := range r.posts() {
			c.knownPost(path, post)
		}
		for _, t := range in.GetTables() {
			r.Tables = append(r.Tables, c.reportTable(at(path+".tables", t.GetKey()), t))
		}
		unique(c, path+".tables", r.Tables, func(t ReportTable) string { return t.Key })
		c.out.Reports = append(c.out.Reports, r)
	}
	unique(c, "reports", c.out.Reports, func(r *Report) string { return r.Key })
}

// reportTable takes over a table; it groups a figure only by what the figure may be grouped by.
func (c *compiler) reportTable(path string, in *procedurev1.ReportTable) ReportTable {
	c.groups(path+".group_by", in.GetGroupBy())
	for _, key := range in.GetMetrics() {
		m, ok := c.out.Metric(key)
		if !ok {
			c.found(MetricUnknown, path+".metrics", "there is no metric %q; add it to metrics, or name one of them", key)
			continue
		}
		for _, by := range in.GetGroupBy() {
			if !m.Groups(by) {
				c.found(GroupUnknown, path+".group_by", "the metric %s may not be grouped by %s; it may by %s", key, by, strings.Join(m.GroupBy, ", "))
			}
		}
	}
	return ReportTable{Key: in.GetKey(), Name: label(in.GetName()), Metrics: in.GetMetrics(), GroupBy: in.GetGroupBy()}
}
