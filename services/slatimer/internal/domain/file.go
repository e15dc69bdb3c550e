package domain

import (
	"time"

	"redress.dev/pkg/procedure"
)

// Key names a complaint.
type Key struct {
	Tenant      string
	ComplaintID string
}

// File is what slatimer knows of one complaint.
type File struct {
	Key
	// Shard is the timer shard of the complaint, the part of its events.
	Shard int
	// Edition is the digest of the edition that the complaint is pinned to.
	Edition string
	// ClockEdition is the digest of the edition whose clocks count in its place, because Edition could not say how long one runs; empty
	// where Edition's count.
	ClockEdition string
	// Facts are what the guards and agreed times of its clocks see.
	Facts procedure.Facts
	// EndTime is when the complaint was closed or withdrawn; zero while it is open.
	EndTime time.Time
	// Contacts are those with the complainant that can end a clock, in the order in which they happened.
	Contacts []Contact
	// EventVersion is the version of the last event about the complaint; dense from 1, 0 before the first.
	EventVersion int64
	// Clocks are those that something can still happen to, and those that ended since the file was loaded. They stand in the order
	// of their start, and only grow.
	Clocks []Clock
}

// ClocksBy returns the digest of the edition whose clocks count.
func (f File) ClocksBy() string {
	if f.ClockEdition != "" {
		return f.ClockEdition
	}
	return f.Edition
}

// draft is a file in the course of one decision: a copy of its own, and the events so far.
type draft struct {
	File
	events []Event
	// edition and holidays name what new terms are derived from.
	edition, holidays string
}

// edit returns a draft of f that shares no clock with it. What is derived in it is derived from p, which may be nil where nothing is.
func (f File) edit(p *procedure.Procedure) *draft {
	clocks := make([]Clock, len(f.Clocks))
	copy(clocks, f.Clocks)
	f.Clocks = clocks
	d := &draft{File: f}
	if p != nil {
		d.edition, d.holidays = p.Digest, p.Holidays
	}
	return d
}

// emit adds an event about c under the file's next version.
func (d *draft) emit(c *Clock, occurred time.Time, what Detail) {
	d.EventVersion++
	d.events = append(d.events, Event{
		Key: d.Key, Version: d.EventVersion, OccurTime: occurred, ClockID: c.ID, Policy: c.Policy, Round: c.Round, Edition: c.Edition, Detail: what,
	})
}
