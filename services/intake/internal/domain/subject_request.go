package domain

import (
	"time"

	"redress.dev/pkg/fault"
)

// SubjectRequestKind is what is asked for of a person. The numbers are the contract's and those kept in the database.
type SubjectRequestKind int16

// The kinds.
const (
	AskedExport SubjectRequestKind = iota + 1
	AskedErasure
)

// SubjectRequestState is where a request stands. The numbers are the contract's and those kept in the database.
type SubjectRequestState int16

// The states.
const (
	RequestPending SubjectRequestState = iota + 1
	RequestApproved
	RequestRejected
)

// ExportLife is how long an approved export may be fetched.
const ExportLife = 7 * 24 * time.Hour

// SubjectRequest is a request for an export or an erasure, and what became of it.
type SubjectRequest struct {
	// ID is a UUIDv7.
	ID        string
	SubjectID string
	Kind      SubjectRequestKind
	// Reason is a number of the contract's SubjectReason.
	Reason      int16
	State       SubjectRequestState
	Requester   string
	RequestTime time.Time
	// Decider is empty, and DecideTime zero, while it waits.
	Decider    string
	DecideTime time.Time
}

// AskOf returns the request for an export or erasure of s, whose complaints are given; pending is the same request of somebody who was
// first, and zero where there is none.
//
// It fails with SUBJECT_ERASED and SUBJECT_REQUEST_PENDING, and, for an erasure, with SUBJECT_HAS_OPEN_COMPLAINTS.
func AskOf(s Subject, complaints []Complaint, pending SubjectRequest, kind SubjectRequestKind, reason int16, id string, by By) (SubjectRequest, error) {
	if err := s.present(); err != nil {
		return SubjectRequest{}, err
	}
	if pending.ID != "" {
		return SubjectRequest{}, fault.New(fault.Precondition, "SUBJECT_REQUEST_PENDING",
			"%s has asked for it already; approve or reject that first", pending.Requester).
			With("subject_request_id", pending.ID).With("requester", pending.Requester)
	}
	if kind == AskedErasure {
		if err := noneOpen(complaints); err != nil {
			return SubjectRequest{}, err
		}
	}
	return SubjectRequest{ID: id, SubjectID: s.ID, Kind: kind, Reason: reason, State: RequestPending, Requester: by.Actor, RequestTime: by.Time}, nil
}

// Approve returns r granted. It fails with SUBJECT_REQUEST_DECIDED, and with SAME_PERSON for who asked for it: what shows or destroys
// everything of a person takes two people.
func (r SubjectRequest) Approve(by By) (SubjectRequest, error) {
	if err := r.undecided(); err != nil {
		return r, err
	}
	if subject(by.Actor) == subject(r.Requester) {
		return r, fault.New(fault.Denied, "SAME_PERSON", "%s asked for it; somebody else must approve it", by.Actor).With("actor", by.Actor)
	}
	r.State, r.Decider, r.DecideTime = RequestApproved, by.Actor, by.Time
	return r, nil
}

// Reject returns r ended without being granted. It fails with SUBJECT_REQUEST_DECIDED.
func (r SubjectRequest) Reject(by By) (SubjectRequest, error) {
	if err := r.undecided(); err != nil {
		return r, err
	}
	r.State, r.Decider, r.DecideTime = RequestRejected, by.Actor, by.Time
	return r, nil
}

func (r SubjectRequest) undecided() error {
	if r.State == RequestPending {
		return nil
	}
	return fault.New(fault.Precondition, "SUBJECT_REQUEST_DECIDED", "%s has decided it already; ask anew where it is still wanted", r.Decider).
		With("subject_request_id", r.ID).With("decider", r.Decider)
}

// Fetchable fails unless by may fetch what r asked for at by's time: who asked or approved, while the export lives. It fails with
// SUBJECT_REQUEST_NOT_FOUND for anybody else, EXPORT_NOT_APPROVED and EXPORT_EXPIRED.
func (r SubjectRequest) Fetchable(by By) error {
	switch who := subject(by.Actor); {
	case r.Kind != AskedExport, who != subject(r.Requester) && who != subject(r.Decider):
		return NoSubjectRequest(r.ID)
	case r.State != RequestApproved:
		return fault.New(fault.Precondition, "EXPORT_NOT_APPROVED", "the export is not approved; somebody else than %s approves it with ApproveExport", r.Requester).
			With("subject_request_id", r.ID)
	}
	if end := r.DecideTime.Add(ExportLife); by.Time.After(end) {
		at := end.UTC().Format(time.RFC3339)
		return fault.New(fault.Precondition, "EXPORT_EXPIRED", "the export could be fetched until %s; ask for another with RequestExport", at).With("expire_time", at)
	}
	return nil
}

// HandOut returns the complaints of s after the event of each that its personal data was shown. It fails with SUBJECT_ERASED.
func HandOut(s Subject, complaints []Complaint) ([]Complaint, error) {
	if err := s.present(); err != nil {
		return nil, err
	}
	shown := make([]Complaint, len(complaints))
	for i, c := range complaints {
		shown[i] = c.published()
	}
	return shown, nil
}

// NoSubjectRequest is the fault of a request that is not there.
func NoSubjectRequest(id string) *fault.Error {
	return fault.New(fault.NotFound, "SUBJECT_REQUEST_NOT_FOUND",
		"there is no such request with subject_request_id %q; ListSubjectRequests shows those there are", id).
		With("subject_request_id", id)
}
