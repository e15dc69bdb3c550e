package procedure

import (
	"maps"
	"slices"
	"time"
)

// Outcome is the name under which expressions see the answer or decision that completed a step: answers.<step>.outcome.
const Outcome = "outcome"

// Facts are what expressions see of a complaint.
type Facts struct {
	// ComplaintID is needed for Links alone, and these for rules alone: they are not kept where rules do not run.
	ComplaintID string `json:"-"`
	Channel     string
	Flow        string
	// Fields are the coded and measured facts of the complaint, by field key.
	Fields Values
	// Values are what the rules worked out, by target; see Classify.
	Values map[string]string
	// Round is 1 for the first slip.
	Round int
	// Answers are what completed work recorded, by step and form field; see Complete. Visits with a form are among the steps.
	Answers map[string]map[string]Value
	// Links are the complaints that people have linked with it, itself among them.
	Links map[LinkKind][]Linked `json:"-"`
	// Received is when the complaint really was received.
	Received time.Time
}

// Complete returns f with what completed work of step recorded: its answer or decision ("" for a task) and its fields. Earlier
// facts of the same step are replaced, in whichever round they were recorded. f itself is not changed.
func (f Facts) Complete(step, outcome string, fields map[string]Value) Facts {
	recorded := maps.Clone(fields)
	if recorded == nil {
		recorded = map[string]Value{}
	}
	if outcome != "" {
		recorded[Outcome] = Code(outcome)
	}
	answers := maps.Clone(f.Answers)
	if answers == nil {
		answers = map[string]map[string]Value{}
	}
	answers[step] = recorded
	f.Answers = answers
	return f
}

// Visited returns f with what a return visit recorded. A call at which nothing was recorded, as when nobody was reached, leaves what an
// earlier one did. f itself is not changed.
func (f Facts) Visited(plan string, fields map[string]Value) Facts {
	if len(fields) == 0 {
		return f
	}
	return f.Complete(plan, "", fields)
}

// Migrate returns f as another edition sees it: values are what its rules work out, steps the new keys of steps by their old ones.
// Answers are found under the new keys; where two steps come to the same key, those of the step that has always had it stay. f itself is
// not changed.
func (f Facts) Migrate(values, steps map[string]string) Facts {
	f.Values = values
	if len(steps) == 0 || len(f.Answers) == 0 {
		return f
	}
	answers := make(map[string]map[string]Value, len(f.Answers))
	for _, old := range slices.Sorted(maps.Keys(f.Answers)) { // in order, so that every service keeps the same of two
		if key, moved := steps[old]; moved {
			answers[key] = f.Answers[old]
		}
	}
	for old, recorded := range f.Answers {
		if _, moved := steps[old]; !moved {
			answers[old] = recorded
		}
	}
	f.Answers = answers
	return f
}

// MomentFacts are what the condition of a clock sees of an instant, in the clock's own calendar.
type MomentFacts struct {
	// Open is whether the calendar is open then, CountedDay whether its date counts.
	Open, CountedDay bool
}

// MetricFacts are what metrics, and the conditions of clocks, see of a complaint.
type MetricFacts struct {
	Facts
	// Start, the instant from which it would count, and Receipt, that of the real receipt, are for the conditions of clocks alone, the
	// rest for metrics alone.
	Start, Receipt MomentFacts
	// Clocks counts the clocks of each policy.
	Clocks map[string]ClockCounts
	// Visits counts the ended visits of each plan.
	Visits map[string]VisitCounts
	// Milestones counts how often each was reached.
	Milestones map[string]int
	// Actions counts the actions of each key.
	Actions map[string]ActionCounts
	// Charges counts the charges of each key.
	Charges map[string]ChargeCounts
	// Contacts is how many were recorded.
	Contacts int
	// Rounds is how many began: 1, and one for each reopening.
	Rounds int
	// Closed is whether it is closed now.
	Closed bool
	// Withdrawn is whether the complainant withdrew it.
	Withdrawn bool
}

// ClockCounts counts what became of the clocks of one policy of one complaint.
type ClockCounts struct{ Started, Met, Breached, Cancelled, Excused int }

// VisitCounts counts what came of the visits of one plan of one complaint.
type VisitCounts struct{ Satisfied, Dissatisfied, Unreached int }

// ActionCounts counts what became of the actions of one key of one complaint.
type ActionCounts struct{ Opened, Closed, Cancelled int }

// ChargeCounts counts what became of the charges of one key of one complaint, one for each party.
type ChargeCounts struct {
	// Proposed are all that were judged, whatever became of them.
	Proposed, Signed, Voided int
	// Amount is the sum, in hundredths of the currency's unit, of those that stand: signed, or in need of no signature, and not voided.
	Amount int64
}
