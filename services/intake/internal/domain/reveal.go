package domain

import "redress.dev/pkg/fault"

// Reveal returns c after its personal data was shown for purpose, and the event that says so. It fails with FIELD_INVALID when
// purpose says nothing. Nothing about the complaint itself changes: its version stays.
func Reveal(c Complaint, purpose string) (Complaint, Event, error) {
	if blank(purpose) || !printable(purpose) {
		return c, nil, notText("purpose")
	}
	return c.published(), PersonalDataRevealed{}, nil
}

// notText is the fault of a text of one line that is none.
func notText(path string) error {
	return fault.New(fault.Invalid, "FIELD_INVALID", "%s wants words on one line, without control characters", path).At(path)
}
