package domain

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"redress.dev/pkg/procedure"
)

// ErrNoRegistration says that a history does not begin with a registration: it is not one that slatimer took.
var ErrNoRegistration = errors.New("the history does not begin with a registration")

// Agreement is a due time that a call put in a clock's place: no event of another service tells of it.
type Agreement struct {
	Identity
	Due time.Time
	By  Cause
}

// Replay returns the file of a complaint after its history under the edition p, which need not be the one that it is pinned to: every
// happening in the order in which slatimer takes them, and every moment of a clock that comes by itself until now. Nothing that was
// decided live has a part in it but the agreements, which count where p lets a call agree.
//
// A moment comes before the news of a happening when it lay before that was recorded: so a breach that was told stays a fact, as it did
// live. File.Clocks holds every clock, also those that have ended.
func Replay(history []procedure.Happening, agreements []Agreement, p *procedure.Procedure, now time.Time) (File, error) {
	if len(history) == 0 || history[0].Registration == nil {
		return File{}, ErrNoRegistration
	}
	n := 0
	newID := func() string { n++; return strconv.Itoa(n) } // within this file; nothing keeps it
	f := Open(history[0], 0)
	for _, h := range history {
		var err error
		if f, agreements, err = f.agreeUntil(agreements, h.RecordTime, p); err != nil {
			return f, err
		}
		// What is due at the very instant of the record is met by it: the news would have been as fast as the timer.
		f = f.fireUntil(h.RecordTime.Add(-time.Nanosecond))
		if f, _, err = Apply(f, h, p, newID); err != nil {
			return f, err
		}
	}
	f, _, err := f.agreeUntil(agreements, now, p)
	if err != nil {
		return f, err
	}
	return f.fireUntil(now), nil
}

// fireUntil lets every moment of f's clocks come that lies at or before until.
func (f File) fireUntil(until time.Time) File {
	var ids []string
	for _, c := range f.Clocks {
		if c.ready(until) {
			ids = append(ids, c.ID)
		}
	}
	if len(ids) == 0 {
		return f
	}
	f, _ = Fire(f, ids, until)
	return f
}

// agreeUntil lets the agreements count that were made by then, and returns those that were not.
func (f File) agreeUntil(agreements []Agreement, until time.Time, p *procedure.Procedure) (File, []Agreement, error) {
	for len(agreements) > 0 && !agreements[0].By.Time.After(until) {
		a := agreements[0]
		agreements = agreements[1:]
		policy, ok := p.Clock(a.Policy)
		i := slices.IndexFunc(f.Clocks, func(c Clock) bool { return c.Identity() == a.Identity })
		if !ok || !policy.Agreeable || i < 0 || !f.Clocks[i].Open() {
			continue // the edition does not let this be agreed, or has no such clock
		}
		d := f.edit(p)
		if err := d.agree(&d.Clocks[i], policy, a.Due, a.By); err != nil {
			return f, agreements, err
		}
		f = d.File
	}
	return f, agreements, nil
}

// AgreementsOf returns the agreements that the live clocks of a complaint hold and no happening of its history tells of, in the order
// in which they were made.
func AgreementsOf(clocks []Clock, history []procedure.Happening) []Agreement {
	var list []Agreement
	for _, c := range clocks {
		for _, r := range c.Revisions {
			told := func(h procedure.Happening) bool { return h.EventID == r.EventID }
			if r.Kind != RevisionAgreed || slices.ContainsFunc(history, told) {
				continue
			}
			by := Cause{EventID: r.EventID, Actor: r.Actor, Reason: r.Reason, Time: r.Time}
			list = append(list, Agreement{Identity: c.Identity(), Due: r.DueAfter, By: by})
		}
	}
	slices.SortStableFunc(list, func(a, b Agreement) int { return a.By.Time.Compare(b.By.Time) })
	return list
}

// Settled returns clocks after every moment that lies at or before now: as live ones would stand had their timers been as fast as a
// replay's.
func Settled(clocks []Clock, now time.Time) []Clock {
	return File{Clocks: clocks}.fireUntil(now).Clocks
}
