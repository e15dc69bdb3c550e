package cli

import (
	"fmt"
	"strings"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type searchCmd struct {
	Query     []string `arg:"" help:"Words, Chinese or English; a number, a reference, a whole telephone number or e-mail address."`
	Procedure string   `help:"Only of this procedure."`
	State     string   `help:"Only in this state: open, closed or withdrawn." enum:",open,closed,withdrawn" default:""`
	From      string   `help:"Received at or after." placeholder:"TIME"`
	To        string   `help:"Received before." placeholder:"TIME"`
	page
}

// Help teaches by examples.
func (searchCmd) Help() string {
	return `Examples:
  redressctl complaints search 柜门 划伤
  redressctl complaints search '"left door" scratched'
  redressctl complaints search 13800001234`
}

// Run shows one page of what is found.
func (c searchCmd) Run(e *env) error {
	from, err := timestamp("from", c.From)
	if err != nil {
		return err
	}
	to, err := timestamp("to", c.To)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Intake, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.SearchComplaints(e.ctx, &intakev1.SearchComplaintsRequest{
		Query: strings.Join(c.Query, " "), Procedure: c.Procedure, State: enum(c.State, "COMPLAINT_STATE_", intakev1.ComplaintState_value, intakev1.ComplaintState(0)),
		ReceiveTimeFrom: from, ReceiveTimeTo: to, PageSize: c.PageSize, PageToken: c.PageToken,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, h := range resp.GetHits() {
			x := h.GetComplaint()
			match := fmt.Sprintf("%.0f %%", 100*h.GetScore())
			if h.GetExact() {
				match = "exact"
			}
			rows = append(rows, []string{match, x.GetNumber(), at(x.GetReceiveTime()), word(x.GetState(), "COMPLAINT_STATE_"), x.GetComplainant().GetName(), short(facts(x.GetFields()))})
		}
		e.print.table("complaints with these words; what was written a moment ago is found in a second", []string{"match", "number", "received", "state", "complainant", "facts"}, rows, 0)
		e.print.more(resp.GetNextPageToken())
	})
}
