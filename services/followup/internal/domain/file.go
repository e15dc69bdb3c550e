// Package domain decides return visits, closing and reopening. It is pure: times, ids and procedures are arguments.
package domain

import "redress.dev/pkg/procedure"

// Self is the actor of what followup does by itself, because the procedure says so.
const Self = "service:followup"

// State is where the follow-up of a complaint stands, in the order of the contract's FollowupState.
type State int

// The states. An open or closed complaint may reopen; a withdrawn one stays so.
const (
	Open State = iota + 1
	Closed
	Withdrawn
)

// File is what followup keeps of one complaint, or of one action.
type File struct {
	Tenant      string
	ComplaintID string
	// Number of the complaint, for people.
	Number string
	// Procedure is its code, Edition the digest that the complaint is pinned to.
	Procedure string
	Edition   string
	State     State
	// Facts are what the procedure's expressions see; Facts.Round is the round that the complaint stands in.
	Facts procedure.Facts
	// Visits are those that were due when the file was loaded, as they are now, and those scheduled since.
	Visits []Visit
	// Actions counts, by key, the actions that a complaint has led to.
	Actions map[string]Tally
	// Action is set for an action, whose id stands in ComplaintID.
	Action Action
	// Opened are the actions that have begun since the file was loaded; they are files of their own.
	Opened []File
	// Version is raised by one for every event, so that the complaint's events are dense.
	Version int64
	// Changed says that the file differs from what was loaded.
	Changed bool
}

// Begin returns the file of a complaint that h registers; Apply it to h next. h.Registration must be set.
func Begin(h procedure.Happening) File {
	r := h.Registration
	return File{
		Tenant: h.Tenant, ComplaintID: h.ComplaintID, Number: r.Number, Procedure: r.Procedure, Edition: r.Edition,
		State: Open, Facts: procedure.Facts{Round: 1}, Changed: true,
	}
}

// Visit returns the visit with this id, if it is one of f.Visits.
func (f File) Visit(id string) (Visit, bool) {
	for _, v := range f.Visits {
		if v.ID == id {
			return v, true
		}
	}
	return Visit{}, false
}

// isDue reports whether a visit of the plan is due in the present round.
func (f File) isDue(plan string) bool {
	for _, v := range f.Visits {
		if v.State == Due && v.Plan == plan && v.Round == f.Facts.Round {
			return true
		}
	}
	return false
}
