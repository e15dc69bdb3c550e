package domain

import (
	"errors"
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// startClocks starts the clocks that h starts, in the order of the procedure.
func (d *draft) startClocks(h procedure.Happening, p *procedure.Procedure, newID func() string) error {
	for _, policy := range p.Clocks {
		if !policy.Start.Matches(h.Occurrence) {
			continue
		}
		applies, err := policy.Applies(d.Facts)
		if err != nil {
			return err
		}
		if !applies {
			continue
		}
		s, err := policy.Schedule(countTime(h), d.Facts)
		switch {
		case errors.Is(err, procedure.ErrNotAgreed):
			continue // a moment that nobody has agreed limits nothing
		case err != nil:
			return err
		}
		d.start(newClock(h, policy, s, newID(), d.Facts.Round), policy)
	}
	return nil
}

// countTime is when a limit that h starts begins to count. A registration says it; it may be later than the real receipt.
func countTime(h procedure.Happening) time.Time {
	if r := h.Registration; r != nil && !r.CountTime.IsZero() {
		return r.CountTime
	}
	return h.OccurTime
}

// newClock returns a clock that h starts. Postgres keeps microseconds, and a due time must read the same before and after.
func newClock(h procedure.Happening, policy *procedure.Clock, s procedure.Schedule, id string, round int) Clock {
	c := Clock{
		ID: id, Policy: policy.Key, Round: round, StartEventID: h.EventID, TriggerTime: h.OccurTime,
		StartTime: s.StartTime.Truncate(time.Microsecond), DueTime: s.DueTime.Truncate(time.Microsecond),
		Soft: policy.Soft, Internal: policy.Internal, Provisional: s.Provisional, State: StateRunning,
	}
	if h.Round > 0 {
		c.Round = h.Round
	}
	if h.Occurrence.Kind == procedure.WorkOpened {
		c.WorkID = h.Work.ID
	}
	for _, w := range s.WarnTimes {
		c.WarnTimes = append(c.WarnTimes, w.Truncate(time.Microsecond))
	}
	c.NextTime = c.nextAfter(c.StartTime)
	return c
}

// start adds c. A contact that happened since c's trigger and is known already ends it at once: intake's news does not wait for
// the others'.
func (d *draft) start(c Clock, policy *procedure.Clock) {
	d.Clocks = append(d.Clocks, c)
	added := &d.Clocks[len(d.Clocks)-1]
	d.emit(added, c.StartTime, Started{DueTime: c.DueTime, Soft: c.Soft, Internal: c.Internal, Provisional: c.Provisional})
	for _, k := range d.Contacts {
		switch o := k.occurrence(); {
		case !added.Open() || c.TriggerTime.After(k.Time):
		case policy.StoppedBy(o):
			d.stop(added, k.Time)
		case policy.CancelledBy(o):
			d.cancel(added, k.Time)
		}
	}
}

// maxContacts is how many contacts a file remembers; of more the earliest are forgotten.
const maxContacts = 64

// Contact is a contact with the complainant that can end a clock.
type Contact struct {
	Purpose string    `json:"purpose"`
	Content []string  `json:"content,omitempty"`
	Time    time.Time `json:"time"`
}

func (k Contact) occurrence() procedure.Occurrence {
	return procedure.Occurrence{Kind: procedure.Contact, Key: k.Purpose, Content: k.Content}
}

// remember keeps a contact for clocks of which slatimer has not heard yet, in the order in which they happened.
func (d *draft) remember(h procedure.Happening, p *procedure.Procedure) {
	ends := func(policy *procedure.Clock) bool {
		return policy.StoppedBy(h.Occurrence) || policy.CancelledBy(h.Occurrence)
	}
	if !slices.ContainsFunc(p.Clocks, ends) {
		return
	}
	k := Contact{Purpose: h.Occurrence.Key, Content: h.Occurrence.Content, Time: h.OccurTime}
	at, _ := slices.BinarySearchFunc(d.Contacts, k, func(a, b Contact) int {
		if a.Time.After(b.Time) {
			return 1
		}
		return -1 // of the same instant the one that came first stays first
	})
	d.Contacts = slices.Insert(slices.Clone(d.Contacts), at, k)
	if extra := len(d.Contacts) - maxContacts; extra > 0 {
		d.Contacts = d.Contacts[extra:]
	}
}
