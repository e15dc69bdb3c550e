package cli

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type suggestCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	All       bool   `help:"Those that were set aside, too."`
}

// Help says what to do with a suggestion.
func (suggestCmd) Help() string {
	return `Nothing is linked by itself. Confirm a suggestion with "complaints link", set it aside with "complaints dismiss".`
}

// Run lists suggestions.
func (c suggestCmd) Run(e *env) error {
	api, id, err := about(e, c.Complaint, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListLinkSuggestions(e.ctx, &intakev1.ListLinkSuggestionsRequest{ComplaintId: id, IncludeDismissed: c.All})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, s := range resp.GetSuggestions() {
			x := s.GetComplaint()
			rows = append(rows, []string{fmt.Sprintf("%.2f", s.GetScore()), x.GetNumber(), at(x.GetReceiveTime()), word(x.GetState(), "COMPLAINT_STATE_"),
				x.GetComplainant().GetName(), word(s.GetKind(), "LINK_KIND_"), reasons(s.GetReasons()), s.GetDismisser()})
		}
		e.print.table("complaints that may belong to it", []string{"score", "complaint", "received", "state", "complainant", "as", "because", "set aside by"}, rows, 0)
	})
}

// reasons prints why, for example "same phone, same field order_number".
func reasons(list []*intakev1.SuggestionReason) string {
	words := make([]string, len(list))
	for i, r := range list {
		words[i] = strings.TrimSpace(word(r.GetKind(), "SUGGESTION_REASON_KIND_") + " " + r.GetField())
	}
	return strings.Join(words, ", ")
}

type dismissCmd struct {
	Complaint string `arg:"" help:"Number or UUID of the complaint."`
	Other     string `arg:"" help:"Number or UUID of the one that was suggested."`
	Restore   bool   `help:"Take it back: the suggestion is shown again."`
}

// Run sets a suggestion aside, or takes that back.
func (c dismissCmd) Run(e *env) error {
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return err
	}
	other, err := complaintID(e, c.Other)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Intake, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.DismissLinkSuggestion(e.ctx, &intakev1.DismissLinkSuggestionRequest{
		RequestId: uuid.NewString(), ComplaintId: id, OtherComplaintId: other, Restore: c.Restore,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintln(e.print.w, map[bool]string{false: "It is not suggested any more; --restore takes that back.", true: "It is suggested again."}[c.Restore])
	})
}
