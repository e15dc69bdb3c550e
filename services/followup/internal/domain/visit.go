package domain

import (
	"time"

	"redress.dev/pkg/procedure"
)

// VisitState is where a visit stands, in the order of the contract's VisitState.
type VisitState int

// The states of a visit; only a due one changes.
const (
	Due VisitState = iota + 1
	Done
	Cancelled
)

// String returns the state as the contract spells it, for messages.
func (s VisitState) String() string {
	return [...]string{"UNSPECIFIED", "DUE", "DONE", "CANCELLED"}[s]
}

// Visit is one return visit to a complainant (回访).
type Visit struct {
	// ID is a UUIDv7.
	ID string
	// Plan is its key in the procedure.
	Plan string
	// Round in which it became due, from 1. A due visit is always of the present round.
	Round int
	// Post that makes it.
	Post string
	// State is Due until a call ends it or nobody needs it any more.
	State VisitState
	// Attempts that did not reach the complainant.
	Attempts int
	// ScheduleTime is when what made it due occurred; EndTime is zero while it is due.
	ScheduleTime time.Time
	EndTime      time.Time
	// Outcome is 0 while it is due, and when it was cancelled.
	Outcome procedure.VisitOutcome
}
