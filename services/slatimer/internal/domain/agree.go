package domain

import (
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// maxAgreed is how far ahead a due time may be agreed.
const maxAgreed = 10 * 366 * 24 * time.Hour

// ClockNotFound is the fault of a clock that is not there.
func ClockNotFound(clockID string) error {
	return fault.New(fault.NotFound, "CLOCK_NOT_FOUND", "the complaint has no clock %s; ListClocks lists those it has", clockID).With("clock_id", clockID)
}

// Agree returns f after somebody agreed another due time for one of its clocks, and the events that say so. The time agreed before
// stays on record.
//
// It fails with CLOCK_NOT_FOUND, CLOCK_NOT_AGREEABLE when the policy does not allow it, CLOCK_NOT_PENDING when the due time has
// passed or the clock has ended, and DUE_TIME_INVALID unless due lies after by.Time, at most ten years. f is unchanged then.
func Agree(f File, clockID string, due time.Time, p *procedure.Procedure, by Cause) (File, []Event, error) {
	due, by.Time = due.Truncate(time.Microsecond), by.Time.Truncate(time.Microsecond) // as Postgres keeps them
	d := f.edit(p)
	var c *Clock
	for i := range d.Clocks {
		if d.Clocks[i].ID == clockID {
			c = &d.Clocks[i]
		}
	}
	if c == nil {
		return f, nil, ClockNotFound(clockID)
	}
	policy, ok := p.Clock(c.Policy)
	if !ok || !policy.Agreeable {
		return f, nil, fault.New(fault.Precondition, "CLOCK_NOT_AGREEABLE",
			"the procedure does not let the due time of %q be agreed; its clock policy would have to say agreeable: true", c.Policy).With("policy", c.Policy)
	}
	if !due.After(by.Time) || due.Sub(by.Time) > maxAgreed {
		return f, nil, fault.New(fault.Invalid, "DUE_TIME_INVALID", "due_time must lie in the future, at most ten years ahead").At("due_time")
	}
	d.fireBefore(c, by.Time)
	if !c.Pending() {
		return f, nil, fault.New(fault.Precondition, "CLOCK_NOT_PENDING",
			"the clock is %s: only one whose due time is still to come can be agreed anew", c.State).With("state", c.State.String())
	}
	if err := d.agree(c, policy, due, by); err != nil {
		return f, nil, err
	}
	return d.File, d.events, nil
}

// String returns the state as the contract writes it.
func (s State) String() string {
	return [...]string{"UNSPECIFIED", "RUNNING", "MET", "BREACHED", "CANCELLED", "PAUSED", "EXCUSED"}[s]
}
