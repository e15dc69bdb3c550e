package domain

import (
	"maps"
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// Fact is everything that figures see of one complaint: one row of what they add up.
type Fact struct {
	Tenant      string
	ComplaintID string
	// Number is the complaint's for people; an action has one too.
	Number string
	// Procedure is its code, Edition the digest that the complaint is pinned to now.
	Procedure string
	Edition   string
	// Month of receipt in the zone of the procedure's numbers, for example "2026-03".
	Month string
	// Action: it is an action's, which figures leave out; its timeline and its clocks are kept like a complaint's.
	Action bool
	// Seen is what metrics see.
	Seen procedure.MetricFacts
	// RouteTime is when the first work was given to a post; zero before.
	RouteTime time.Time
	// CloseTime is zero while the complaint is open, WithdrawTime unless it was withdrawn.
	CloseTime    time.Time
	WithdrawTime time.Time
	// Late are the ids of the clocks that were breached or excused and that nothing has ended since.
	Late []string
	// Work is what was done for it, each kind once, in the order it was learned.
	Work []Work
	// Entries is how many lines the timeline has.
	Entries int
	// Shares are what the complaint adds to the metrics of its edition, in the edition's order, after Measure.
	Shares []Share
}

// Work is who has completed work of a step, or made a visit of a plan.
type Work struct {
	// Key is that of the step or plan.
	Key string
	// Post whose work it was; of a visit it is empty.
	Post string
	// Person by subject.
	Person string
}

// Share is what one complaint adds to one metric.
type Share struct {
	Numerator   int64
	Denominator int64
	// Failed says that the metric's expression failed for this complaint, which is then left out of it.
	Failed bool
}

// Begin returns the fact of a complaint that h registers under the edition p; Apply h to it next. h.Registration must be set.
func Begin(h Happening, p *procedure.Procedure) *Fact {
	period := p.Period(h.OccurTime) // "202603"
	return &Fact{
		Tenant: h.Tenant, ComplaintID: h.ComplaintID, Number: h.Registration.Number, Action: h.Registration.Action != nil,
		Procedure: p.Code, Edition: p.Digest, Month: period[:4] + "-" + period[4:],
		Seen: procedure.MetricFacts{
			Clocks: map[string]procedure.ClockCounts{}, Visits: map[string]procedure.VisitCounts{}, Milestones: map[string]int{}, Rounds: 1,
			Actions: map[string]procedure.ActionCounts{}, Charges: map[string]procedure.ChargeCounts{},
		},
	}
}

// Apply counts h and returns its line of the timeline. Occurrence times may come in any order; the other parts of an event are
// taken in the order in which they are learned.
func (f *Fact) Apply(h Happening) Entry {
	f.Seen.Facts = h.Update(f.Seen.Facts)
	if h.Migration != nil { // the figures of its new edition count it from now on, with all that has happened
		f.Edition = h.Migration.To
		for i, w := range f.Work {
			if key, moved := h.Migration.Steps[w.Key]; moved {
				f.Work[i].Key = key
			}
		}
	}
	if h.Done != nil && !slices.Contains(f.Work, *h.Done) {
		f.Work = append(f.Work, *h.Done)
	}
	switch o := h.Occurrence; o.Kind {
	case procedure.Contact:
		f.Seen.Contacts++
	case procedure.Milestone:
		f.Seen.Milestones[o.Key]++
	case procedure.WorkOpened: // of any later one nobody asks
		if f.RouteTime.IsZero() {
			f.RouteTime = h.OccurTime
		}
	case procedure.VisitRecorded:
		f.countVisit(*h.Visit)
	case procedure.Closed:
		f.Seen.Closed, f.CloseTime = true, h.OccurTime
	case procedure.Reopened:
		f.Seen.Closed, f.CloseTime = false, time.Time{}
		f.Seen.Rounds++
	case procedure.ActionOpened, procedure.ActionClosed:
		f.countAction(h.Happening)
	case procedure.Registered, procedure.WorkCompleted:
		// They change the facts only, which Update has done.
	}
	if h.Withdrawn {
		f.Seen.Withdrawn, f.WithdrawTime = true, h.OccurTime
	}
	if h.Clock != nil {
		f.countClock(*h.Clock)
	}
	if h.Charge != nil {
		f.countCharge(*h.Charge)
	}
	f.Entries++
	e := Entry{
		Tenant: f.Tenant, ComplaintID: f.ComplaintID, Order: f.Entries, EventID: h.EventID, Type: h.Type, OccurTime: h.OccurTime,
		RecordTime: h.RecordTime, Actor: h.Actor, Round: h.Round, Subject: h.Subject, Detail: h.Detail,
		DetailZh: h.DetailZh,
	}
	if h.Visit != nil && h.Visit.Final {
		e.VisitOutcome = h.Visit.Outcome
	}
	if h.Migration != nil {
		e.Steps = h.Migration.Steps
	}
	return e
}

// countAction counts what a complaint hears of an action; an action's own end is its closing.
func (f *Fact) countAction(h procedure.Happening) {
	if h.Action == nil {
		if h.Over() {
			f.CloseTime = h.OccurTime
		}
		return
	}
	n := f.Seen.Actions[h.Action.Key]
	switch {
	case !h.Action.Ended:
		n.Opened++
	case h.Action.Cancelled:
		n.Cancelled++
	default:
		n.Closed++
	}
	f.Seen.Actions[h.Action.Key] = n
}

// countCharge counts a charge, and what stands of it. A correction is a charge of its own: both were proposed, the earlier one is voided.
func (f *Fact) countCharge(c ChargeHappening) {
	n := f.Seen.Charges[c.Key]
	switch c.Change {
	case ChargeProposed:
		n.Proposed++
	case ChargeSigned:
		n.Signed++
	case ChargeVoided:
		n.Voided++
	}
	switch {
	case c.Stands && c.Change == ChargeVoided:
		n.Amount -= c.Amount.Hundredths
	case c.Stands:
		n.Amount += c.Amount.Hundredths
	}
	f.Seen.Charges[c.Key] = n
}

// countVisit counts a visit that has ended.
func (f *Fact) countVisit(v procedure.VisitHappening) {
	n := f.Seen.Visits[v.Plan]
	switch v.Outcome {
	case procedure.Satisfied:
		n.Satisfied++
	case procedure.Dissatisfied:
		n.Dissatisfied++
	case procedure.Unreached:
		n.Unreached++
	}
	f.Seen.Visits[v.Plan] = n
}

// countClock counts each clock once as met, breached, excused or cancelled: what ends it after its due time is not counted again.
func (f *Fact) countClock(c ClockHappening) {
	late := slices.Index(f.Late, c.ID)
	n := f.Seen.Clocks[c.Policy]
	switch {
	case c.Change == ClockStarted:
		n.Started++
	case c.Change == ClockMet:
		n.Met++
	case c.Change == ClockBreached:
		n.Breached++
		f.Late = append(f.Late, c.ID)
	case c.Change == ClockExcused:
		n.Excused++
		f.Late = append(f.Late, c.ID)
	case late >= 0:
		f.Late = slices.Delete(f.Late, late, late+1)
	case c.Change == ClockCancelled:
		n.Cancelled++
	}
	f.Seen.Clocks[c.Policy] = n
}

// Clocks adds up the clocks of all policies.
func (f *Fact) Clocks() procedure.ClockCounts {
	var sum procedure.ClockCounts
	for n := range maps.Values(f.Seen.Clocks) {
		sum.Started += n.Started
		sum.Met += n.Met
		sum.Breached += n.Breached
		sum.Cancelled += n.Cancelled
		sum.Excused += n.Excused
	}
	return sum
}

// Visits counts the visits of all plans that have ended.
func (f *Fact) Visits() int {
	sum := 0
	for n := range maps.Values(f.Seen.Visits) {
		sum += n.Satisfied + n.Dissatisfied + n.Unreached
	}
	return sum
}

// MetricError says that a metric could not be worked out for a complaint.
type MetricError struct {
	ComplaintID string
	Metric      string
	Err         error
}

// Error names the metric.
func (e MetricError) Error() string { return "metric " + e.Metric + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e MetricError) Unwrap() error { return e.Err }

// Measure works the shares out anew from all that is seen, so that they cannot drift from it. p is the edition of f. An action has none. The metrics that
// fail are marked and returned; the others stand.
func (f *Fact) Measure(p *procedure.Procedure) []MetricError {
	if f.Action {
		return nil
	}
	var failed []MetricError
	f.Shares = make([]Share, len(p.Metrics))
	for i, m := range p.Metrics {
		numerator, denominator, err := m.Value(f.Seen)
		if err != nil {
			failed = append(failed, MetricError{f.ComplaintID, m.Key, err})
			f.Shares[i] = Share{Failed: true}
			continue
		}
		f.Shares[i] = Share{Numerator: numerator, Denominator: denominator}
	}
	return failed
}
