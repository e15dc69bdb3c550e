package procedure

import (
	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// variable is one name that expressions see.
type variable struct {
	typ   *cel.Type
	value func(*MetricFacts) ref.Val
}

// variables are the names, for example "fields.product".
type variables map[string]variable

// text adds a string.
func (vs variables) text(name string, get func(*MetricFacts) string) {
	vs[name] = variable{cel.StringType, func(f *MetricFacts) ref.Val { return types.String(get(f)) }}
}

// flag adds a truth.
func (vs variables) flag(name string, get func(*MetricFacts) bool) {
	vs[name] = variable{cel.BoolType, func(f *MetricFacts) ref.Val { return types.Bool(get(f)) }}
}

// count adds a whole number.
func (vs variables) count(name string, get func(*MetricFacts) int) {
	vs[name] = variable{cel.IntType, func(f *MetricFacts) ref.Val { return types.Int(get(f)) }}
}

// fact adds a coded or measured fact; facts of other kinds are not visible.
func (vs variables) fact(name string, kind Kind, get func(*MetricFacts) Value) {
	switch kind {
	case KindCode:
		vs.text(name, func(f *MetricFacts) string { return get(f).Code })
	case KindNumber:
		vs[name] = variable{cel.DoubleType, func(f *MetricFacts) ref.Val { return types.Double(get(f).Number) }}
	case KindFlag:
		vs.flag(name, func(f *MetricFacts) bool { return get(f).Flag })
	case KindTime:
		vs[name] = variable{cel.TimestampType, func(f *MetricFacts) ref.Val { return types.Timestamp{Time: get(f).Time} }}
	default: // personal data and free text stay in intake
	}
}

// complaint adds what every expression sees whatever the procedure.
func (vs variables) complaint() {
	vs.text("channel", func(f *MetricFacts) string { return f.Channel })
	vs.text("flow", func(f *MetricFacts) string { return f.Flow })
	vs.count("round", func(f *MetricFacts) int { return f.Round })
	vs.fact("received", KindTime, func(f *MetricFacts) Value { return Value{Time: f.Received} })
}

// field adds a fact of the complaint.
func (vs variables) field(key string, kind Kind) {
	vs.fact("fields."+key, kind, func(f *MetricFacts) Value { return f.Fields[key] })
}

// answer adds what completed work of a step recorded under a key.
func (vs variables) answer(step, key string, kind Kind) {
	vs.fact("answers."+step+"."+key, kind, func(f *MetricFacts) Value { return f.Answers[step][key] })
}

// ruleValue adds what a rule works out.
func (vs variables) ruleValue(target string, combine combination) {
	name := "values." + target
	if combine == anyCase {
		vs.flag(name, func(f *MetricFacts) bool { return f.Values[target] == "true" })
		return
	}
	vs.text(name, func(f *MetricFacts) string { return f.Values[target] })
}

// counted adds a count over linked complaints, which rules alone see.
func (vs variables) counted(c count) {
	vs.count("counts."+c.key, func(f *MetricFacts) int { return c.value(f.Facts) })
}

// start adds what the condition of a clock sees besides: the instant from which it would count (S4-32, S4-33), and that of the
// receipt, which may lie before it (S4-30).
func (vs variables) start() {
	vs.flag("start.open", func(f *MetricFacts) bool { return f.Start.Open })
	vs.flag("start.counted_day", func(f *MetricFacts) bool { return f.Start.CountedDay })
	vs.flag("receipt.open", func(f *MetricFacts) bool { return f.Receipt.Open })
	vs.flag("receipt.counted_day", func(f *MetricFacts) bool { return f.Receipt.CountedDay })
}

// file adds what metrics see besides: what became of the complaint.
func (vs variables) file() {
	vs.count("contacts", func(f *MetricFacts) int { return f.Contacts })
	vs.count("rounds", func(f *MetricFacts) int { return f.Rounds })
	vs.flag("closed", func(f *MetricFacts) bool { return f.Closed })
	vs.flag("withdrawn", func(f *MetricFacts) bool { return f.Withdrawn })
}

// clock adds how many clocks of a policy came to what.
func (vs variables) clock(key string) {
	get := func(name string, of func(ClockCounts) int) {
		vs.count("clocks."+key+"."+name, func(f *MetricFacts) int { return of(f.Clocks[key]) })
	}
	get("started", func(c ClockCounts) int { return c.Started })
	get("met", func(c ClockCounts) int { return c.Met })
	get("breached", func(c ClockCounts) int { return c.Breached })
	get("cancelled", func(c ClockCounts) int { return c.Cancelled })
	get("excused", func(c ClockCounts) int { return c.Excused })
}

// visit adds how many visits of a plan came to what.
func (vs variables) visit(key string) {
	get := func(name string, of func(VisitCounts) int) {
		vs.count("visits."+key+"."+name, func(f *MetricFacts) int { return of(f.Visits[key]) })
	}
	get("satisfied", func(v VisitCounts) int { return v.Satisfied })
	get("dissatisfied", func(v VisitCounts) int { return v.Dissatisfied })
	get("unreached", func(v VisitCounts) int { return v.Unreached })
}

// action adds how many actions of a key came to what.
func (vs variables) action(key string) {
	get := func(name string, of func(ActionCounts) int) {
		vs.count("actions."+key+"."+name, func(f *MetricFacts) int { return of(f.Actions[key]) })
	}
	get("opened", func(a ActionCounts) int { return a.Opened })
	get("closed", func(a ActionCounts) int { return a.Closed })
	get("cancelled", func(a ActionCounts) int { return a.Cancelled })
}

// charge adds how many charges of a key came to what, and what they come to.
func (vs variables) charge(key string) {
	get := func(name string, of func(ChargeCounts) int) {
		vs.count("charges."+key+"."+name, func(f *MetricFacts) int { return of(f.Charges[key]) })
	}
	get("proposed", func(c ChargeCounts) int { return c.Proposed })
	get("signed", func(c ChargeCounts) int { return c.Signed })
	get("voided", func(c ChargeCounts) int { return c.Voided })
	get("amount", func(c ChargeCounts) int { return int(c.Amount) })
}

// milestone adds how often it was reached.
func (vs variables) milestone(name string) {
	vs.count("milestones."+name, func(f *MetricFacts) int { return f.Milestones[name] })
}
