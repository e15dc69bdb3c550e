package cli

import (
	"fmt"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type contactsCmd struct {
	Record contactRecordCmd `cmd:"" help:"Record a conversation; what it carried may meet clocks."`
}

type contactRecordCmd struct {
	Complaint string   `arg:"" help:"Number or UUID of the complaint."`
	Purpose   string   `help:"What it was for: response, progress, result or a word of the procedure's own." required:""`
	Content   []string `help:"What it carried, for example progress,expected_resolution_time." placeholder:"KIND"`
	Medium    string   `help:"Medium." default:"phone"`
	Inbound   bool     `help:"The complainant turned to the company."`
	Note      string   `help:"What was said; kept in the vault. @FILE reads it from a file." type:"text"`
	At        string   `help:"When it ended; default now." placeholder:"TIME"`
}

// Run records the contact.
func (c contactRecordCmd) Run(e *env) error {
	when, err := timestamp("at", c.At)
	if err != nil {
		return err
	}
	api, id, err := about(e, c.Complaint, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	direction := intakev1.ContactDirection_CONTACT_DIRECTION_OUTBOUND
	if c.Inbound {
		direction = intakev1.ContactDirection_CONTACT_DIRECTION_INBOUND
	}
	resp, err := api.RecordContact(e.ctx, &intakev1.RecordContactRequest{
		RequestId: uuid.NewString(), ComplaintId: id, Direction: direction, Medium: c.Medium, Purpose: c.Purpose, Content: c.Content, OccurTime: when, Note: c.Note,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { fmt.Fprintf(e.print.w, "Recorded contact %s.\n", resp.GetContact().GetContactId()) })
}
