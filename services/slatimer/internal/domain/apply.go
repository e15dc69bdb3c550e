package domain

import (
	"fmt"
	"time"

	"redress.dev/pkg/procedure"
)

// Open returns the file of a complaint that h registers. shard is the part of its events.
func Open(h procedure.Happening, shard int) File {
	return File{Key: Key{h.Tenant, h.ComplaintID}, Shard: shard, Edition: h.Registration.Edition}
}

// Apply returns f after h, and the events that say what became of its clocks. p is the edition whose clocks count for f; newID makes the ids
// of new clocks.
//
// First the facts change, then h stops clocks, then it cancels, then it changes those that are left, then it starts: so a clock may
// begin with the very happening that ends another. Apply fails when p cannot say whether or until when a clock runs; f is unchanged
// then.
func Apply(f File, h procedure.Happening, p *procedure.Procedure, newID func() string) (File, []Event, error) {
	d := f.edit(p)
	d.Facts = h.Update(d.Facts)
	switch {
	case h.Over():
		d.EndTime = h.OccurTime
	case h.Occurrence.Kind == procedure.Reopened:
		d.EndTime = time.Time{}
	}
	policies, err := policiesOf(d.Clocks, p)
	if err != nil {
		return f, nil, err
	}
	d.endClocks(h, policies)
	if err := d.changeClocks(h, policies); err != nil {
		return f, nil, err
	}
	// After the end only the closing itself starts clocks: news that crossed it must not leave a limit that nothing ends.
	if d.EndTime.IsZero() || h.Occurrence.Kind == procedure.Closed {
		if err := d.startClocks(h, p, newID); err != nil {
			return f, nil, err
		}
	}
	// Last: what a contact begins it does not end.
	if h.Occurrence.Kind == procedure.Contact {
		d.remember(h, p)
	}
	return d.File, d.events, nil
}

// policiesOf returns the policy of each clock; nil for one that has ended under an edition before a migration.
func policiesOf(clocks []Clock, p *procedure.Procedure) ([]*procedure.Clock, error) {
	policies := make([]*procedure.Clock, len(clocks))
	for i, c := range clocks {
		policy, ok := p.Clock(c.Policy)
		if !ok && c.Open() {
			return nil, fmt.Errorf("edition %s has no clock %q, which runs", p.Digest, c.Policy)
		}
		policies[i] = policy
	}
	return policies, nil
}

// endClocks stops what h stops, then cancels what h cancels.
func (d *draft) endClocks(h procedure.Happening, policies []*procedure.Clock) {
	for i := range d.Clocks {
		c := &d.Clocks[i]
		if c.Open() && policies[i].StoppedBy(h.Occurrence) && concerns(h, c, policies[i]) {
			d.stop(c, causeOf(h))
		}
	}
	for i := range d.Clocks {
		c := &d.Clocks[i]
		over := h.Over() || workGone(h, c)
		if c.Open() && (over || policies[i].CancelledBy(h.Occurrence) && concerns(h, c, policies[i])) {
			d.cancel(c, causeOf(h))
		}
	}
}

// changeClocks lets h excuse, pause, resume and replace what is still open.
func (d *draft) changeClocks(h procedure.Happening, policies []*procedure.Clock) error {
	for i := range d.Clocks {
		c, policy := &d.Clocks[i], policies[i]
		if !c.Open() {
			continue
		}
		if h.Values != nil || h.Amendment != nil {
			if err := d.reclass(c, policy, causeOf(h)); err != nil {
				return err
			}
		}
		if h.Occurrence.Kind == 0 || !concerns(h, c, policy) {
			continue
		}
		if err := d.change(c, policy, h.Occurrence, causeOf(h)); err != nil {
			return err
		}
		due, replaced, err := policy.ReplacedBy(h.Occurrence, d.Facts)
		if err != nil {
			return err
		}
		if replaced {
			if err := d.agree(c, policy, due, causeOf(h)); err != nil {
				return err
			}
		}
	}
	return nil
}

// change lets an occurrence excuse, pause or resume c.
func (d *draft) change(c *Clock, policy *procedure.Clock, o procedure.Occurrence, by Cause) error {
	if policy.ExcusedBy(o) {
		d.excuse(c, by)
	}
	if policy.PausedBy(o) {
		d.pause(c, policy, by)
	}
	if policy.ResumedBy(o) {
		return d.resume(c, policy, by)
	}
	return nil
}

// causeOf returns h as the cause of a change.
func causeOf(h procedure.Happening) Cause {
	return Cause{EventID: h.EventID, Actor: h.Actor, Time: h.OccurTime}
}

// workGone reports whether h says that the work whose opening started c has ended without being done: nobody can meet c then.
func workGone(h procedure.Happening, c *Clock) bool {
	return h.Work != nil && h.Occurrence.Kind == 0 && c.WorkID == h.Work.ID
}

// concerns reports whether h, of a kind that ends clocks of c's policy, may end c.
//
// A happening of a round ends clocks of that round, and a reopening those of the rounds before. Where a limit is one on doing work,
// the completion of other work of the same step leaves it alone. A happening of no round, a contact, ends what had begun by then.
func concerns(h procedure.Happening, c *Clock, policy *procedure.Clock) bool {
	switch {
	case h.Occurrence.Kind == procedure.Reopened:
		return c.Round < h.Round
	case h.Round == 0:
		return !c.TriggerTime.After(h.OccurTime)
	case h.Occurrence.Kind == procedure.WorkCompleted && policy.Start.Kind == procedure.WorkOpened && policy.Start.Key == h.Work.Step:
		return c.WorkID == h.Work.ID
	}
	return c.Round == h.Round
}

// stop records that what c waits for happened. What happened by the due time meets the clock. A breach that was recorded before this
// became known stays a fact, with the true lateness beside it.
func (d *draft) stop(c *Clock, by Cause) {
	d.fireBefore(c, by.Time)
	c.end(by)
	if c.State == StateBreached || c.State == StateExcused {
		d.emit(c, by.Time, Stopped{Late: max(0, by.Time.Sub(c.DueTime))})
		return
	}
	c.State = StateMet
	d.emit(c, by.Time, Met{})
}

// cancel ends c. What was due before is breached first.
func (d *draft) cancel(c *Clock, by Cause) {
	d.fireBefore(c, by.Time)
	c.end(by)
	if c.Pending() {
		c.State = StateCancelled
	}
	d.emit(c, by.Time, Cancelled{})
}

// end takes c out of time.
func (c *Clock) end(by Cause) {
	c.EndTime, c.EndEventID, c.NextTime = by.Time, by.EventID, time.Time{}
}
