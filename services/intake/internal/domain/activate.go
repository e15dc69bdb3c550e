package domain

import (
	"time"

	"redress.dev/pkg/fault"
)

// maxAhead is how far ahead a change of edition may be planned.
const maxAhead = 5 * 366 * 24 * time.Hour

// By is who does something with an edition, when, and why.
type By struct {
	Actor  string
	Time   time.Time
	Reason string
}

func (b By) act(digest string, kind ActKind, effective time.Time) Act {
	return Act{Digest: digest, Kind: kind, Actor: b.Actor, Time: b.Time, Effective: effective, Reason: b.Reason}
}

// RequestActivation returns the act that asks for an edition's activation from at on; the zero time means from the approval on.
//
// It fails with TIME_INVALID for a time that has passed or is too far ahead, with ACTIVATION_PENDING when a request for the edition
// waits already, and with EDITION_ACTIVE when the edition is the active one and no other is scheduled: nothing would change.
func (l Life) RequestActivation(digest string, at time.Time, by By) (Act, error) {
	if err := ahead("activate_time", at, by.Time); err != nil {
		return Act{}, err
	}
	if asked, ok := l.Pending(digest); ok {
		return Act{}, fault.New(fault.Precondition, "ACTIVATION_PENDING",
			"%s has asked for the activation of the edition already; approve or reject that first", asked.Actor).With("requester", asked.Actor)
	}
	current, _ := l.Current(by.Time)
	if current.Kind == ActApproved && current.Digest == digest && !l.scheduled(by.Time) {
		return Act{}, fault.New(fault.Precondition, "EDITION_ACTIVE", "new complaints begin on the edition already, and no other is scheduled").
			With("digest", digest)
	}
	return by.act(digest, ActRequested, at), nil
}

// scheduled reports whether anything is decided for after now.
func (l Life) scheduled(now time.Time) bool {
	for _, a := range l {
		if a.decides() && a.Effective.After(now) {
			return true
		}
	}
	return false
}

// ApproveActivation returns the act that grants the open request for an edition. It takes effect at the time that was asked for, or
// at once where that has passed meanwhile.
//
// It fails with ACTIVATION_NOT_REQUESTED, and with SAME_PERSON for who published the edition or asked for this: two people answer
// for what a company's complaints run by. Who somebody is does not depend on the roles of a token.
func (l Life) ApproveActivation(digest string, by By) (Act, error) {
	asked, ok := l.Pending(digest)
	if !ok {
		return Act{}, notRequested(digest)
	}
	who := subject(by.Actor)
	if published := l.Standing(digest, by.Time).Publisher; who == subject(asked.Actor) || who == subject(published) {
		return Act{}, fault.New(fault.Denied, "SAME_PERSON",
			"%s published the edition or asked for its activation; somebody else must approve it", by.Actor).With("actor", by.Actor)
	}
	effective := asked.Effective
	if effective.Before(by.Time) {
		effective = by.Time
	}
	return by.act(digest, ActApproved, effective), nil
}

// RejectActivation returns the act that ends the open request for an edition without granting it. It fails with
// ACTIVATION_NOT_REQUESTED.
func (l Life) RejectActivation(digest string, by By) (Act, error) {
	if _, ok := l.Pending(digest); !ok {
		return Act{}, notRequested(digest)
	}
	return by.act(digest, ActRejected, time.Time{}), nil
}

// Retire returns the act that ends a procedure for new complaints from at on; the zero time means now.
//
// It fails with TIME_INVALID, with PROCEDURE_UNKNOWN when no edition is active and none was, and with PROCEDURE_RETIRED when it takes no
// new complaints already.
func (l Life) Retire(procedure string, at time.Time, by By) (Act, error) {
	if at.IsZero() {
		at = by.Time
	}
	if err := ahead("retire_time", at, by.Time); err != nil {
		return Act{}, err
	}
	switch current, ok := l.Current(at); {
	case !ok:
		return Act{}, NoActiveEdition(procedure).At("procedure")
	case current.Kind == ActRetired:
		return Act{}, Retired(procedure, current.Effective).At("procedure")
	default:
		return by.act(current.Digest, ActRetired, at), nil
	}
}

// ahead fails for a time that is before now or too far after it; the zero time is none.
func ahead(field string, at, now time.Time) error {
	switch {
	case at.IsZero():
		return nil
	case at.Before(now):
		return fault.New(fault.Invalid, "TIME_INVALID", "%s has passed; leave it out for at once", field).At(field)
	case at.Sub(now) > maxAhead:
		return fault.New(fault.Invalid, "TIME_INVALID", "%s is more than five years ahead", field).At(field)
	}
	return nil
}

func notRequested(digest string) error {
	return fault.New(fault.Precondition, "ACTIVATION_NOT_REQUESTED", "nobody waits for a decision on the edition; ask with RequestActivation or redressctl procedure activate").
		With("digest", digest)
}

// NoActiveEdition is the fault of a procedure that no complaint has ever begun on.
func NoActiveEdition(procedure string) *fault.Error {
	return fault.New(fault.NotFound, "PROCEDURE_UNKNOWN",
		"there is no procedure %q with an active edition; ListProcedures and redressctl procedure list show what there is", procedure).With("procedure", procedure)
}

// Retired is the fault of a procedure that takes no new complaints since a time.
func Retired(procedure string, since time.Time) *fault.Error {
	at := since.UTC().Format(time.RFC3339)
	return fault.New(fault.Precondition, "PROCEDURE_RETIRED",
		"the procedure %q takes no new complaints since %s; redressctl procedure list shows those that do", procedure, at).
		With("procedure", procedure).With("retire_time", at)
}
