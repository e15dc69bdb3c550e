package domain

import (
	"errors"
	"slices"
	"time"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/procedure"
)

// Terms are what a clock's due time was derived from, and what came out. They change while it runs: by a pause, an agreement, another
// case, another edition of the procedure or of the holidays.
type Terms struct {
	// Edition is the digest of the procedure whose policy counts, Holidays the editions of the holidays that its calendar was made of.
	Edition  string
	Holidays string
	// LimitCase is the place of the limit in the policy: 0 its own, n its n-th case.
	LimitCase int
	DueTime   time.Time
	// WarnTimes are the moments of the policy's warnings, in the policy's order. Those not between start and due never come.
	WarnTimes []time.Time
	// EscalateTimes are the moments of the policy's ladder, in its order.
	EscalateTimes []time.Time
	Provisional   bool
	// Revisions are what has changed it, in the order in which that happened.
	Revisions []Revision
}

// RevisionKind says what revised a clock.
type RevisionKind string

// The kinds.
const (
	RevisionPaused     RevisionKind = "paused"
	RevisionResumed    RevisionKind = "resumed"
	RevisionAgreed     RevisionKind = "agreed"     // a moment was agreed in the due time's place
	RevisionReclassed  RevisionKind = "reclassed"  // other values made another case count
	RevisionExcused    RevisionKind = "excused"    // its passing unmet is no breach
	RevisionMigrated   RevisionKind = "migrated"   // another edition of the procedure counts
	RevisionRecomputed RevisionKind = "recomputed" // another edition of the holidays counts
)

// Cause is what changes a clock from outside its own time.
type Cause struct {
	// EventID is the event, or the request, that it came with; Actor who did it.
	EventID string
	Actor   string
	// Reason is a code that the actor gave; may be empty.
	Reason string
	// Time is when it happened.
	Time time.Time
}

