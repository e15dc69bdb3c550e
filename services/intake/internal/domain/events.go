package domain

import (
	"time"

	"redress.dev/pkg/procedure"
)

// Event is something that intake tells the other services. It never holds personal data or free text.
//
//sumtype:decl
type Event interface{ event() }

// ComplaintRegistered says that a complaint has begun.
type ComplaintRegistered struct {
	Number          string
	Edition         Edition
	Flow            string
	Channel         string
	ComplainantKind string
	Fields          map[string]procedure.Value
	CountTime       time.Time
}

// ComplaintAmended says how the coded facts stand after a correction; Paths tell what was corrected.
type ComplaintAmended struct {
	Channel         string
	ComplainantKind string
	Fields          map[string]procedure.Value
	Paths           []string
	Reason          string
}

// ComplaintWithdrawn says that the complainant has withdrawn.
type ComplaintWithdrawn struct{}

// ContactRecorded says that somebody spoke with the complainant.
type ContactRecorded struct{ Contact Contact }

// ComplaintLinked says what the complaint is linked with now; nothing when it is linked no more.
type ComplaintLinked struct {
	Kind   LinkKind
	Linked []Linked
}

// EvidenceAttached says that a file is kept with the complaint.
type EvidenceAttached struct{ Evidence Evidence }

// EvidenceRemoved says that the content of a file was destroyed.
type EvidenceRemoved struct{ Evidence Evidence }

// PersonalDataRevealed says that somebody saw personal data in the clear.
type PersonalDataRevealed struct{}

// SubjectErased says that the complaint's person has been erased.
type SubjectErased struct{ SubjectID string }

// ProcedurePublished says that an edition was published as a draft.
type ProcedurePublished struct{ Edition Edition }

// ProcedureActivated says that new complaints begin on an edition from a time on.
type ProcedureActivated struct {
	Edition      Edition
	ActivateTime time.Time
}

// ProcedureRetired says that a procedure takes no new complaints from a time on.
type ProcedureRetired struct {
	Edition    Edition
	RetireTime time.Time
}

func (ComplaintRegistered) event()  {}
func (ComplaintAmended) event()     {}
func (ComplaintWithdrawn) event()   {}
func (ContactRecorded) event()      {}
func (ComplaintLinked) event()      {}
func (EvidenceAttached) event()     {}
func (EvidenceRemoved) event()      {}
func (PersonalDataRevealed) event() {}
func (SubjectErased) event()        {}
func (ProcedurePublished) event()   {}
func (ProcedureActivated) event()   {}
func (ProcedureRetired) event()     {}
