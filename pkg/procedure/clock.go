package procedure

import (
	"errors"
	"time"

	"redress.dev/pkg/calendar"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// ErrNotAgreed says that a clock has no limit: its due time is an agreed one that nobody has recorded, no case of it holds, or the
// procedure leaves its figure open. Such a clock does not start.
var ErrNotAgreed = errors.New("no limit has been agreed")

// Clock is one time limit.
type Clock struct {
	Key  string
	Name Label
	// Start is what starts it; each occurrence starts its own clock. Its time counts, but for Registered the complaint's counted time.
	Start Trigger
	// NextOpening: it counts from the calendar's next opening, not from the trigger's own time.
	NextOpening bool
	// Limit is how long it runs, or until when, where none of Cases holds. Its Kind is 0 where there is none.
	Limit Limit
	// Cases are the limits of some complaints; the first that holds counts.
	Cases []LimitCase
	// Calendar is the key of the calendar that it counts in.
	Calendar string
	// Stop is what meets it; any one is enough.
	Stop []Trigger
	// Cancel is what ends it with neither meeting nor breach. Withdrawal and closing always do.
	Cancel []Trigger
	// Pause is what pauses it, Resume what lets it run on.
	Pause, Resume []Trigger
	// Replace is what records an agreed moment that takes the place of the due time.
	Replace []Trigger
	// Excuse is what makes its passing unmet no breach, if it comes before.
	Excuse []Trigger
	// Agreeable: its due time may be agreed anew by a call.
	Agreeable bool
	// Warnings before it is due, by index.
	Warnings []Warning
	// Breach says who is told of a breach.
	Breach []Assignee
	// Ladder are the steps after a breach, by index.
	Ladder []Escalation
	// Soft: a breach is shown, not counted.
	Soft bool
	// Internal: not the customer's limit.
	Internal bool
	// Action is the key of the action whose clock it is; "" for a complaint's.
	Action string
	// Clauses are the requirements that it comes from.
	Clauses []string
	// Source is what it was compiled from, for those who show it.
	Source *procedurev1.ClockPolicy

	when     *expression
	replaced *expression
	days     *calendar.Calendar
}

// Warning is a moment before a clock is due: a share of its time, or a time before its end.
type Warning struct {
	Share  float64       // between 0 and 1, or 0
	Before time.Duration // on the wall clock, or 0
	// WorkingBefore is before the end while the calendar is open, or 0.
	WorkingBefore time.Duration
	Notify        []Assignee
}

// Escalation is a step after a breach: how long after the due time, in one of three ways of counting.
type Escalation struct {
	After        time.Duration // on the wall clock
	WorkingAfter time.Duration // while the calendar is open
	DaysAfter    int           // counted days
	Notify       []Assignee
}

// Applies reports whether the clock starts, given the facts and the instant from which it would count; its trigger is matched
// beforehand.
func (c *Clock) Applies(f Facts, at time.Time) (bool, error) {
	return c.when.holdsFor(MetricFacts{Facts: f, Start: c.moment(at), Receipt: c.moment(f.Received)})
}

// moment returns what the clock's calendar says of an instant; of one that it does not know, that it is closed and does not count.
func (c *Clock) moment(at time.Time) MomentFacts {
	return MomentFacts{Open: c.days.IsOpen(at), CountedDay: c.days.IsCountedDay(c.days.DateOf(at))}
}

// StoppedBy reports whether o meets the clock.
func (c *Clock) StoppedBy(o Occurrence) bool { return anyMatches(c.Stop, o) }

// CancelledBy reports whether o ends the clock with neither meeting nor breach.
func (c *Clock) CancelledBy(o Occurrence) bool { return anyMatches(c.Cancel, o) }

// PausedBy reports whether o pauses the clock.
func (c *Clock) PausedBy(o Occurrence) bool { return anyMatches(c.Pause, o) }

// ResumedBy reports whether o lets a paused clock run on.
func (c *Clock) ResumedBy(o Occurrence) bool { return anyMatches(c.Resume, o) }

// ExcusedBy reports whether o excuses the clock's passing unmet.
func (c *Clock) ExcusedBy(o Occurrence) bool { return anyMatches(c.Excuse, o) }

// ReplacedBy returns the moment that takes the place of the clock's due time, if o records one; f has the facts after o.
func (c *Clock) ReplacedBy(o Occurrence, f Facts) (time.Time, bool, error) {
	if !anyMatches(c.Replace, o) {
		return time.Time{}, false, nil
	}
	due, err := c.replaced.instant(f)
	return due.UTC(), err == nil && !due.IsZero(), err
}

// Concerned reports whether o can do anything to a clock of this policy that runs: whoever hears of o before the clock's start must
// remember it.
func (c *Clock) Concerned(o Occurrence) bool {
	return c.StoppedBy(o) || c.CancelledBy(o) || c.PausedBy(o) || c.ResumedBy(o) || c.ExcusedBy(o)
}

// Days returns the calendar that the clock counts in.
func (c *Clock) Days() *calendar.Calendar { return c.days }
