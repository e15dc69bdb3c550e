package domain

import (
	"time"

	"redress.dev/pkg/fault"
)

// Erasure is one entry of the ledger of people who were erased. It holds nothing personal.
type Erasure struct {
	SubjectID string
	EraseTime time.Time
	// Reason is a number of the contract's SubjectReason.
	Reason              int16
	Requester, Approver string
	// Proof shows that intake wrote the entry.
	Proof []byte
}

// Erase returns s without a key from now on, and its complaints after the event SubjectErased of each.
//
// It fails with SUBJECT_ERASED, and with SUBJECT_HAS_OPEN_COMPLAINTS: a complaint that is handled needs its person. A closed one may be
// reopened later, and then has nobody behind it.
func Erase(s Subject, complaints []Complaint, now time.Time) (Subject, []Complaint, error) {
	if err := s.present(); err != nil {
		return s, nil, err
	}
	if err := noneOpen(complaints); err != nil {
		return s, nil, err
	}
	s, complaints = s.erased(complaints, now)
	return s, complaints, nil
}

// EraseAgain is Erase of a person whom a restored database has brought back: what was decided then is not decided anew, so it does not
// matter whether a complaint is open. False says that there is nothing to do.
func EraseAgain(s Subject, complaints []Complaint, now time.Time) (Subject, []Complaint, bool) {
	if s.WrappedKey == nil {
		return s, nil, false
	}
	s, complaints = s.erased(complaints, now)
	return s, complaints, true
}

func (s Subject) erased(complaints []Complaint, now time.Time) (Subject, []Complaint) {
	s.WrappedKey, s.Reference, s.EraseTime = nil, nil, now
	told := make([]Complaint, len(complaints))
	for i, c := range complaints {
		told[i] = c.published()
	}
	return s, told
}

// present fails for a person who has been erased.
func (s Subject) present() error {
	if s.WrappedKey != nil {
		return nil
	}
	at := s.EraseTime.UTC().Format(time.RFC3339)
	return fault.New(fault.Precondition, "SUBJECT_ERASED", "the person was erased at %s; there is nothing of theirs any more", at).
		With("subject_id", s.ID).With("erase_time", at)
}

// noneOpen fails while a complaint is open.
func noneOpen(complaints []Complaint) error {
	for _, c := range complaints {
		if c.State == Open {
			return fault.New(fault.Precondition, "SUBJECT_HAS_OPEN_COMPLAINTS",
				"complaint %s of the person is open; close it, or record that it is withdrawn, and ask then", c.Number).
				With("complaint_id", c.ID).With("number", c.Number)
		}
	}
	return nil
}

// NoSubject is the fault of a person who is not there.
func NoSubject(id string) *fault.Error {
	return fault.New(fault.NotFound, "SUBJECT_NOT_FOUND", "there is no person with subject_id %q; FindSubjects finds them by number, address or reference", id).
		With("subject_id", id)
}
