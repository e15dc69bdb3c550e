package domain

import (
	"strconv"
	"time"

	"redress.dev/pkg/fault"
)

// AccessKind is what somebody did with personal data. The numbers are those kept in the database.
type AccessKind int16

// The kinds.
const (
	AccessReveal AccessKind = iota + 1 // a complaint's data in the clear
	AccessFind                         // people looked for
	AccessExport                       // all of a person's data in the clear
)

// Access records that somebody saw personal data, looked for a person, or was refused.
type Access struct {
	// ID is a UUIDv7.
	ID   string
	Kind AccessKind
	// ComplaintID and SubjectID are empty where it was about none, or about a person as a whole.
	ComplaintID, SubjectID string
	Actor                  string
	// Purpose is a token.
	Purpose string
	Time    time.Time
	Granted bool
}

// QuotaWindow is the time in which accesses of one kind are counted.
const QuotaWindow = time.Hour

// CheckQuota fails with QUOTA_EXCEEDED when a person has used up limit accesses within QuotaWindow before now. last is the time of the
// limit-th newest one, zero where there are fewer.
func CheckQuota(limit int, last, now time.Time) error {
	wait := last.Add(QuotaWindow).Sub(now)
	if limit > 0 && (last.IsZero() || wait <= 0) {
		return nil
	}
	if limit <= 0 {
		wait = QuotaWindow // nobody may, until the service is told otherwise
	}
	return fault.New(fault.Exhausted, "QUOTA_EXCEEDED", "you have done this %d times within an hour, as often as one may; try again in %s",
		max(limit, 0), wait.Round(time.Second)).With("limit", strconv.Itoa(limit)).After(wait)
}
