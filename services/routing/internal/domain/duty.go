package domain

import "time"

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
}

// At reports whether the duty is in force at t.
func (d Duty) At(t time.Time) bool {
	return !t.Before(d.StartTime) && (d.EndTime.IsZero() || t.Before(d.EndTime))
}

// Roster says who sits in the posts of one procedure: its duties by post, in any order.
type Roster map[string][]Duty

// Person returns who sits in the post at t; "" when nobody does.
func (r Roster) Person(post string, at time.Time) string {
	for _, d := range r[post] {
		if d.At(at) {
			return d.Person
		}
	}
	return ""
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

// Changed returns the event that tells of a new duty.
func (d Duty) Changed() DutyChanged {
	return DutyChanged{DutyID: d.ID, Procedure: d.Procedure, Post: d.Post, Person: d.Person, StartTime: d.StartTime}
}
