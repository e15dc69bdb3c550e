package domain

import "redress.dev/pkg/fault"

// PurposeReturnVisit is the purpose for which an agent sees a complaint whose return visit is due.
const PurposeReturnVisit = "return_visit"

// Viewer is what somebody who wants to see personal data has to do with its complaint.
type Viewer struct {
	// Trusted: a supervisor or privacy officer, whose office it is; of closed complaints too.
	Trusted bool
	// Assigned: they may act on open work of the complaint.
	Assigned bool
	// Visiting: an agent who makes a return visit that is due.
	Visiting bool
}

// Reveal returns c after its personal data was shown to v, and the event that says so. Nothing about the complaint itself changes: its
// version stays.
//
// It fails with COMPLAINT_NOT_FOUND for who has nothing to do with it: the right ends with the work, and with the complaint.
func Reveal(c Complaint, v Viewer) (Complaint, Event, error) {
	if !v.Trusted && (c.State != Open || !v.Assigned && !v.Visiting) {
		return c, nil, fault.New(fault.NotFound, "COMPLAINT_NOT_FOUND",
			"there is no open complaint with complaint_id %q on which you have work, or a return visit due; a supervisor can give it to you", c.ID).
			With("complaint_id", c.ID)
	}
	return c.published(), PersonalDataRevealed{}, nil
}

// notText is the fault of a text of one line that is none.
func notText(path string) error {
	return fault.New(fault.Invalid, "FIELD_INVALID", "%s wants words on one line, without control characters", path).At(path)
}
