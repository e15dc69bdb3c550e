package domain

import (
	"fmt"
	"time"

	"redress.dev/pkg/procedure"
)

// Event is something that a decision made happen. All events of one decision occur when its cause did.
type Event interface{ event() }

// Classified says that the rules have worked out their values for a round.
type Classified struct {
	Round  int
	Values map[string]string
}

// Opened says that a step of the kind opened work for a post.
type Opened struct {
	Work Work
	Kind procedure.StepKind
}

// Completed says that work is done.
type Completed struct {
	Work Work
	// Content are the kinds of content that it carried.
	Content []string
}

// Cancelled says that work ended without being done.
type Cancelled struct{ Work Work }

// MilestoneReached says that a step is done that marks a milestone.
type MilestoneReached struct {
	Milestone, Step string
	Round           int
}

// NoticeIssued says that posts were told something.
type NoticeIssued struct {
	// About is a step, or "clock/<key>/warned" or "clock/<key>/breached".
	About string
	// Posts told, each once. People are not named: who sits in a post may change before the notice is read.
	Posts []string
	Round int
}

// Proposed says that a party is judged to bear money.
type Proposed struct{ Charge Charge }

// Signed says that a charge is signed.
type Signed struct{ Charge Charge }

// Voided says that a charge no longer counts, which stood at Before.
type Voided struct {
	Charge Charge
	Before ChargeState
}

// Migrated says that the case runs by another edition from here on.
type Migrated struct {
	From, To *procedure.Procedure
	// Steps are the new keys of steps, by their old ones.
	Steps  map[string]string
	Reason string
	Round  int
	Values map[string]string
	// Work is the open work that goes on.
	Work []Work
}

// DutyChanged is about a seat, not a case: its version counts the duties of a post. It says that a person sits in a post from
// StartTime on.
type DutyChanged struct {
	DutyID, Procedure, Post, Person string
	StartTime                       time.Time
	// ChangeID is the request that was approved, Approver and ApproveTime say by whom and when; zero where none was needed.
	ChangeID, Approver string
	ApproveTime        time.Time
	// Told are the posts that it is a notice for.
	Told []string
}

// DutyChangeRequested is about a requested change: it waits for the holder of Head.
type DutyChangeRequested struct{ ChangeID, Procedure, Post, Person, Head string }

// DutyChangeDecided is about a requested change: it was approved, or rejected.
type DutyChangeDecided struct {
	ChangeID, Procedure, Post string
	Approved                  bool
}

// DutyRenewalBegun is about a renewal: these posts are to be confirmed by DueTime.
type DutyRenewalBegun struct {
	RenewalID, Procedure   string
	StructureTime, DueTime time.Time
	Posts                  []string
}

// DutyConfirmed is about a renewal: a post of it is confirmed.
type DutyConfirmed struct {
	RenewalID, Procedure, Post, Person string
	Late                               bool
}

// DutyRenewalOverdue is about a renewal: its due time has passed and it is not completed. Told are the posts that must act.
type DutyRenewalOverdue struct {
	RenewalID, Procedure string
	DueTime              time.Time
	Missing, Told        []string
}

// DutyRenewalCompleted is about a renewal: all its posts are confirmed.
type DutyRenewalCompleted struct {
	RenewalID, Procedure string
	Late                 bool
}

// The list is closed: only these are events, and package server has a message for each.

func (Classified) event()       {}
func (Opened) event()           {}
func (Completed) event()        {}
func (Cancelled) event()        {}
func (MilestoneReached) event() {}
func (NoticeIssued) event()     {}
func (Migrated) event()         {}
func (Proposed) event()         {}
func (Signed) event()           {}
func (Voided) event()           {}
func (DutyChanged) event()      {}

func (DutyChangeRequested) event()  {}
func (DutyChangeDecided) event()    {}
func (DutyRenewalBegun) event()     {}
func (DutyConfirmed) event()        {}
func (DutyRenewalOverdue) event()   {}
func (DutyRenewalCompleted) event() {}

// posts returns the keys of the posts that are asked or told, each once, with the index of the assignee that named it first.
func posts(assignees []procedure.Assignee, f procedure.Facts) (keys []string, rungs []int, err error) {
	seen := make(map[string]bool, len(assignees)) // two expressions may give one post
	for i, a := range assignees {
		key, err := a.Post(f)
		if err != nil {
			return nil, nil, fmt.Errorf("%w: %w", ErrNoPost, err)
		}
		if !seen[key] {
			seen[key] = true
			keys, rungs = append(keys, key), append(rungs, i)
		}
	}
	return keys, rungs, nil
}
