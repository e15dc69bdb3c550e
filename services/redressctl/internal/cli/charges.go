package cli

import (
	"fmt"
	"strings"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/procedure"
)

type chargesCmd struct {
	List chargeListCmd `cmd:"" help:"List what parties bear, the earliest judged first, with the sums of all that is asked for."`
}

type chargeListCmd struct {
	Complaint string   `help:"Only of this complaint or action, by number or UUID (of an action: UUID)."`
	Procedure string   `help:"Only of this procedure."`
	Charge    string   `help:"Only of this key, for example deduction."`
	Kind      []string `help:"compensation, deduction, penalty or fee; several with commas." enum:"compensation,deduction,penalty,fee"`
	State     []string `help:"proposed (waits for its signature), judged (needs none), signed or voided; several with commas; default all but voided." enum:"proposed,judged,signed,voided"`
	Party     string   `help:"Only of this party, by its code."`
	From      string   `help:"Judged at this time or later." placeholder:"TIME"`
	Until     string   `help:"Judged before this time." placeholder:"TIME"`
	page
}

// Run lists one page.
func (c chargeListCmd) Run(e *env) error {
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return err
	}
	req := &routingv1.ListChargesRequest{
		ComplaintId: id, Procedure: c.Procedure, Charge: c.Charge, Party: c.Party, PageSize: c.PageSize, PageToken: c.PageToken,
	}
	if req.JudgeTimeFrom, err = timestamp("from", c.From); err != nil {
		return err
	}
	if req.JudgeTimeTo, err = timestamp("until", c.Until); err != nil {
		return err
	}
	for _, k := range c.Kind {
		req.Kinds = append(req.Kinds, enum(k, "CHARGE_KIND_", typev1.ChargeKind_value, typev1.ChargeKind(0)))
	}
	for _, s := range c.State {
		req.States = append(req.States, enum(s, "CHARGE_STATE_", routingv1.ChargeState_value, routingv1.ChargeState(0)))
	}
	api, err := client(e, e.conn.Routing, routingv1.NewChargeServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListCharges(e.ctx, req)
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		e.print.charges(resp.GetCharges())
		for _, t := range resp.GetTotals() {
			fmt.Fprintf(e.print.w, "%s: %d, in all %s\n", word(t.GetState(), "CHARGE_STATE_"), t.GetCount(), procedure.MoneyOf(t.GetAmount()))
		}
		e.print.more(resp.GetNextPageToken())
	})
}

func (p printer) charges(charges []*routingv1.Charge) {
	var rows [][]string
	for _, c := range charges {
		state := word(c.GetState(), "CHARGE_STATE_")
		if c.GetVoidReason() != routingv1.ChargeVoidReason_CHARGE_VOID_REASON_UNSPECIFIED {
			state += ": " + word(c.GetVoidReason(), "CHARGE_VOID_REASON_")
		}
		rows = append(rows, []string{c.GetNumber(), c.GetCharge(), word(c.GetKind(), "CHARGE_KIND_"), c.GetParty(), procedure.MoneyOf(c.GetAmount()).String(),
			c.GetBasis(), state, strings.TrimSpace(c.GetJudgePost() + " " + c.GetJudge()), at(c.GetJudgeTime()),
			strings.TrimSpace(c.GetSignPost() + " " + c.GetSigner()), at(c.GetSignTime())})
	}
	p.table("charges", strings.Split("complaint,charge,kind,party,amount,basis,state,judged by,judged,signed by,signed", ","), rows, 4)
}
