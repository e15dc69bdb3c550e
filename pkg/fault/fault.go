// Package fault is how Redress says no: an error that a caller can act on.
//
// A fault has a kind from a closed list, which the RPC edge maps to a gRPC code, and a reason from its service's
// errors.proto. Everything else that fails is internal: logged once at the edge and shown without its details.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"time"
)

// Kind says what sort of failure it is. The list is closed.
type Kind int

// The kinds, each with the gRPC code it becomes.
const (
	Invalid      Kind = iota + 1 // INVALID_ARGUMENT: the request is wrong whatever the state
	Precondition                 // FAILED_PRECONDITION: right, but not in this state
	NotFound                     // NOT_FOUND
	Exists                       // ALREADY_EXISTS
	Conflict                     // ABORTED: somebody else was first; read again
	OutOfRange                   // OUT_OF_RANGE: past what is there, or not the next in order
	Denied                       // PERMISSION_DENIED
	Unknown                      // UNAUTHENTICATED: the caller did not say who it is
	Exhausted                    // RESOURCE_EXHAUSTED: a limit; try later
	Unavailable                  // UNAVAILABLE: try again
)

// Error is a failure that a caller can act on.
type Error struct {
	Kind Kind
	// Reason is a value of the service's ErrorReason without its prefix, for example "FIELD_REQUIRED".
	Reason string
	// Detail is one English sentence for people: what is wrong and what would be right. It holds no personal data.
	Detail string
	// Meta holds every variable part of Detail. The key "field" is the path of a request field.
	Meta map[string]string
	// Violations are the single findings where there are several.
	Violations []Violation
	// RetryDelay is after how long another try makes sense; zero where that is not known.
	RetryDelay time.Duration
}

// Violation is one finding about one field.
type Violation struct {
	// Field is the path of the request field, for example "draft.complainant.phone".
	Field string
	// Detail says what is wrong with it and what would be right.
	Detail string
}

// New returns a fault. Detail is a format for args.
func New(kind Kind, reason, detail string, args ...any) *Error {
	return &Error{Kind: kind, Reason: reason, Detail: fmt.Sprintf(detail, args...)}
}

// With returns a copy of e with one more entry in Meta.
func (e *Error) With(key, value string) *Error {
	c := *e
	c.Meta = maps.Clone(e.Meta)
	if c.Meta == nil {
		c.Meta = map[string]string{}
	}
	c.Meta[key] = value
	return &c
}

// After returns a copy of e that says after how long another try makes sense.
func (e *Error) After(delay time.Duration) *Error {
	c := *e
	c.RetryDelay = delay
	return &c
}

// At returns a copy of e that names the request field it is about.
func (e *Error) At(field string) *Error { return e.With("field", field) }

// Error returns the detail.
func (e *Error) Error() string { return e.Detail }

// Is reports whether target is a fault of the same reason, so that errors.Is works with a fault value as the sentinel.
func (e *Error) Is(target error) bool {
	var t *Error
	return errors.As(target, &t) && t.Reason == e.Reason
}

// ReasonOf returns the reason of the fault in err's chain, or "".
func ReasonOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Reason
	}
	return ""
}
