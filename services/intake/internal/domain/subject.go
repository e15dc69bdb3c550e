package domain

import (
	"strings"
	"time"
)

// Subject is a person as the vault knows them: one key, and when it came and went. What is known of them stands elsewhere, sealed
// under the key.
type Subject struct {
	// ID is the id of the person's first complaint.
	ID string
	// WrappedKey is the data key as it is kept; nil once the person has been erased.
	WrappedKey []byte
	// KeyVersion says which key-encryption key wrapped it; 0 where that is not known any more.
	KeyVersion uint32
	// Reference is the blind index of the company's own reference for the person; nil where it gave none.
	Reference  []byte
	CreateTime time.Time
	// EraseTime is zero until the person has been erased.
	EraseTime time.Time
}

// CanonicalReference returns the company's own reference for a person in the form under which that person is found again: without
// blanks around it. It is opaque, so its letters stay as they are. False means that there is none.
func CanonicalReference(s string) (string, bool) {
	s = strings.TrimSpace(s)
	return s, s != ""
}
