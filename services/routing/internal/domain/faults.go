package domain

import (
	"strconv"

	"redress.dev/pkg/fault"
)

// The reasons of this service's faults; errors.proto describes them. Package procedure adds FIELD_REQUIRED, FIELD_UNKNOWN and FIELD_INVALID, packages idempotency and
// rpc add theirs.
const (
	// Not there, or of another tenant: nobody learns which.
	ReasonCaseNotFound = "CASE_NOT_FOUND"
	ReasonWorkNotFound = "WORK_NOT_FOUND"
	// Somebody else was first.
	ReasonWorkNotOpen     = "WORK_NOT_OPEN"
	ReasonVersionConflict = "VERSION_CONFLICT"
	// The completion lacks something.
	ReasonOutcomeInvalid  = "OUTCOME_INVALID"
	ReasonContentRequired = "CONTENT_REQUIRED"
	ReasonTimeInvalid     = "TIME_INVALID"
	ReasonChargeInvalid   = "CHARGE_INVALID"
	// It is not the caller's to complete.
	ReasonNotOnDuty = "NOT_ON_DUTY"
	// The procedure names no post to go on with, or none of that key to assign.
	ReasonPostUnknown = "POST_UNKNOWN"
	// Complaints cannot be moved so.
	ReasonEditionNotFound     = "EDITION_NOT_FOUND"
	ReasonEditionNotActivated = "EDITION_NOT_ACTIVATED"
	ReasonStepUnknown         = "STEP_UNKNOWN"
)

// CaseNotFound is the fault of a complaint that has no case here.
func CaseNotFound(complaintID string) error {
	return fault.New(fault.NotFound, ReasonCaseNotFound,
		"there is no case of complaint %s here; one that was registered just now arrives within moments", complaintID).With("complaint_id", complaintID)
}

// WorkNotFound is the fault of work that is not there.
func WorkNotFound(workID string) error {
	return fault.New(fault.NotFound, ReasonWorkNotFound, "there is no work %s", workID).With("work_id", workID)
}

// workNotOpen is the fault of work that was completed or cancelled before.
func workNotOpen(w Work) error {
	return fault.New(fault.Precondition, ReasonWorkNotOpen, "work %s has ended already: it is %s", w.ID, w.State).With("state", w.State.String())
}

// notOnDuty is the fault of a caller who sits elsewhere. It does not say who sits in the post.
func notOnDuty(post string) error {
	return fault.New(fault.Denied, ReasonNotOnDuty, "only who sits in the post %s may complete this work, or a supervisor", post).With("post", post)
}

// TimeInvalid is the fault of a request field that holds no instant.
func TimeInvalid(field string) error {
	return fault.New(fault.Invalid, ReasonTimeInvalid, "%s must be an instant from year 1 to 9999, its nanos from 0 to 999999999", field).At(field)
}

// CheckVersion fails with VERSION_CONFLICT unless the caller saw the case as it is. 0 is whatever it is.
func CheckVersion(c Case, expected int64) error {
	if expected == 0 || expected == c.Version {
		return nil
	}
	return fault.New(fault.Conflict, ReasonVersionConflict, "the case has changed: it is at version %d; read it again", c.Version).
		At("expected_version").With("version", strconv.FormatInt(c.Version, 10))
}

// nobodyNext is the fault of a completion after which nobody could be given work: who keeps the procedure can help.
func nobodyNext(err *StuckError) error {
	return fault.New(fault.Precondition, ReasonPostUnknown, "the procedure cannot go on from here: %v", err).With("step", err.Step)
}

// EditionNotFound is the fault of an edition that intake does not have.
func EditionNotFound(field, digest string) error {
	return fault.New(fault.NotFound, ReasonEditionNotFound, "there is no edition with the digest %s; redressctl procedure list shows those that there are", digest).
		At(field).With("digest", digest)
}

// EditionNotActivated is the fault of an edition that two people have not approved.
func EditionNotActivated(field, state string) error {
	return fault.New(fault.Precondition, ReasonEditionNotActivated,
		"two people have not activated the edition (it is %s), so complaints are not moved to it; ask with redressctl procedure activate", state).
		At(field).With("state", state)
}

// StepUnknown is the fault of a step in a mapping that an edition does not have.
func StepUnknown(step, edition string) error {
	return fault.New(fault.Invalid, ReasonStepUnknown, "no flow of edition %s has a step %q; correct the mapping", edition, step).At("steps").With("step", step)
}

// invalidCharge is the fault of a completion by which a charge could not be judged. read names what the charge is reckoned from.
func invalidCharge(field, charge, detail, read string) error {
	return fault.New(fault.Invalid, ReasonChargeInvalid, "the charge %s cannot be judged: %s; correct %s, from which it is reckoned", charge, detail, read).
		At(field).With("charge", charge)
}
