package domain

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// ActKind is what somebody did with an edition. The numbers are the contract's and those kept in the database.
type ActKind int16

// The kinds.
const (
	ActPublished ActKind = iota + 1
	ActRequested
	ActApproved
	ActRejected
	ActRetired // of the whole procedure; recorded with the edition that was active
)

// Act is one thing that somebody did with an edition of a procedure.
type Act struct {
	Digest string
	Kind   ActKind
	// Actor is who, "kind:subject".
	Actor string
	// Time is when.
	Time time.Time
	// Effective is from when it holds, or is asked to; zero for a publication, a rejection, and a request for "from approval on".
	Effective time.Time
	// Reason is the actor's own words, or empty.
	Reason string
}

// Life is everything that was done with the editions of one procedure, in the order in which it was recorded. Where each edition
// stands follows from it and the time, so that nothing has to happen at the moment at which a scheduled edition becomes active.
type Life []Act

// EditionState is where an edition stands. The numbers are the contract's.
type EditionState int

// The states.
const (
	EditionDraft EditionState = iota + 1
	EditionRequested
	EditionScheduled
	EditionActive
	EditionSuperseded
	EditionRetired
)

// String returns the state as the contract spells it, without its prefix.
func (s EditionState) String() string {
	return [...]string{"UNSPECIFIED", "DRAFT", "ACTIVATION_REQUESTED", "SCHEDULED", "ACTIVE", "SUPERSEDED", "RETIRED"}[s]
}

// Standing is where an edition stands, and how it came there.
type Standing struct {
	State EditionState
	// Active is whether new complaints begin on it; also where it is requested or scheduled once more.
	Active bool
	// Publisher and Approver are who published it and who approved its last activation; empty where nobody did.
	Publisher, Approver string
	// ActivateTime is from when it is, was or shall be the active one; zero where that is not known.
	ActivateTime time.Time
	// Acts are what was done with it, the newest first.
	Acts []Act
}

// Current returns what holds for new complaints at an instant: the approval or retirement that took effect last, of two with the same
// time the one that was recorded later. False when there is none.
func (l Life) Current(now time.Time) (Act, bool) {
	var found Act
	for _, a := range l {
		if a.decides() && !a.Effective.After(now) && !a.Effective.Before(found.Effective) {
			found = a
		}
	}
	return found, found.Kind != 0
}

// decides reports whether new complaints begin elsewhere, or nowhere, from a's time on.
func (a Act) decides() bool { return a.Kind == ActApproved || a.Kind == ActRetired }

// Pending returns the request for an edition that nobody has decided, if there is one.
func (l Life) Pending(digest string) (Act, bool) {
	for _, a := range slices.Backward(l) {
		if a.Digest == digest && (a.Kind == ActRequested || a.Kind == ActApproved || a.Kind == ActRejected) {
			return a, a.Kind == ActRequested
		}
	}
	return Act{}, false
}

// Standing returns where an edition stands at an instant.
func (l Life) Standing(digest string, now time.Time) Standing {
	s := Standing{State: EditionDraft}
	var next, last Act // its first activation to come and its last one that has come
	for _, a := range l {
		if a.Digest != digest {
			continue
		}
		s.Acts = append(s.Acts, a)
		switch {
		case a.Kind == ActPublished:
			s.Publisher = a.Actor
		case a.Kind != ActApproved:
		case !a.Effective.After(now) && !a.Effective.Before(last.Effective):
			last = a
		case a.Effective.After(now) && (next.Kind == 0 || !a.Effective.After(next.Effective)):
			next = a
		}
	}
	slices.Reverse(s.Acts)
	current, _ := l.Current(now)
	pending, requested := l.Pending(digest)
	s.Active = current.Kind == ActApproved && current.Digest == digest
	switch shown := cmp.Or(last.Kind, next.Kind); {
	case requested:
		s.State, s.ActivateTime = EditionRequested, pending.Effective
	case s.Active:
		s.State, s.ActivateTime, s.Approver = EditionActive, last.Effective, last.Actor
	case next.Kind != 0 && l.survives(next):
		s.State, s.ActivateTime, s.Approver = EditionScheduled, next.Effective, next.Actor
	case current.Kind == ActRetired && current.Digest == digest:
		s.State, s.ActivateTime, s.Approver = EditionRetired, last.Effective, last.Actor
	case shown != 0:
		s.State, s.ActivateTime, s.Approver = EditionSuperseded, last.Effective, last.Actor
	}
	return s
}

// survives reports whether a, which is still to come, was not replaced by a later decision for the same instant.
func (l Life) survives(a Act) bool {
	then, _ := l.Current(a.Effective)
	return then == a
}

// subject returns who an actor is, whatever roles it acted in: "person:li.wei" gives "li.wei".
func subject(actor string) string {
	_, name, _ := strings.Cut(actor, ":")
	return name
}
