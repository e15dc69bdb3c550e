// Package domain follows complaints for the sake of figures and timelines. It is pure: events come in as values, and the
// procedures that say what is counted are arguments.
package domain

import (
	"time"

	"redress.dev/pkg/procedure"
)

// Happening is one event of a complaint, as timelines show it and figures count it.
type Happening struct {
	procedure.Happening
	// Type is the full name of the event's message.
	Type string
	// Subject and Detail are the timeline's words for it: codes, posts and times, never free text. DetailZh is the detail in Chinese where
	// that is a sentence, else empty.
	Subject  string
	Detail   string
	DetailZh string
	// Clock is set when it happened to a time limit.
	Clock *ClockHappening
	// Charge is set when it happened to a charge.
	Charge *ChargeHappening
	// Done is set when somebody completed work or made a visit.
	Done *Work
}

// ClockHappening is what happened to a clock.
type ClockHappening struct {
	// ID is the clock's: one policy may run several, also at once.
	ID string
	// Policy is its key in the procedure.
	Policy string
	Change ClockChange
}

// ClockChange is what became of a clock.
type ClockChange int

// The changes that figures count. A warning is none, nor is a pause, another due time or a step of the ladder.
const (
	ClockStarted   ClockChange = iota + 1
	ClockMet                   // stopped in time
	ClockBreached              // the due time passed
	ClockStopped               // after the due time
	ClockCancelled             // ended with neither, or after the breach with nothing left to wait for
	ClockExcused               // the due time passed, which had been excused
)

// ChargeHappening is what happened to a charge.
type ChargeHappening struct {
	// Key is the charge's in the procedure, Party a code of its parties.
	Key, Party string
	Amount     procedure.Money
	Change     ChargeChange
	// Stands: it counts, now that it is proposed or signed; or it counted before it was voided.
	Stands bool
	// Step signs it, or has.
	Step string
	// Corrects: it takes the place of another.
	Corrects bool
	// Reason why it is voided, as the contract spells it.
	Reason string
}

// ChargeChange is what became of a charge.
type ChargeChange int

// The changes.
const (
	ChargeProposed ChargeChange = iota + 1
	ChargeSigned
	ChargeVoided
)

// Entry is one line of a complaint's timeline.
type Entry struct {
	Tenant      string
	ComplaintID string
	// Order is the place at which it was learned, from 1 for each complaint.
	Order int
	// EventID is a UUIDv7.
	EventID string
	// Type is the full name of the event's message.
	Type string
	// OccurTime is when it really happened, RecordTime when its service recorded it.
	OccurTime  time.Time
	RecordTime time.Time
	// Actor is who caused it, "kind:subject".
	Actor string
	// Round is 0 where it belongs to none.
	Round   int
	Subject string
	Detail  string
	// DetailZh is empty where Detail is no sentence.
	DetailZh string
	// VisitOutcome is what a visit that has ended found; 0 on every other line, that of an attempt among them.
	VisitOutcome procedure.VisitOutcome
	// Steps are the new keys of steps, by their old ones; on the line of a migration that renames some.
	Steps map[string]string
}
