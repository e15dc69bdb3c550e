package domain

import (
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// Recompute returns f after the holidays that p's calendars are made of have changed: clocks that are not due yet are derived again,
// with their starts and pauses as they are. Only those that come out different have a revision and an event; the others just name
// the holidays that count now. Agreed moments stay.
func Recompute(f File, p *procedure.Procedure, by Cause) (File, []Event, error) {
	by.Time = by.Time.Truncate(time.Microsecond) // as Postgres keeps it
	d := f.edit(p)
	for i := range d.Clocks {
		c := &d.Clocks[i]
		policy, ok := p.Clock(c.Policy)
		if !ok || c.Holidays == p.Holidays || !c.Pending() || c.Agreed() {
			continue
		}
		if err := d.rederive(c, policy, c.LimitCase, by, RevisionRecomputed); err != nil {
			return f, nil, err
		}
	}
	return d.File, d.events, nil
}

// sameTimes reports whether c's moments are those of was.
func (c Clock) sameTimes(was Clock) bool {
	equal := time.Time.Equal
	return equal(c.StartTime, was.StartTime) && equal(c.DueTime, was.DueTime) && c.Provisional == was.Provisional &&
		slices.EqualFunc(c.WarnTimes, was.WarnTimes, equal) && slices.EqualFunc(c.EscalateTimes, was.EscalateTimes, equal)
}
