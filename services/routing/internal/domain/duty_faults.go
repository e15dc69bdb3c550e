package domain

import (
	"errors"
	"strings"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// The reasons of the duty directory's faults; errors.proto describes them.
const (
	ReasonDutyOverlap = "DUTY_OVERLAP"
	// Changes of who sits in a post.
	ReasonApprovalRequired    = "DUTY_APPROVAL_REQUIRED"
	ReasonApprovalNotRequired = "DUTY_APPROVAL_NOT_REQUIRED"
	ReasonChangePending       = "DUTY_CHANGE_PENDING"
	ReasonChangeNotFound      = "DUTY_CHANGE_NOT_FOUND"
	ReasonChangeDecided       = "DUTY_CHANGE_DECIDED"
	ReasonSelfApproval        = "DUTY_SELF_APPROVAL"
	// Renewals of the directory.
	ReasonRenewalNotUsed    = "DUTY_RENEWAL_NOT_USED"
	ReasonRenewalOpen       = "DUTY_RENEWAL_OPEN"
	ReasonRenewalNotFound   = "DUTY_RENEWAL_NOT_FOUND"
	ReasonRenewalIncomplete = "DUTY_RENEWAL_INCOMPLETE"
	ReasonRenewalCompleted  = "DUTY_RENEWAL_COMPLETED"
	// Absences and deputies.
	ReasonAbsenceNotFound = "ABSENCE_NOT_FOUND"
	ReasonNotOneself      = "NOT_ONESELF"
	ReasonDeputiesNotUsed = "DEPUTIES_NOT_USED"
	ReasonDeputyCycle     = "DEPUTY_CYCLE"
)

// ProcedureUnknown is the fault of a seat whose procedure does not exist.
func ProcedureUnknown(s Seat) error {
	return fault.New(fault.Invalid, ReasonPostUnknown, "there is no procedure %q, so it has no posts", s.Procedure).At("procedure").With("post", s.Post)
}

// PostUnknown is the fault of a seat that its procedure does not have.
func PostUnknown(s Seat) error {
	return fault.New(fault.Invalid, ReasonPostUnknown, "the procedure %s has no post %q", s.Procedure, s.Post).At("post").With("post", s.Post)
}

// dutyOverlap is the fault of an assignment that would begin before the post's newest one.
func dutyOverlap(post string, start time.Time) error {
	at := start.Format(time.RFC3339)
	return fault.New(fault.Precondition, ReasonDutyOverlap, "the post %s is assigned from %s already; start_time must not be before that", post, at).
		At("start_time").With("start_time", at)
}

// approvalRequired is the fault of a change that goes past the head of the post.
func approvalRequired(p procedure.Post) error {
	return fault.New(fault.Precondition, ReasonApprovalRequired,
		"who sits in the post %s changes only with the approval of %s: ask for it with RequestDutyChange", p.Key, p.Head).With("post", p.Key).With("head", p.Head)
}

// approvalNotRequired is the fault of a request that nobody would decide.
func approvalNotRequired(post string) error {
	return fault.New(fault.Precondition, ReasonApprovalNotRequired, "the procedure names no head for the post %s: assign it with AssignDuty", post).
		At("post").With("post", post)
}

// changePending is the fault of a second request for a post.
func changePending(c Change) error {
	return fault.New(fault.Precondition, ReasonChangePending, "the change %s of the post %s waits for %s; it is decided first", c.ID, c.Post, c.Head).
		With("change_id", c.ID)
}

// ChangeNotFound is the fault of a request that is not there.
func ChangeNotFound(id string) error {
	return fault.New(fault.NotFound, ReasonChangeNotFound, "there is no requested change %s", id).At("change_id").With("change_id", id)
}

// changeDecided is the fault of a second decision.
func changeDecided(c Change) error {
	return fault.New(fault.Precondition, ReasonChangeDecided, "the change %s is decided already: it is %s", c.ID, c.State).With("state", c.State.String())
}

// notHead is the fault of a caller who is not the head of the post. Where nobody is, it says how to go on.
func notHead(c Change, sitting string) error {
	detail := "only who sits in the post %s decides who sits in %s"
	if sitting == "" {
		detail = "only who sits in the post %s decides who sits in %s, and nobody sits there: assign it first"
	}
	return fault.New(fault.Denied, ReasonNotOnDuty, detail, c.Head, c.Post).With("post", c.Head)
}

// selfApproval is the fault of a requester who decides.
func selfApproval(c Change) error {
	return fault.New(fault.Denied, ReasonSelfApproval, "who asked for the change of %s does not decide it; let another person ask", c.Post).With("post", c.Post)
}

// RenewalNotUsed is the fault of a procedure that renews nothing.
func RenewalNotUsed(code string) error {
	return fault.New(fault.Precondition, ReasonRenewalNotUsed, "the procedure %s has no directory.renewal: its duty directory is not renewed", code).
		At("procedure").With("procedure", code)
}

// RenewalOpen is the fault of a second renewal beside an open one.
func RenewalOpen(r Renewal) error {
	return fault.New(fault.Precondition, ReasonRenewalOpen, "the renewal %s is open: complete it first", r.ID).With("renewal_id", r.ID)
}

// RenewalNotFound is the fault of a renewal that is not there.
func RenewalNotFound(id string) error {
	return fault.New(fault.NotFound, ReasonRenewalNotFound, "there is no renewal %s", id).At("renewal_id").With("renewal_id", id)
}

// renewalIncomplete is the fault of a renewal that is ended too early.
func renewalIncomplete(missing []string) error {
	list := strings.Join(missing, ", ")
	return fault.New(fault.Precondition, ReasonRenewalIncomplete, "these posts are still to be confirmed with ConfirmDuty: %s", list).With("missing", list)
}

// renewalCompleted is the fault of a change to a renewal that has ended.
func renewalCompleted(r Renewal) error {
	return fault.New(fault.Precondition, ReasonRenewalCompleted, "the renewal %s was completed at %s", r.ID, r.CompleteTime.Format(time.RFC3339)).
		With("renewal_id", r.ID)
}

// notFiler is the fault of a caller who may not confirm a post.
func notFiler(post procedure.Post, keeper string) error {
	who := keeper
	if post.Head != "" {
		who = post.Head
	}
	return fault.New(fault.Denied, ReasonNotOnDuty, "the post %s is confirmed by its head, by the keeper of the directory (%s) or by a supervisor", post.Key, who).
		With("post", who)
}

// notKeeper is the fault of a caller who does not keep the directory.
func notKeeper(keeper string) error {
	return fault.New(fault.Denied, ReasonNotOnDuty, "a renewal is begun and completed by the keeper of the directory (%s) or by a supervisor", keeper).With("post", keeper)
}

// notAfter is the fault of a time that must lie after another.
func notAfter(field, than string) error {
	return fault.New(fault.Invalid, ReasonTimeInvalid, "%s must be after %s", field, than).At(field)
}

// notInFuture is the fault of a time that has not come yet.
func notInFuture(field string, now time.Time) error {
	return fault.New(fault.Invalid, ReasonTimeInvalid, "%s is in the future; now is %s", field, now.Format(time.RFC3339)).At(field)
}

// renewalFault is the fault of a renewal whose due time cannot be worked out.
func renewalFault(p *procedure.Procedure, err error) error {
	if errors.Is(err, procedure.ErrNoRenewal) {
		return RenewalNotUsed(p.Code)
	}
	return fault.New(fault.Invalid, ReasonTimeInvalid, "no due time follows from structure_time: %v", err).At("structure_time")
}

// AbsenceNotFound is the fault of an absence that is not there.
func AbsenceNotFound(id string) error {
	return fault.New(fault.NotFound, ReasonAbsenceNotFound, "there is no absence %s", id).At("absence_id").With("absence_id", id)
}

// NotOneself is the fault of a caller who speaks for somebody else, or for a post.
func NotOneself(person string) error {
	return fault.New(fault.Denied, ReasonNotOneself, "only a supervisor or another system says this for a post or for somebody else").With("person", person)
}

// DeputiesNotUsed is the fault of a deputy where the procedure wants none.
func DeputiesNotUsed(code string) error {
	return fault.New(fault.Precondition, ReasonDeputiesNotUsed, "the procedure %s does not ask for deputies (directory.deputies): an absence changes no addressee", code).
		At("procedure").With("procedure", code)
}

// deputyCycle is the fault of a chain that leads back to where it began.
func deputyCycle(path []string) error {
	cycle := strings.Join(path, " > ")
	return fault.New(fault.Precondition, ReasonDeputyCycle, "somebody would come to stand in for itself: %s; name another deputy", cycle).
		At("deputy").With("cycle", cycle)
}
