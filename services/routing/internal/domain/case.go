// Package domain decides what a case does next: which steps of its procedure open, which work they give to which post, and which
// milestones it reaches. It knows neither clock nor database: times, ids, editions and the duty directory are arguments.
package domain

import (
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// State is where a case stands.
type State int16

// The states. The numbers are kept in the database.
const (
	// StateOpen: work is open.
	StateOpen State = 1
	// StateDone: every branch of the flow has ended.
	StateDone State = 2
	// StateClosed: follow-up has closed the complaint; it may reopen it.
	StateClosed State = 3
	// StateWithdrawn: the complainant has withdrawn, for good.
	StateWithdrawn State = 4
)

// Case is the handling of one complaint: where the steps of its flow stand.
//
// A step of the kinds task, question and approval is open as long as it has open work; the other kinds are done at once. So open
// work and the joins that wait are all that a case keeps of where it stands.
type Case struct {
	Tenant      string
	ComplaintID string
	// Number for people.
	Number string
	// Procedure is the code of the procedure, Digest the edition that the case runs by, to its end.
	Procedure, Digest string
	State             State
	// Facts are what expressions see; the round and the flow are among them.
	Facts procedure.Facts
	// Milestones reached in the present round, each once, in the order in which they were first reached.
	Milestones []string
	// Waiting are the joins that a branch has reached and that have not opened, because another branch may still come.
	Waiting []string
	// Work holds all open work, and ended work as far as it was loaded.
	Work []Work
	// Charges are those that have not been voided, and voided ones as far as they were loaded.
	Charges []Charge
	// Version is raised by every change that people see, from 1. A notice alone does not raise it.
	Version int64
	// EventVersion is the version of the last event of the case, dense from 1.
	EventVersion int64
}

// Setting is what a decision rests on besides the case.
type Setting struct {
	// Procedure is the edition of the case.
	Procedure *procedure.Procedure
	// Roster says who sits in the posts of the procedure.
	Roster Roster
	// Cover says who is away and who stands in; looked at only where the procedure wants deputies.
	Cover Cover
	// NewID returns a new UUIDv7.
	NewID func() string
}

// Registration is the beginning of a complaint.
type Registration struct {
	Tenant, ComplaintID string
	// Number for people.
	Number  string
	Flow    string
	Channel string
	// Fields are its coded and measured facts.
	Fields map[string]procedure.Value
	// ReceiveTime is the real receipt.
	ReceiveTime time.Time
	// Action is set for an action, whose key stands in Flow: what it began with. Its work opens at OpenTime.
	Action   *procedure.ActionRegistration
	OpenTime time.Time
}

// Open returns the case of a newly registered complaint, classified and with its first work open. All of it occurs at the receipt. An
// action that has begun gets a case in the same way, under its own id; its values are the complaint's.
//
// It fails when the procedure has no such flow, or when it cannot say what comes next; see StuckError.
func Open(s Setting, r Registration) (Case, []Event, error) {
	c := Case{
		Tenant: r.Tenant, ComplaintID: r.ComplaintID, Number: r.Number, State: StateOpen,
		Procedure: s.Procedure.Code, Digest: s.Procedure.Digest,
		Facts: procedure.Facts{ComplaintID: r.ComplaintID, Channel: r.Channel, Flow: r.Flow, Fields: r.Fields, Received: r.ReceiveTime},
	}
	at := r.ReceiveTime
	if a := r.Action; a != nil {
		at, c.Facts.Values, c.Facts.Answers = r.OpenTime, a.Values, a.Answers
	}
	m, err := s.begin(c, at)
	if err != nil {
		return Case{}, nil, err
	}
	m.c.Facts.Flow = m.flow.Key // a registration may leave the only flow there is unsaid
	if err := m.startRound(1); err != nil {
		return Case{}, nil, err
	}
	if err := m.judge(); err != nil {
		return Case{}, nil, err
	}
	c, events := m.finish()
	return c, events, nil
}

// Reopen begins a new round of the case, at the flow's step for that: what was still open is cancelled, the rules work their values
// out anew, and milestones count from none. A withdrawn case stays as it is.
//
// It fails when round is not after the present one, and as Open does; c is unchanged then.
func Reopen(s Setting, c Case, round int, at time.Time) (Case, []Event, error) {
	if c.State == StateWithdrawn {
		return c, nil, nil
	}
	if round <= c.Facts.Round {
		return c, nil, stuck("", "round %d cannot follow round %d", round, c.Facts.Round)
	}
	m, err := s.begin(c, at)
	if err != nil {
		return c, nil, err
	}
	m.cancelWork("")
	m.voidProposed()
	m.c.Waiting, m.c.Milestones = nil, nil
	if err := m.startRound(round); err != nil {
		return c, nil, err
	}
	if err := m.judge(); err != nil {
		return c, nil, err
	}
	next, events := m.finish()
	return next, events, nil
}

// Close ends a case that follow-up has closed: what was open is cancelled. A case that has ended already stays as it is.
func Close(c Case, at time.Time) (Case, []Event) {
	if c.State == StateClosed || c.State == StateWithdrawn {
		return c, nil
	}
	return end(c, StateClosed, at)
}

// Withdraw ends a case whose complainant has withdrawn: what was open is cancelled, and nothing reopens it.
func Withdraw(c Case, at time.Time) (Case, []Event) {
	if c.State == StateWithdrawn {
		return c, nil
	}
	return end(c, StateWithdrawn, at)
}

// end needs no edition: that everything stops is no matter of the flow.
func end(c Case, state State, at time.Time) (Case, []Event) {
	c.Work, c.Charges = slices.Clone(c.Work), slices.Clone(c.Charges)
	m := &move{c: c, at: at}
	m.cancelWork("")
	m.voidProposed()
	m.c.Waiting, m.c.State = nil, state
	return m.finish()
}
