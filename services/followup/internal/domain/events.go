package domain

import (
	"time"

	"redress.dev/pkg/procedure"
)

// Event is something that followup has to tell about a complaint or an action.
type Event struct {
	// About is the id of the complaint or action that it tells of.
	About string
	// Version of the file after it.
	Version int64
	// Actor is who caused it: the caller who recorded the visit, or Self.
	Actor string
	// OccurTime is when it really happened.
	OccurTime time.Time
	Body      Body
}

// Body is one of the types below.
//
//sumtype:decl
type Body interface{ body() }

// VisitScheduled says that a visit is due.
type VisitScheduled struct {
	// VisitID is a UUIDv7.
	VisitID string
	// Plan is the key of the visit's plan.
	Plan string
	// Round in which it is due.
	Round int
	// Post that makes it.
	Post string
}

// VisitRecorded says what a visit, or an attempt that leaves it due (not Final), found.
type VisitRecorded struct {
	VisitID string
	Plan    string
	Round   int
	Outcome procedure.VisitOutcome
	// Attempts so far that did not reach the complainant.
	Attempts int
	// Final is false while another attempt is due.
	Final bool
	// Fields are what was recorded in its form.
	Fields map[string]procedure.Value
}

// ComplaintClosed says that the complaint is closed.
type ComplaintClosed struct {
	// Round in which it closed.
	Round int
	// Reason is why.
	Reason CloseReason
}

// ComplaintReopened says that Round has begun, because of what a visit found.
type ComplaintReopened struct {
	Round   int
	VisitID string
}

// FollowupMigrated says that the complaint runs by another edition, which it names.
type FollowupMigrated struct{ Procedure, Name, Digest string }

// ActionOpened says that an action has begun, with the facts that it sees.
type ActionOpened struct {
	Action, Number             string
	Complaints                 []string
	Procedure, Edition, Digest string
	Facts                      procedure.Facts
}

// ActionClosed says that an action has come to its end.
type ActionClosed struct{ Action string }

// ActionCancelled says that somebody has cancelled an action.
type ActionCancelled struct{ Action, Reason string }

// ComplaintActionOpened tells a complaint of an action that has begun for it.
type ComplaintActionOpened struct {
	ActionID, Action, Number string
	Round                    int
}

// ComplaintActionEnded tells a complaint that an action of it has closed, or was cancelled.
type ComplaintActionEnded struct {
	ActionID, Action, Number string
	Round                    int
	Cancelled                bool
}

func (ActionOpened) body()          {}
func (ActionClosed) body()          {}
func (ActionCancelled) body()       {}
func (ComplaintActionOpened) body() {}
func (ComplaintActionEnded) body()  {}

func (VisitScheduled) body()    {}
func (VisitRecorded) body()     {}
func (ComplaintClosed) body()   {}
func (ComplaintReopened) body() {}
func (FollowupMigrated) body()  {}

// CloseReason is why a complaint closed, in the order of the contract's CloseReason.
type CloseReason int

// The reasons. The first two and the last are what a visit found, ByProcedure is a trigger of the procedure's closing.
const (
	Accepted CloseReason = iota + 1
	NotReached
	ByProcedure
	NotAccepted // and the procedure reopens no more
)