// Revision is one entry of a clock's history.
type Revision struct {
	Kind    RevisionKind `json:"kind"`
	Time    time.Time    `json:"time"`
	EventID string       `json:"event_id,omitempty"`
	Actor   string       `json:"actor,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	// DueBefore and DueAfter are the due times; equal when it moved nothing.
	DueBefore time.Time `json:"due_before"`
	DueAfter  time.Time `json:"due_after"`
	// EditionBefore and HolidaysBefore are what counted before; empty when the same counts still.
	EditionBefore  string `json:"edition_before,omitempty"`
	HolidaysBefore string `json:"holidays_before,omitempty"`
}

// Pauses returns the pauses that have ended, in order.
func (t Terms) Pauses() []calendar.Pause {
	var pauses []calendar.Pause
	var from time.Time
	for _, c := range t.Revisions {
		switch c.Kind {
		case RevisionPaused:
			from = c.Time
		case RevisionResumed:
			pauses = append(pauses, calendar.Pause{From: from, To: c.Time})
		default:
		}
	}
	return pauses
}

// derivedPauses returns the pauses that the due time was derived with: those that have ended and, where it was derived anew during the
// one that has not, that one as far as it had come.
func (t Terms) derivedPauses() []calendar.Pause {
	pauses := t.Pauses()
	var from, until time.Time
	for _, r := range t.Revisions {
		switch r.Kind {
		case RevisionPaused:
			from = r.Time
		case RevisionResumed:
			from, until = time.Time{}, time.Time{}
		case RevisionReclassed, RevisionMigrated, RevisionRecomputed:
			if !from.IsZero() {
				until = t.since(r.Time)
			}
		default:
		}
	}
	if !until.IsZero() {
		pauses = append(pauses, calendar.Pause{From: from, To: until})
	}
	return pauses
}

// Agreed reports whether the due time is a moment that was agreed while the clock ran: nothing derives it anew.
func (t Terms) Agreed() bool {
	return slices.ContainsFunc(t.Revisions, func(c Revision) bool { return c.Kind == RevisionAgreed })
}

// since returns at, or when the last pause began or ended where that is later: pauses do not overlap, whatever order their news comes
// in. What else changed the clock, and when, does not matter to them.
func (t Terms) since(at time.Time) time.Time {
	for _, c := range t.Revisions {
		if (c.Kind == RevisionPaused || c.Kind == RevisionResumed) && c.Time.After(at) {
			at = c.Time
		}
	}
	return at
}

// record adds a revision to c's history. The history is not shared with the clock that c was copied from.
func (c *Clock) record(kind RevisionKind, by Cause, before Terms) {
	r := Revision{
		Kind: kind, Time: by.Time, EventID: by.EventID, Actor: by.Actor, Reason: by.Reason, DueBefore: before.DueTime, DueAfter: c.DueTime,
	}
	if c.Edition != before.Edition {
		r.EditionBefore = before.Edition
	}
	if c.Holidays != before.Holidays {
		r.HolidaysBefore = before.Holidays
	}
	c.Revisions = append(slices.Clip(c.Revisions), r)
}

// pause stops c's time. A clock whose due time has passed, or is an agreed one, is left alone.
func (d *draft) pause(c *Clock, policy *procedure.Clock, by Cause) {
	d.fireBefore(c, by.Time)
	if l, _ := policy.LimitAt(c.LimitCase); c.State != StateRunning || c.Agreed() || l.Kind == procedure.Agreed {
		return
	}
	by.Time = c.since(by.Time)
	c.State, c.NextTime = StatePaused, time.Time{}
	c.record(RevisionPaused, by, c.Terms)
	d.emit(c, by.Time, Paused{})
}

// resume lets c's time run on; it is due later by what the pause took of it.
func (d *draft) resume(c *Clock, policy *procedure.Clock, by Cause) error {
	if c.State != StatePaused {
		return nil
	}
	by.Time = c.since(by.Time)
	before := c.Terms
	pauses := append(c.Pauses(), calendar.Pause{From: before.lastPause(), To: by.Time})
	if err := d.derive(c, policy, c.LimitCase, pauses); err != nil {
		return err
	}
	c.Edition, c.Holidays = d.edition, d.holidays
	c.record(RevisionResumed, by, before)
	c.State = StateRunning
	c.NextTime = c.nextAfter(by.Time)
	d.emit(c, by.Time, Resumed{DueTime: c.DueTime})
	return nil
}

// excuse makes c's passing unmet no breach. A breach that was told before this became known stays a fact; the history shows both.
func (d *draft) excuse(c *Clock, by Cause) {
	d.fireBefore(c, by.Time)
	if !c.ExcuseTime.IsZero() || by.Time.After(c.DueTime) && c.State != StatePaused {
		return
	}
	c.ExcuseTime = by.Time
	c.record(RevisionExcused, by, c.Terms)
}

// agree puts a moment in the place of c's due time. A clock whose due time has passed is left alone: its breach stays a fact.
func (d *draft) agree(c *Clock, policy *procedure.Clock, due time.Time, by Cause) error {
	d.fireBefore(c, by.Time)
	if !c.Pending() {
		return nil
	}
	before := c.Terms
	s, err := policy.Until(c.StartTime, due)
	if err != nil {
		return err
	}
	s.LimitCase = c.LimitCase
	c.adopt(s)
	c.Warned = 0 // what was warned of was another moment
	c.record(RevisionAgreed, by, before)
	d.replaced(c, by.Time, before, ReplacedByAgreement)
	return nil
}

// reclass lets the case count that holds now, if it is another one.
func (d *draft) reclass(c *Clock, policy *procedure.Clock, by Cause) error {
	if len(policy.Cases) == 0 || !c.Pending() || c.Agreed() {
		return nil
	}
	place, err := policy.Choose(d.Facts)
	switch {
	case errors.Is(err, procedure.ErrNotAgreed) || place == c.LimitCase:
		return nil
	case err != nil:
		return err
	}
	return d.rederive(c, policy, place, by, RevisionReclassed)
}

// rederive works c's terms out anew under a policy, with its start and its pauses as they are, and says what came of it. A due time
// that lies in the past then is breached at that moment. Other holidays that change nothing are noted and not told.
func (d *draft) rederive(c *Clock, policy *procedure.Clock, place int, by Cause, kind RevisionKind) error {
	d.fireBefore(c, by.Time)
	if !c.Pending() {
		return nil
	}
	was := *c
	pauses := c.Pauses()
	if c.State == StatePaused { // until now; resuming counts the rest
		pauses = append(pauses, calendar.Pause{From: c.lastPause(), To: c.since(by.Time)})
	}
	switch err := d.derive(c, policy, place, pauses); {
	case errors.Is(err, procedure.ErrNotAgreed):
		return nil // the new terms name no moment: the old ones stay
	case err != nil:
		return err
	}
	c.Edition, c.Holidays = d.edition, d.holidays
	if kind == RevisionRecomputed && c.sameTimes(was) {
		return nil
	}
	c.record(kind, by, was.Terms)
	d.replaced(c, by.Time, was.Terms, map[RevisionKind]ReplaceCause{
		RevisionReclassed: ReplacedByRule, RevisionMigrated: ReplacedByMigration, RevisionRecomputed: ReplacedByHolidays,
	}[kind])
	return nil
}

// lastPause returns when the pause began that has not ended.
func (t Terms) lastPause() time.Time {
	var from time.Time
	for _, c := range t.Revisions {
		if c.Kind == RevisionPaused {
			from = c.Time
		}
	}
	return from
}

// derive works c's terms out under a policy.
func (d *draft) derive(c *Clock, policy *procedure.Clock, place int, pauses []calendar.Pause) error {
	s, err := policy.ScheduleCase(place, c.CountTime, d.Facts, pauses...)
	if err != nil {
		return err
	}
	c.StartTime = s.StartTime.Truncate(time.Microsecond)
	c.adopt(s)
	return nil
}

// replaced arms c anew after its due time was replaced, and tells of it.
func (d *draft) replaced(c *Clock, at time.Time, before Terms, how ReplaceCause) {
	if how == ReplacedByAgreement {
		c.State = StateRunning // an agreed moment is not paused
	}
	if c.State == StateRunning {
		c.NextTime = c.nextAfter(at)
	}
	d.emit(c, at, Replaced{PreviousDueTime: before.DueTime, DueTime: c.DueTime, Provisional: c.Provisional, Cause: how})
}

// adopt takes over a schedule. Postgres keeps microseconds, and a due time must read the same before and after.
func (c *Clock) adopt(s procedure.Schedule) {
	c.LimitCase, c.Provisional, c.DueTime = s.LimitCase, s.Provisional, s.DueTime.Truncate(time.Microsecond)
	c.WarnTimes, c.EscalateTimes = truncated(s.WarnTimes), truncated(s.EscalateTimes)
}

func truncated(times []time.Time) []time.Time {
	var out []time.Time
	for _, t := range times {
		out = append(out, t.Truncate(time.Microsecond))
	}
	return out
}
