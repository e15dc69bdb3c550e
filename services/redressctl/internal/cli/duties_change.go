package cli

import (
	"fmt"

	"github.com/google/uuid"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

type dutyRequestCmd struct {
	seat
	From   string `help:"From when; default with the approval. It never takes effect before that." placeholder:"TIME"`
	Reason string `help:"Code of the reason, for example rotation; no free text." placeholder:"CODE"`
}

// Help teaches by an example.
func (dutyRequestCmd) Help() string {
	return `Nothing changes until the head of the post approves; until then work goes to who sits there.

Example:
  redressctl duties request home-furnishing sales_dealer hu.bin --from 2026-04-01 --reason rotation`
}

// Run asks for the change.
func (c dutyRequestCmd) Run(e *env) error {
	from, err := timestamp("from", c.From)
	if err != nil {
		return err
	}
	if c.Reason != "" && !reasonCode.MatchString(c.Reason) {
		return fmt.Errorf("--reason: %q is no code; write lower-case letters, digits and _, for example rotation", c.Reason)
	}
	api, err := client(e, e.conn.Routing, routingv1.NewDirectoryServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.RequestDutyChange(e.ctx, &routingv1.RequestDutyChangeRequest{
		RequestId: orNew(c.RequestID), Procedure: c.Procedure, Post: c.Post, Person: c.Person, StartTime: from, Reason: c.Reason,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		k := resp.GetChange()
		fmt.Fprintf(e.print.w, "Asked for %s in %s: change %s waits for who sits in %s.\nNext, as that person: redressctl duties approve %s\n",
			k.GetPerson(), k.GetPost(), k.GetChangeId(), k.GetHead(), k.GetChangeId())
	})
}

type dutyChangesCmd struct {
	Procedure string `help:"Only of this procedure."`
	Post      string `help:"Only of this post."`
	State     string `help:"Only in this state: pending, approved or rejected." enum:",pending,approved,rejected" default:""`
}

// Run lists the changes.
func (c dutyChangesCmd) Run(e *env) error {
	api, err := client(e, e.conn.Routing, routingv1.NewDirectoryServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListDutyChanges(e.ctx, &routingv1.ListDutyChangesRequest{
		Procedure: c.Procedure, Post: c.Post, State: enum(c.State, "DUTY_CHANGE_STATE_", routingv1.DutyChangeState_value, routingv1.DutyChangeState(0)),
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, k := range resp.GetChanges() {
			from := at(k.GetStartTime())
			if from == "" {
				from = "approval"
			}
			rows = append(rows, []string{k.GetChangeId(), k.GetProcedure(), k.GetPost(), k.GetPerson(), from, k.GetReason(), k.GetRequester(),
				word(k.GetState(), "DUTY_CHANGE_STATE_"), k.GetHead(), k.GetDecider(), at(k.GetDecideTime())})
		}
		e.print.table("changes", []string{"change", "procedure", "post", "person", "from", "reason", "asked by", "state", "head", "decided by", "at"}, rows)
	})
}

// dutyDecision names what is decided.
type dutyDecision struct {
	Change    string `arg:"" help:"UUID of the change (see: duties changes)."`
	RequestID string `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

type dutyApproveCmd struct{ dutyDecision }

// Run approves the change.
func (c dutyApproveCmd) Run(e *env) error { return c.decide(e, true) }

type dutyRejectCmd struct{ dutyDecision }

// Run rejects the change.
func (c dutyRejectCmd) Run(e *env) error { return c.decide(e, false) }

func (c dutyDecision) decide(e *env, approve bool) error {
	if uuid.Validate(c.Change) != nil {
		return fmt.Errorf("%q is no UUID of a change; list them with: redressctl duties changes --state pending", c.Change)
	}
	api, err := client(e, e.conn.Routing, routingv1.NewDirectoryServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.DecideDutyChange(e.ctx, &routingv1.DecideDutyChangeRequest{RequestId: orNew(c.RequestID), ChangeId: c.Change, Approve: approve})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		k := resp.GetChange()
		if !approve {
			fmt.Fprintf(e.print.w, "Rejected: nothing changes in %s.\n", k.GetPost())
			return
		}
		fmt.Fprintf(e.print.w, "Approved: %s sits in %s from %s.\n", k.GetPerson(), k.GetPost(), at(resp.GetDuty().GetStartTime()))
	})
}
