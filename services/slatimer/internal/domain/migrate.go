package domain

import (
	"errors"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// Migrate returns f after its clocks were moved to the policies of another edition of the same procedure, from is the one that
// counted: what is open and not due yet is derived again under them, from its own start and with its pauses, and what starts later
// starts by them. Each clock that is derived again has a revision and an event, also where the due time stays.
//
// A breach stays a fact, and an agreed moment stays agreed. A clock whose policy the edition does not have is cancelled. Migrate fails
// with EDITION_FOREIGN when to is another procedure's; f is unchanged then.
func Migrate(f File, from, to *procedure.Procedure, by Cause) (File, []Event, error) {
	if from.Code != to.Code {
		return f, nil, fault.New(fault.Invalid, "EDITION_FOREIGN", "the edition is one of %s; the complaint runs by %s", to.Code, from.Code).At("edition")
	}
	by.Time = by.Time.Truncate(time.Microsecond) // as Postgres keeps it
	d := f.edit(to)
	if d.ClockEdition = to.Digest; to.Digest == f.Edition {
		d.ClockEdition = ""
	}
	for i := range d.Clocks {
		if err := d.migrate(&d.Clocks[i], to, by); err != nil {
			return f, nil, err
		}
	}
	return d.File, d.events, nil
}

// Follow returns f after h, by which routing moved its complaint to the edition to; from is the edition whose clocks counted. The facts
// and the pin change, and the clocks are moved as Migrate moves them: an earlier move of the clocks alone ends with it.
//
// It cannot fail, since routing has decided. Where the edition fails to say how long a clock runs, the clocks stay with from.
func Follow(f File, h procedure.Happening, from, to *procedure.Procedure) (File, []Event) {
	f.Facts, f.Edition = h.Update(f.Facts), to.Digest
	next, events, err := Migrate(f, from, to, Cause{EventID: h.EventID, Actor: h.Actor, Reason: h.Migration.Reason, Time: h.OccurTime})
	if err != nil {
		f.ClockEdition = from.Digest
		return f, nil
	}
	return next, events
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
