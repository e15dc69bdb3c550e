package domain

import (
	"errors"
	"time"

	"redress.dev/pkg/procedure"
)

// Follow returns f after h, by which routing moved its complaint to the edition to of the same procedure; from is the edition whose
// clocks counted. The facts and the pin change. What is open and not due yet is derived again, from its own start and with its pauses,
// and what starts later starts by the new edition. Each clock that is derived again has a revision and an event, also where the due
// time stays. A breach stays a fact, and an agreed moment stays agreed. A clock whose policy the edition does not have is cancelled.
//
// It cannot fail, since routing has decided. Where the edition fails to say how long a clock runs, the clocks stay with from.
func Follow(f File, h procedure.Happening, from, to *procedure.Procedure) (File, []Event) {
	f.Facts, f.Edition = h.Update(f.Facts), to.Digest
	by := Cause{EventID: h.EventID, Actor: h.Actor, Reason: h.Migration.Reason, Time: h.OccurTime.Truncate(time.Microsecond)} // as Postgres keeps it
	d := f.edit(to)
	d.ClockEdition = ""
	for i := range d.Clocks {
		if err := d.migrate(&d.Clocks[i], to, by); err != nil {
			f.ClockEdition = from.Digest
			return f, nil
		}
	}
	return d.File, d.events
}

// migrate moves one clock.
func (d *draft) migrate(c *Clock, to *procedure.Procedure, by Cause) error {
	if !c.Open() || c.Edition == to.Digest {
		return nil
	}
	policy, ok := to.Clock(c.Policy)
	if !ok {
		d.cancel(c, by)
		return nil
	}
	d.fireBefore(c, by.Time)
	if !c.Pending() || c.Agreed() {
		return nil // its due time is what it was derived from; only what ends it is the new edition's
	}
	place, err := policy.Choose(d.Facts)
	switch {
	case errors.Is(err, procedure.ErrNotAgreed):
		d.cancel(c, by) // the edition no longer limits a complaint like this one
		return nil
	case err != nil:
		return err
	}
	return d.rederive(c, policy, place, by, RevisionMigrated)
}
