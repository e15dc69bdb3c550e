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

// GroupName returns what people call a grouping: the field's name for "fields.line".
func (p *Procedure) GroupName(by string) Label {
	switch by {
	case "month":
		return Label{Zh: "月份", En: "Month"}
	case "channel":
		return Label{Zh: "渠道", En: "Channel"}
	case "flow":
		return Label{Zh: "流程", En: "Flow"}
	}
	if f, ok := p.grouped(by); ok && f.Name != (Label{}) {
		return f.Name
	}
	_, key, _ := strings.Cut(by, ".")
	return Label{Zh: key, En: key}
}

// GroupValue returns what people call a code of a grouping: the term's name where the field has a vocabulary, else the code.
func (p *Procedure) GroupValue(by, code string) Label {
	name := Label{}
	switch f, isField := p.grouped(by); {
	case isField && f.vocabulary != nil:
		t, _ := f.vocabulary.Term(code)
		name = t.Name
	case by == "channel":
		if v, ok := p.Vocabulary("channel"); ok {
			t, _ := v.Term(code)
			name = t.Name
		}
	case by == "flow":
		if f, ok := p.Flow(code); ok {
			name = f.Name
		}
	}
	if name == (Label{}) {
		return Label{Zh: code, En: code}
	}
	return name
}

// grouped returns the field, of a complaint or of a step's form, that a grouping is by.
func (p *Procedure) grouped(by string) (Field, bool) {
	if key, ok := strings.CutPrefix(by, "fields."); ok {
		return p.Field(key)
	}
	answer, _ := strings.CutPrefix(by, "answers.")
	step, key, _ := strings.Cut(answer, ".")
	for _, f := range p.Flows {
		if s, ok := f.Step(step); ok {
			if field, ok := find(s.Form, key, func(f Field) string { return f.Key }); ok {
				return field, true
			}
		}
	}
	return Field{}, false
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
			Clauses: in.GetClauses(),
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
