package domain

import "time"

// Contact is one conversation or message with the complainant, without what was said.
type Contact struct {
	// ID is a UUIDv7.
	ID          string
	ComplaintID string
	// Outbound is true when the company turned to the complainant.
	Outbound bool
	Medium   string
	Purpose  string
	// Content is the kinds of content that it carried.
	Content    []string
	OccurTime  time.Time
	RecordTime time.Time
}

// RecordContact returns c after a contact, and the event that says so. A contact is a fact whatever state c is in: people call
// about closed complaints too. It fails with TIME_INVALID when the contact lies in the future, and with FIELD_INVALID when its
// medium is no token.
func RecordContact(c Complaint, contact Contact) (Complaint, Event, error) {
	if err := happened("occur_time", contact.OccurTime, contact.RecordTime); err != nil {
		return c, nil, err
	}
	if blank(contact.Medium) || !printable(contact.Medium) {
		return c, nil, notText("medium")
	}
	return c.changed().published(), ContactRecorded{contact}, nil
}
