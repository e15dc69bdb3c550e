package procedure

import (
	"fmt"
	"time"

	"redress.dev/pkg/calendar"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Procedure is one compiled edition. It is immutable: the slices and maps it hands out must not be changed.
type Procedure struct {
	// Code is the same in every edition, for example "manufacturing-eu".
	Code string
	// Edition as its author calls it.
	Edition string
	// Digest is the edition's identity; see the function Digest.
	Digest string
	// Holidays names the editions of the holidays that its calendars were made of, for example "cn@2026-5f2c1a90"; empty for none.
	Holidays string
	// Name for people.
	Name Label
	// Vocabularies in the order of the pack.
	Vocabularies []*Vocabulary
	// Fields of a complaint.
	Fields []Field
	// Posts that work is given to.
	Posts []Post
	// Flows are the ways in.
	Flows []*Flow
	// Clocks are the time limits.
	Clocks []*Clock
	// Visits are the return visits.
	Visits []*Visit
	// Closing is what closes a complaint without a visit.
	Closing []Trigger
	// Actions are the small procedures of their own that complaints lead to.
	Actions []*Action
	// Charges are the money that parties bear for what was found out, all in Currency, an ISO 4217 code.
	Charges  []*Charge
	Currency string
	// Metrics are the figures that managers read.
	Metrics []*Metric
	// Forms are the printable papers of a complaint.
	Forms []*Form
	// Scorecards are appraisals by points.
	Scorecards []*Scorecard
	// Reports are sets of tables of figures.
	Reports []*Report
	// Directory is how the duty directory is kept.
	Directory DirectoryRules

	rules     []rule
	numbering numbering
	calendars map[string]*calendar.Calendar
	source    *procedurev1.Procedure
}

// Label is a name for people; one of the two may be empty.
type Label struct{ Zh, En string }

// String returns the Chinese name, or the English one where there is none.
func (l Label) String() string {
	if l.Zh != "" {
		return l.Zh
	}
	return l.En
}

// Post is a chair that work is given to; who sits in it is the duty directory's.
type Post struct {
	Key  string
	Name Label
	// Unit that the post belongs to; may be empty.
	Unit Label
	// Head is the post that decides who sits in this one; "" where that needs no approval.
	Head string
}

// Flow returns the flow with this key. An empty key means the only flow there is.
func (p *Procedure) Flow(key string) (*Flow, bool) {
	if key == "" && len(p.Flows) == 1 {
		return p.Flows[0], true
	}
	return find(p.Flows, key, func(f *Flow) string { return f.Key })
}

// Post returns the post with this key.
func (p *Procedure) Post(key string) (Post, bool) {
	return find(p.Posts, key, func(o Post) string { return o.Key })
}

// Field returns the field of a complaint with this key.
func (p *Procedure) Field(key string) (Field, bool) {
	return find(p.Fields, key, func(f Field) string { return f.Key })
}

// Vocabulary returns the vocabulary with this key.
func (p *Procedure) Vocabulary(key string) (*Vocabulary, bool) {
	return find(p.Vocabularies, key, func(v *Vocabulary) string { return v.Key })
}

// Clock returns the time limit with this key.
func (p *Procedure) Clock(key string) (*Clock, bool) {
	return find(p.Clocks, key, func(c *Clock) string { return c.Key })
}

// Visit returns the return visit with this key.
func (p *Procedure) Visit(key string) (*Visit, bool) {
	return find(p.Visits, key, func(v *Visit) string { return v.Key })
}

// Metric returns the metric with this key.
func (p *Procedure) Metric(key string) (*Metric, bool) {
	return find(p.Metrics, key, func(m *Metric) string { return m.Key })
}

// Scorecard returns the scorecard with this key.
func (p *Procedure) Scorecard(key string) (*Scorecard, bool) {
	return find(p.Scorecards, key, func(s *Scorecard) string { return s.Key })
}

// Report returns the report with this key.
func (p *Procedure) Report(key string) (*Report, bool) {
	return find(p.Reports, key, func(r *Report) string { return r.Key })
}

// Calendar returns the calendar with this key, or nil.
func (p *Procedure) Calendar(key string) *calendar.Calendar { return p.calendars[key] }

// Closes reports whether o closes a complaint without a visit deciding it.
func (p *Procedure) Closes(o Occurrence) bool { return anyMatches(p.Closing, o) }

// find is a linear search: these lists are short, and a loop over ten keys costs less than a hash.
func find[T any](list []T, key string, keyOf func(T) string) (T, bool) {
	for _, item := range list {
		if keyOf(item) == key {
			return item, true
		}
	}
	var none T
	return none, false
}

// numbering forms the numbers for people.
type numbering struct {
	prefix string
	digits int
	zone   *time.Location
}

// Period returns the period that a complaint registered at t is counted in, for example "202603": the sequence of numbers starts
// at 1 in each.
func (p *Procedure) Period(t time.Time) string { return t.In(p.numbering.zone).Format("200601") }

// Zone is where people read times: that of the numbers.
func (p *Procedure) Zone() *time.Location { return p.numbering.zone }

// Number returns the number for people of the seq-th complaint (from 1) of t's period, for example "MF-202603-000042".
func (p *Procedure) Number(seq int64, t time.Time) string {
	return fmt.Sprintf("%s-%s-%0*d", p.numbering.prefix, p.Period(t), p.numbering.digits, seq)
}
