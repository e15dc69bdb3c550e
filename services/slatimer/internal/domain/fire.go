package domain

import (
	"slices"
	"time"
)

// Fire returns f after the time of the named clocks has come until the instant until, and the events that say so: every warning,
// breach and step of a ladder that lies there, in the order of their moments, also those of a time when nobody looked.
//
// Nothing comes before its moment, and nothing twice: a clock whose next moment is later, or which has none left, is passed over.
func Fire(f File, clockIDs []string, until time.Time) (File, []Event) {
	d := f.edit(nil)
	var due []*Clock
	for i := range d.Clocks {
		if c := &d.Clocks[i]; slices.Contains(clockIDs, c.ID) {
			due = append(due, c)
		}
	}
	for {
		var first *Clock
		for _, c := range due {
			if c.ready(until) && (first == nil || c.NextTime.Before(first.NextTime)) {
				first = c
			}
		}
		if first == nil {
			return d.File, d.events
		}
		d.fireNext(first)
	}
}

// ready reports whether c's next moment has come.
func (c Clock) ready(now time.Time) bool { return !c.NextTime.IsZero() && !c.NextTime.After(now) }
