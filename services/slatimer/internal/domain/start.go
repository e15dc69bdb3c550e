package domain

import (
	"errors"
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// startClocks starts the clocks that h starts, in the order of the procedure.
func (d *draft) startClocks(h procedure.Happening, p *procedure.Procedure, newID func() string) error {
	action := "" // what happens to an action starts its clocks and no complaint's, and the other way round
	if a, ok := p.Action(d.Facts.Flow); ok {
		action = a.Key
	}
	for _, policy := range p.Clocks {
		if policy.Action != action || !policy.Start.Matches(h.Occurrence) {
			continue
		}
		applies, err := policy.Applies(d.Facts, countTime(h))
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
		c := newClock(h, policy, s, newID(), d.Facts.Round)
		c.Edition, c.Holidays = d.edition, d.holidays
		if err := d.start(c, policy); err != nil {
			return err
		}
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

// newClock returns a clock that h starts.
func newClock(h procedure.Happening, policy *procedure.Clock, s procedure.Schedule, id string, round int) Clock {
	c := Clock{
		ID: id, Policy: policy.Key, Round: round, StartEventID: h.EventID, TriggerTime: h.OccurTime, CountTime: countTime(h).Truncate(time.Microsecond),
		StartTime: s.StartTime.Truncate(time.Microsecond), Soft: policy.Soft, Internal: policy.Internal, State: StateRunning,
	}
	c.adopt(s)
	if h.Round > 0 {
		c.Round = h.Round
	}
	if h.Occurrence.Kind == procedure.WorkOpened {
		c.WorkID = h.Work.ID
	}
	c.NextTime = c.nextAfter(c.StartTime)
	return c
}

// start adds c. A contact that happened since c's trigger and is known already concerns it at once: intake's news does not wait for
// the others'.
func (d *draft) start(c Clock, policy *procedure.Clock) error {
	d.Clocks = append(d.Clocks, c)
	added := &d.Clocks[len(d.Clocks)-1]
	d.emit(added, c.StartTime, Started{DueTime: c.DueTime, Soft: c.Soft, Internal: c.Internal, Provisional: c.Provisional})
	for _, k := range d.Contacts {
		o, by := k.occurrence(), Cause{EventID: k.EventID, Actor: k.Actor, Time: k.Time}
		switch {
		case !added.Open() || c.TriggerTime.After(k.Time):
		case policy.StoppedBy(o):
			d.stop(added, by)
		case policy.CancelledBy(o):
			d.cancel(added, by)
		default:
			if err := d.change(added, policy, o, by); err != nil {
				return err
			}
		}
	}
	return nil
}

// maxContacts is how many contacts a file remembers; of more the earliest are forgotten.
const maxContacts = 64

// Contact is a contact with the complainant that can end or change a clock.
type Contact struct {
	EventID string    `json:"event_id,omitempty"`
	Actor   string    `json:"actor,omitempty"`
	Purpose string    `json:"purpose"`
	Content []string  `json:"content,omitempty"`
	Time    time.Time `json:"time"`
}

func (k Contact) occurrence() procedure.Occurrence {
	return procedure.Occurrence{Kind: procedure.Contact, Key: k.Purpose, Content: k.Content}
}

// remember keeps a contact for clocks of which slatimer has not heard yet, in the order in which they happened.
func (d *draft) remember(h procedure.Happening, p *procedure.Procedure) {
	if !slices.ContainsFunc(p.Clocks, func(policy *procedure.Clock) bool { return policy.Concerned(h.Occurrence) }) {
		return
	}
	k := Contact{EventID: h.EventID, Actor: h.Actor, Purpose: h.Occurrence.Key, Content: h.Occurrence.Content, Time: h.OccurTime}
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
