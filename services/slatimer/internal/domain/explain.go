package domain

import (
	"errors"
	"time"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/procedure"
)

// ReceiptRule says how the start of a limit follows from the instant from which it counts. The numbers are the contract's.
type ReceiptRule int

// The rules.
const (
	ReceiptAtOnce      ReceiptRule = iota + 1
	ReceiptOpen                    // the next opening was wanted, and the calendar was open
	ReceiptNextOpening             // the calendar was closed
)

// Explanation is the account of a clock's due time.
type Explanation struct {
	Clock     Clock
	Policy    *procedure.Clock
	Procedure *procedure.Procedure
	Receipt   ReceiptRule
	// Limit is the one that counts, When its condition; empty for the policy's own.
	Limit procedure.Limit
	When  string
	// Spans lie between start and due, in order; Counted is the sum of those that count, CountedDays the dates among them that
	// count after the start's, for limits in counted days.
	Spans       []calendar.Span
	Counted     time.Duration
	CountedDays int
	// Verified: the due time was derived again and came out the same.
	Verified bool
}

// Explain accounts for c's due time. p is the edition that c's terms name, with the holidays that they name; facts are those of the
// complaint. It fails only when p has no such clock.
func Explain(c Clock, p *procedure.Procedure, facts procedure.Facts) (Explanation, error) {
	policy, ok := p.Clock(c.Policy)
	if !ok {
		return Explanation{}, errors.New("the edition has no clock " + c.Policy)
	}
	e := Explanation{Clock: c, Policy: policy, Procedure: p, Receipt: ReceiptAtOnce}
	e.Limit, _ = policy.LimitAt(c.LimitCase)
	if c.LimitCase > 0 && c.LimitCase <= len(policy.Cases) {
		e.When = policy.Cases[c.LimitCase-1].Condition
	}
	switch {
	case policy.NextOpening && c.StartTime.Equal(c.CountTime):
		e.Receipt = ReceiptOpen
	case policy.NextOpening:
		e.Receipt = ReceiptNextOpening
	}
	pauses := c.Pauses()
	if c.State == StatePaused {
		pauses = append(pauses, calendar.Pause{From: c.lastPause(), To: c.DueTime}) // the due time is open: nothing more counts for now
		if pauses[len(pauses)-1].To.Before(pauses[len(pauses)-1].From) {
			pauses = pauses[:len(pauses)-1]
		}
	}
	limit := e.Limit
	if c.Agreed() {
		limit = procedure.Limit{Kind: procedure.Agreed}
	} else if s, err := policy.ScheduleCase(c.LimitCase, c.CountTime, facts, c.derivedPauses()...); err == nil {
		e.Verified = s.DueTime.Truncate(time.Microsecond).Equal(c.DueTime)
	}
	spans, err := limit.Account(policy.Days(), c.StartTime, c.DueTime, pauses)
	if err != nil { // a moment agreed in the past has nothing before it
		return e, nil //nolint:nilerr // said above
	}
	e.Spans = spans
	for _, s := range spans {
		if s.Kind == calendar.Counted {
			e.Counted += s.To.Sub(s.From)
		}
	}
	days := policy.Days()
	if n, err := days.CountedDaysBetween(days.DateOf(c.StartTime).AddDays(1), days.DateOf(c.DueTime).AddDays(1)); err == nil {
		e.CountedDays = n
	}
	return e, nil
}

// Moment is a warning or a step of the ladder.
type Moment struct {
	Time       time.Time
	Escalation bool
	Index      int
	Reached    bool
}

// Moments returns the warnings and the steps of the ladder, in the policy's order.
func (c Clock) Moments() []Moment {
	var list []Moment
	for i, w := range c.WarnTimes {
		if w.After(c.StartTime) && w.Before(c.DueTime) {
			list = append(list, Moment{Time: w, Index: i, Reached: c.Warned&bit(i) != 0})
		}
	}
	for i, e := range c.EscalateTimes {
		list = append(list, Moment{Time: e, Escalation: true, Index: i, Reached: c.Escalated&bit(i) != 0})
	}
	return list
}
