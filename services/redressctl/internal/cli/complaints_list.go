package cli

import (
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type listCmd struct {
	Procedure string            `help:"Only of this procedure."`
	State     string            `help:"Only in this state: open, closed or withdrawn." enum:",open,closed,withdrawn" default:""`
	Flow      string            `help:"Only of this entry flow."`
	Channel   string            `help:"Only by this channel."`
	Field     map[string]string `help:"Only with this fact, as with register. Repeatable." placeholder:"KEY=VALUE"`
	From      string            `help:"Received at or after." placeholder:"TIME"`
	To        string            `help:"Received before." placeholder:"TIME"`
	Number    string            `help:"Only with a number that begins with this, for example MF-202603." placeholder:"PREFIX"`
	Reference string            `help:"Only with this reference of your own."`
	Linked    string            `help:"Only linked with others (yes), or with none (no)." enum:",yes,no" default:""`
	Order     string            `help:"register_time, receive_time (wants --from) or number, each alone or with \" desc\"." default:"register_time desc"`
	page
}

// Run lists one page.
func (c listCmd) Run(e *env) error {
	from, err := timestamp("from", c.From)
	if err != nil {
		return err
	}
	to, err := timestamp("to", c.To)
	if err != nil {
		return err
	}
	fields, err := values(c.Field)
	if err != nil {
		return err
	}
	req := &intakev1.ListComplaintsRequest{
		Procedure: c.Procedure, State: enum(c.State, "COMPLAINT_STATE_", intakev1.ComplaintState_value, intakev1.ComplaintState(0)),
		Flow: c.Flow, Channel: c.Channel, Fields: fields, NumberPrefix: c.Number, OrderBy: c.Order,
		ReceiveTimeFrom: from, ReceiveTimeTo: to, ExternalReference: c.Reference, PageSize: c.PageSize, PageToken: c.PageToken,
	}
	if c.Linked != "" {
		req.Linked = proto.Bool(c.Linked == "yes")
	}
	api, err := client(e, e.conn.Intake, intakev1.NewIntakeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListComplaints(e.ctx, req)
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, x := range resp.GetComplaints() {
			rows = append(rows, []string{x.GetNumber(), x.GetEdition().GetProcedure(), x.GetChannel(), at(x.GetReceiveTime()),
				word(x.GetState(), "COMPLAINT_STATE_"), x.GetComplainant().GetName(), short(facts(x.GetFields()))})
		}
		e.print.table("complaints", []string{"number", "procedure", "channel", "received", "state", "complainant", "facts"}, rows)
		e.print.more(resp.GetNextPageToken())
	})
}
