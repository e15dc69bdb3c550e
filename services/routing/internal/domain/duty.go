package domain

import (
	"time"

	"redress.dev/pkg/procedure"
)

// Seat is a post of a procedure, as the duty directory knows it.
type Seat struct{ Tenant, Procedure, Post string }

// AggregateID returns the id under which events speak of the seat.
func (s Seat) AggregateID() string { return "duty/" + s.Procedure + "/" + s.Post }

// Duty says that a person sits in a post for a time.
type Duty struct {
	// ID is a UUIDv7.
	ID string
	Seat
	// Person is a token's subject.
	Person string
	// StartTime is when it begins.
	StartTime time.Time
	// EndTime is when it ends, the instant itself not included; zero means on and on.
	EndTime time.Time
	// Version counts the duties of the seat, from 1; it is also the version of the event that told of it.
	Version int64
	// RecordTime is when the directory learned of it; the epoch for what is older than this record.
	RecordTime time.Time
	// ChangeID is the approved change that it came from; "" for none.
	ChangeID string
}

// At reports whether the duty is in force at t.
func (d Duty) At(t time.Time) bool {
	return !t.Before(d.StartTime) && (d.EndTime.IsZero() || t.Before(d.EndTime))
}

// Roster says who sits in the posts of one procedure: its duties by post, in any order.
type Roster map[string][]Duty

// Holder returns the duty of a post that is in force at the instant at; false when nobody sits there.
func (r Roster) Holder(post string, at time.Time) (Duty, bool) {
	for _, d := range r[post] {
		if d.At(at) {
			return d, true
		}
	}
	return Duty{}, false
}

// Person returns who sits in the post at t; "" when nobody does.
func (r Roster) Person(post string, at time.Time) string {
	d, _ := r.Holder(post, at)
	return d.Person
}

// Assign returns last, the newest duty of a seat, ended where next begins, and next numbered after it. A seat that nobody has had
// yet has the zero Duty as its last. Starting just when the last one does takes that one back: it was in force at no time.
//
// It fails with DUTY_OVERLAP when last begins after next does.
func Assign(last, next Duty) (ended, assigned Duty, err error) {
	if last.Version > 0 && last.StartTime.After(next.StartTime) {
		return last, next, dutyOverlap(next.Post, last.StartTime)
	}
	last.EndTime, next.Version = next.StartTime, last.Version+1
	return last, next, nil
}

// AssignDirectly is Assign without anybody's approval: for a post without a head, and for the first holder of one with a head. It
// fails with DUTY_APPROVAL_REQUIRED for another holder of such a post (S1-19, S1-61).
func AssignDirectly(post procedure.Post, last, next Duty) (ended, assigned Duty, err error) {
	if post.Head != "" && last.Version > 0 {
		return last, next, approvalRequired(post)
	}
	return Assign(last, next)
}

// Changed returns the event that tells of a new duty; told are the posts that it is for.
func (d Duty) Changed(told ...string) DutyChanged {
	return DutyChanged{DutyID: d.ID, Procedure: d.Procedure, Post: d.Post, Person: d.Person, StartTime: d.StartTime, ChangeID: d.ChangeID, Told: told}
}
