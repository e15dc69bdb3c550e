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

// Apply returns f after h, and the events that say what became of its clocks. p is the edition that f names; newID makes the ids
// of new clocks.
//
// First the facts change, then h stops clocks, then it cancels, then it starts: so a clock may begin with the very happening that
// ends another. Apply fails when p cannot say whether or until when a clock runs; f is unchanged then.
func Apply(f File, h procedure.Happening, p *procedure.Procedure, newID func() string) (File, []Event, error) {
	d := f.edit()
	d.Facts = h.Update(d.Facts)
	switch {
	case h.Withdrawn || h.Occurrence.Kind == procedure.Closed:
		d.EndTime = h.OccurTime
	case h.Occurrence.Kind == procedure.Reopened:
		d.EndTime = time.Time{}
	}
	if err := d.endClocks(h, p); err != nil {
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

// endClocks stops what h stops, then cancels what h cancels.
func (d *draft) endClocks(h procedure.Happening, p *procedure.Procedure) error {
	policies := make([]*procedure.Clock, len(d.Clocks))
	for i := range d.Clocks {
		c := &d.Clocks[i]
		policy, ok := p.Clock(c.Policy)
		if !ok {
			return fmt.Errorf("edition %s has no clock %q, which runs", p.Digest, c.Policy)
		}
		policies[i] = policy
		if c.Open() && policy.StoppedBy(h.Occurrence) && concerns(h, c, policy) {
			d.stop(c, h.OccurTime)
		}
	}
	for i := range d.Clocks {
		c := &d.Clocks[i]
		over := h.Withdrawn || h.Occurrence.Kind == procedure.Closed || workGone(h, c)
		if c.Open() && (over || policies[i].CancelledBy(h.Occurrence) && concerns(h, c, policies[i])) {
			d.cancel(c, h.OccurTime)
		}
	}
	return nil
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

// stop records that what c waits for happened at the instant at. What happened by the due time meets the clock. A breach that was
// recorded before this became known stays a fact, with the true lateness beside it.
func (d *draft) stop(c *Clock, at time.Time) {
	d.fireBefore(c, at)
	c.EndTime = at
	if c.State == StateBreached {
		d.emit(c, at, Stopped{Late: max(0, at.Sub(c.DueTime))})
		return
	}
	c.State, c.NextTime = StateMet, time.Time{}
	d.emit(c, at, Met{})
}

// cancel ends c at the instant at. What was due before is breached first.
func (d *draft) cancel(c *Clock, at time.Time) {
	d.fireBefore(c, at)
	c.EndTime = at
	if c.State == StateRunning {
		c.State, c.NextTime = StateCancelled, time.Time{}
	}
	d.emit(c, at, Cancelled{})
}
