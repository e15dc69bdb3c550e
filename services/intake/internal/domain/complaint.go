// Package domain decides what becomes of complaints at their door: which drafts are registered, what may be shown of the people
// in them, and when they end. It is pure: times, ids and procedures are arguments.
package domain

import (
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// State is where a complaint stands. Its numbers are the contract's and those kept in the database.
type State int16

// The states.
const (
	Open      State = iota + 1 // registered and being handled
	Closed                     // may be reopened
	Withdrawn                  // for good
)

// Complaint is one registered complaint without anything personal.
type Complaint struct {
	Tenant string
	// ID is a UUIDv7.
	ID string
	// SubjectID is the person whose complaint it is.
	SubjectID string
	// Number for people, unique in the tenant; empty until it has been allotted.
	Number string
	// Edition is the edition that it runs by.
	Edition Edition
	Flow    string
	Channel string
	// ComplainantKind is a code, or empty.
	ComplainantKind string
	// Fields are the coded and measured facts.
	Fields map[string]procedure.Value
	// ReceiveTime is when it really came, CountTime from when limits count, RegisterTime when Redress learned of it.
	ReceiveTime  time.Time
	CountTime    time.Time
	RegisterTime time.Time
	State        State
	// CloseTime is zero unless it is closed.
	CloseTime time.Time
	// Version is raised by every change, from 1; EventVersion by every event that intake publishes about it, from 1.
	Version      int64
	EventVersion int64
	// ExternalReference is the caller's own, or empty.
	ExternalReference string
}

// Edition names one edition of a procedure.
type Edition struct {
	Procedure string
	Name      string
	// Digest is lower-case hex SHA-256, its identity.
	Digest string
}

// Personal is everything personal about one complaint. It is kept in the vault and nowhere else.
type Personal struct {
	Name    string            `json:"n,omitempty"`
	Phone   string            `json:"p,omitempty"`
	Email   string            `json:"e,omitempty"`
	Address string            `json:"a,omitempty"`
	Content string            `json:"c,omitempty"`
	Fields  map[string]string `json:"f,omitempty"`
	// Reference is the company's own reference for the person, by which they are found again.
	Reference string `json:"r,omitempty"`
}

// Sealed is Personal as it is kept: encrypted under its person's key.
type Sealed struct {
	Ciphertext []byte
	// PhoneIndex and EmailIndex find a person without showing one; nil where there is no phone or e-mail.
	PhoneIndex []byte
	EmailIndex []byte
}

// changed returns c one version later.
func (c Complaint) changed() Complaint {
	c.Version++
	return c
}

// published returns c after one more event of intake's about it.
func (c Complaint) published() Complaint {
	c.EventVersion++
	return c
}

// checkVersion fails unless expected is c's version or 0, which takes any.
func (c Complaint) checkVersion(expected int64) error {
	if expected == 0 || expected == c.Version {
		return nil
	}
	return fault.New(fault.Conflict, "VERSION_CONFLICT", "the complaint is at version %d, not %d; read it again and decide anew",
		c.Version, expected).With("version", itoa(c.Version))
}
