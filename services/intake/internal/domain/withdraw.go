package domain

import (
	"time"

	"redress.dev/pkg/fault"
)

// Withdraw returns c withdrawn at occur, and the event that says so.
//
// It fails with VERSION_CONFLICT when expected is neither 0 nor c's version, with COMPLAINT_NOT_OPEN when c is closed or withdrawn
// already, and with TIME_INVALID when occur is in the future or before c was received. On error c is returned unchanged.
func Withdraw(c Complaint, expected int64, occur, now time.Time) (Complaint, Event, error) {
	if err := c.checkVersion(expected); err != nil {
		return c, nil, err
	}
	if c.State != Open {
		return c, nil, fault.New(fault.Precondition, "COMPLAINT_NOT_OPEN", "the complaint is closed or withdrawn; only an open one can be withdrawn").
			With("complaint_id", c.ID)
	}
	if err := happened("occur_time", occur, now); err != nil {
		return c, nil, err
	}
	if occur.Before(c.ReceiveTime) {
		return c, nil, fault.New(fault.Invalid, "TIME_INVALID", "occur_time is before the complaint was received").At("occur_time")
	}
	c.State = Withdrawn
	return c.changed().published(), ComplaintWithdrawn{}, nil
}
