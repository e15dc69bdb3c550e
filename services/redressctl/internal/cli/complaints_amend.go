package cli

import (
	"fmt"
	"maps"
	"slices"

	"google.golang.org/protobuf/types/known/fieldmaskpb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type amendCmd struct {
	Complaint string            `arg:"" help:"Number or UUID of the complaint."`
	Channel   string            `help:"Channel it came by."`
	Name      string            `help:"The complainant's name." type:"text"`
	Phone     string            `help:"Telephone number." type:"text"`
	Email     string            `help:"E-mail address." type:"text"`
	Address   string            `help:"Postal address." type:"text"`
	Kind      string            `help:"Kind of complainant."`
	Content   string            `help:"The complainant's own words; @FILE reads them, as any personal value, from a file." type:"text"`
	Reference string            `help:"Your own reference."`
	Field     map[string]string `help:"A fact of the procedure, as with register. Repeatable." placeholder:"KEY=VALUE" mapsep:"none"`
	Personal  map[string]string `help:"A further personal fact or free text. Repeatable." placeholder:"KEY=TEXT" mapsep:"none"`
	Clear     []string          `help:"Take away what stands at a path, for example complainant.email or fields.amount. Repeatable." placeholder:"PATH"`
	Reason    string            `help:"Why, a short token, for example caller_corrected."`
	Expect    int64             `help:"The version that you saw; refused when it has changed since." placeholder:"VERSION"`
	RequestID string            `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

// Help teaches by an example.
func (amendCmd) Help() string {
	return `What you do not name stays as it is; what stood there before is kept (complaints amendments).

Example:
  redressctl complaints amend MF-202603-000042 --phone 13900001111 --field category=delivery --reason caller_corrected`
}

// Run amends the complaint.
func (c amendCmd) Run(e *env) error {
	fields, err := values(c.Field)
	if err != nil {
		return err
	}
	api, id, err := about(e, c.Complaint, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.AmendComplaint(e.ctx, &intakev1.AmendComplaintRequest{
		RequestId: orNew(c.RequestID), ComplaintId: id, ExpectedVersion: c.Expect, Reason: c.Reason, UpdateMask: &fieldmaskpb.FieldMask{Paths: c.paths()},
		Draft: &intakev1.AmendedDraft{
			Channel: c.Channel, Content: c.Content, Fields: fields, PersonalFields: c.Personal, ExternalReference: c.Reference,
			Complainant: &intakev1.Party{Kind: c.Kind, Name: c.Name, Phone: c.Phone, Email: c.Email, Address: c.Address},
		},
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintf(e.print.w, "%s is at version %d.\n", resp.GetComplaint().GetNumber(), resp.GetComplaint().GetVersion())
	})
}

// paths returns what the flags name.
func (c amendCmd) paths() []string {
	paths := slices.Clone(c.Clear)
	for _, flag := range [][2]string{
		{"channel", c.Channel}, {"complainant.kind", c.Kind}, {"complainant.name", c.Name}, {"complainant.phone", c.Phone}, {"complainant.email", c.Email},
		{"complainant.address", c.Address}, {"content", c.Content}, {"external_reference", c.Reference},
	} {
		if flag[1] != "" {
			paths = append(paths, flag[0])
		}
	}
	for _, key := range slices.Sorted(maps.Keys(c.Field)) {
		paths = append(paths, "fields."+key)
	}
	for _, key := range slices.Sorted(maps.Keys(c.Personal)) {
		paths = append(paths, "personal_fields."+key)
	}
	return paths
}

type amendmentsCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
}

// Run lists what was amended.
func (c amendmentsCmd) Run(e *env) error {
	api, id, err := about(e, c.Complaint, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListAmendments(e.ctx, &intakev1.ListAmendmentsRequest{ComplaintId: id})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, a := range resp.GetAmendments() {
			for _, p := range a.GetParts() {
				rows = append(rows, []string{fmt.Sprint(a.GetVersion()), at(a.GetAmendTime()), a.GetActor(), a.GetReason(), p.GetPath(), p.GetBefore(), p.GetAfter()})
			}
		}
		e.print.table("amendments", []string{"version", "at", "by", "reason", "what", "before", "after"}, rows, 0)
	})
}
