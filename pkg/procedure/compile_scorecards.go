package procedure

import (
	"slices"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// compileScorecards takes over the scorecards; posts, metrics, steps and visits are known by then.
func (c *compiler) compileScorecards() {
	for _, in := range c.in.GetScorecards() {
		path := at("scorecards", in.GetKey())
		s := &Scorecard{
			Key: in.GetKey(), Name: label(in.GetName()), Subject: ScoreSubject(in.GetSubject()), Posts: in.GetPosts(), Group: in.GetGroup(), By: in.GetBy(),
			Start: c.decimal(path+".start", in.GetStart()), Floor: c.decimal(path+".floor", in.GetFloor()),
		}
		c.subject(path, s)
		for _, r := range in.GetRows() {
			s.Rows = append(s.Rows, c.scoreRow(at(path+".rows", r.GetKey()), r))
		}
		for _, b := range in.GetBonuses() {
			where := at(path+".bonuses", b.GetKey())
			row := ScoreRow{Key: b.GetKey(), Name: label(b.GetName()), Kind: ScoreUnset, Posts: []string{b.GetEnteredBy()}}
			c.knownPost(where+".entered_by", b.GetEnteredBy())
			if !b.GetUnset() {
				row.Kind, row.Each = ScoreCount, c.decimal(where+".each", b.GetEach())
			}
			s.Bonuses = append(s.Bonuses, row)
		}
		unique(c, path+".rows", slices.Concat(s.Rows, s.Bonuses), func(r ScoreRow) string { return r.Key })
		if s.Floor > s.Start {
			c.found(ScorecardInvalid, path+".floor", "the floor %s is above the start %s", s.Floor, s.Start)
		}
		c.out.Scorecards = append(c.out.Scorecards, s)
	}
	unique(c, "scorecards", c.out.Scorecards, func(s *Scorecard) string { return s.Key })
}

// subject checks whom a scorecard appraises.
func (c *compiler) subject(path string, s *Scorecard) {
	for _, post := range s.Posts {
		c.knownPost(path+".posts", post)
	}
	for _, key := range s.By {
		if _, visit := c.out.Visit(key); !visit && !slices.ContainsFunc(c.out.Flows, func(f *Flow) bool { _, ok := f.Step(key); return ok }) {
			c.found(StepUnknown, path+".by", "there is no step or visit %q", key)
		}
	}
	groups := s.Subject == ScoresGroup
	switch field, isField := strings.CutPrefix(s.Group, "fields."); {
	case groups && len(s.Posts)+len(s.By) > 0:
		c.found(ScorecardInvalid, path, "posts and by are for persons and posts; a group is a code of complaints")
	case !groups && s.Group != "":
		c.found(ScorecardInvalid, path+".group", "only groups have it; leave it out, or appraise SCORE_SUBJECT_GROUP")
	case groups:
		if f, ok := c.out.Field(field); !isField || !ok || f.Kind != KindCode {
			c.found(ScorecardInvalid, path+".group", "%q is no code field; write fields.<key> of one", s.Group)
		}
	}
}

// scoreRow takes over one row.
func (c *compiler) scoreRow(path string, in *procedurev1.ScoreRow) ScoreRow {
	r := ScoreRow{Key: in.GetKey(), Name: label(in.GetName()), Weight: c.decimal(path+".weight", in.GetWeight())}
	switch k := in.GetKind().(type) {
	case *procedurev1.ScoreRow_Ratio:
		path += ".ratio"
		r.Kind, r.Metric = ScoreMetric, k.Ratio.GetMetric()
		if post := k.Ratio.GetEnteredBy(); post != "" {
			r.Kind, r.Posts = ScoreEntered, []string{post}
		} else if m, ok := c.out.Metric(r.Metric); !ok {
			c.found(MetricUnknown, path+".metric", "there is no metric %q; add it to metrics, or let a post enter the rate", r.Metric)
		} else if !m.Rate() {
			c.found(ScorecardInvalid, path+".metric", "the metric %s is a count; name a rate, which has a denominator", r.Metric)
		}
		r.Bands = c.bands(path+".bands", k.Ratio.GetBands())
	case *procedurev1.ScoreRow_Entries:
		path += ".entries"
		r.Kind, r.Posts = ScoreCount, []string{k.Entries.GetEnteredBy()}
		r.Each, r.Cap = c.decimal(path+".each", k.Entries.GetEach()), c.decimal(path+".cap", k.Entries.GetCap())
	case *procedurev1.ScoreRow_Decided:
		path += ".decided"
		r.Kind, r.Posts, r.Cap = ScoreDecision, k.Decided.GetDecidedBy(), c.decimal(path+".cap", k.Decided.GetCap())
		if r.Min, r.Max = c.decimal(path+".min", k.Decided.GetMin()), c.decimal(path+".max", k.Decided.GetMax()); r.Min > r.Max {
			c.found(ScorecardInvalid, path, "min %s is above max %s", r.Min, r.Max)
		}
	}
	for _, post := range r.Posts {
		c.knownPost(path, post)
	}
	return r
}

// decimal takes over a number of points or per cents.
func (c *compiler) decimal(path string, f float64) Decimal {
	d, ok := DecimalOf(f)
	if !ok {
		c.found(ScorecardInvalid, path, "%v has more than four decimals or is out of range", f)
	}
	return d
}
