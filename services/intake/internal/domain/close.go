package domain

import "time"

// Close returns c closed at t, which followup decides. A withdrawn complaint stays withdrawn: the two crossed on their way.
func Close(c Complaint, t time.Time) Complaint {
	if c.State != Open {
		return c
	}
	c.State, c.CloseTime = Closed, t
	return c.changed()
}

// Reopen returns c open again, which followup decides. It leaves a complaint alone that is not closed.
func Reopen(c Complaint) Complaint {
	if c.State != Closed {
		return c
	}
	c.State, c.CloseTime = Open, time.Time{}
	return c.changed()
}
