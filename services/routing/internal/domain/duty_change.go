package domain

import (
	"time"

	"redress.dev/pkg/procedure"
)

// ChangeState is where a requested change of holder stands.
type ChangeState int16

// The states. The numbers are those of the contract, and kept in the database.
const (
	ChangePending  ChangeState = 1
	ChangeApproved ChangeState = 2
	ChangeRejected ChangeState = 3
)

// String returns the state as the contract spells it, without its prefix.
func (s ChangeState) String() string {
	names := [...]string{"", "PENDING", "APPROVED", "REJECTED"}
	if s < ChangePending || int(s) >= len(names) {
		return "UNKNOWN"
	}
	return names[s]
}

// Change is a request that another person sits in a post (S1-19).
type Change struct {
	// ID is a UUIDv7.
	ID string
	Seat
	// Person who is to sit there.
	Person string
	// StartTime is from when that is wanted; zero means from the approval on.
	StartTime time.Time
	// Reason is a code of the company's own; may be empty.
	Reason      string
	Requester   string
	RequestTime time.Time
	// Head is the post whose holder decides.
	Head  string
	State ChangeState
	// Decider and DecideTime are zero while it is pending.
	Decider    string
	DecideTime time.Time
	// DutyID is the duty that came of it; "" unless approved.
	DutyID string
}

// AggregateID returns the id under which events speak of the change.
func (c Change) AggregateID() string { return "duty-change/" + c.ID }

// from returns when the change takes effect if it is approved at the instant now: never before that.
func (c Change) from(now time.Time) time.Time {
	if c.StartTime.Before(now) {
		return now
	}
	return c.StartTime
}

// RequestChange returns c as a pending request for the post. last is the newest duty of its seat, pending the request that waits
// already, the zero Change for none.
//
// It fails with DUTY_APPROVAL_NOT_REQUIRED where the post has no head, with DUTY_CHANGE_PENDING, and with DUTY_OVERLAP when last
// begins after the change would.
func RequestChange(post procedure.Post, last Duty, pending, c Change) (Change, Event, error) {
	switch {
	case post.Head == "":
		return c, nil, approvalNotRequired(post.Key)
	case pending.ID != "":
		return c, nil, changePending(pending)
	}
	if _, _, err := Assign(last, Duty{Seat: c.Seat, StartTime: c.from(c.RequestTime)}); err != nil {
		return c, nil, err
	}
	c.Head, c.State = post.Head, ChangePending
	return c, DutyChangeRequested{ChangeID: c.ID, Procedure: c.Procedure, Post: c.Post, Person: c.Person, Head: c.Head}, nil
}

// Decision is what the holder of the head's post decides about a change.
type Decision struct {
	Approve bool
	// By is who decides; Sitting holds who may: who sits in the head's post now, and who acts for it.
	By      string
	Sitting []string
	Time    time.Time
	// DutyID is the id that the new duty gets.
	DutyID string
}

// Decided is what a decision made of a change.
type Decided struct {
	Change Change
	// Ended and Assigned are the seat's newest duty and the one after it; Assigned has version 0 when nothing was approved.
	Ended, Assigned Duty
	Event           DutyChangeDecided
}

// Decide returns c decided. Approved, the person sits in the post from the time that was asked for, but never before the approval.
//
// It fails with DUTY_CHANGE_DECIDED, with NOT_ON_DUTY for who is not the head, with DUTY_SELF_APPROVAL for who asked, and with
// DUTY_OVERLAP when last, the newest duty of the seat, begins after the change would.
func (c Change) Decide(d Decision, last Duty) (Decided, error) {
	switch {
	case c.State != ChangePending:
		return Decided{}, changeDecided(c)
	case !sits(d.Sitting, d.By):
		return Decided{}, notHead(c, first(d.Sitting))
	case d.By == c.Requester:
		return Decided{}, selfApproval(c)
	}
	out := Decided{Ended: last, Event: DutyChangeDecided{ChangeID: c.ID, Procedure: c.Procedure, Post: c.Post, Approved: d.Approve}}
	c.State, c.Decider, c.DecideTime = ChangeRejected, d.By, d.Time
	if d.Approve {
		next := Duty{ID: d.DutyID, Seat: c.Seat, Person: c.Person, StartTime: c.from(d.Time), RecordTime: d.Time, ChangeID: c.ID}
		var err error
		if out.Ended, out.Assigned, err = Assign(last, next); err != nil {
			return Decided{}, err
		}
		c.State, c.DutyID = ChangeApproved, next.ID
	}
	out.Change = c
	return out, nil
}

// Changed returns the notice of the approved change: the duty, who approved it and when (S1-19).
func (d Decided) Changed(told ...string) DutyChanged {
	e := d.Assigned.Changed(told...)
	e.Approver, e.ApproveTime = d.Change.Decider, d.Change.DecideTime
	return e
}

// sits reports whether the subject is one of those who sit in a post or act for it. Where nobody does it is nobody's.
func sits(sitting []string, subject string) bool {
	for _, person := range sitting {
		if person != "" && person == subject {
			return true
		}
	}
	return false
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}
