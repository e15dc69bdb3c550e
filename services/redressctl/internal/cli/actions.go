package cli

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type actionsCmd struct {
	List   actionListCmd   `cmd:"" help:"List actions, the earliest opened first."`
	Open   actionOpenCmd   `cmd:"" help:"Open an action for complaints, or for none where the procedure lets it."`
	Cancel actionCancelCmd `cmd:"" help:"Cancel an action that is open; its work ends."`
}

type actionListCmd struct {
	Complaint string   `help:"Only of this complaint, by number or UUID."`
	Action    string   `help:"Only of this key, for example capa."`
	Procedure string   `help:"Only of this procedure."`
	State     []string `help:"open, closed or cancelled; several with commas." enum:"open,closed,cancelled" default:"open"`
	page
}

// Run lists one page.
func (c actionListCmd) Run(e *env) error {
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Followup, followupv1.NewFollowupServiceClient)
	if err != nil {
		return err
	}
	req := &followupv1.ListActionsRequest{ComplaintId: id, Action: c.Action, Procedure: c.Procedure, PageSize: c.PageSize, PageToken: c.PageToken}
	for _, s := range c.State {
		req.States = append(req.States, enum(s, "ACTION_STATE_", followupv1.ActionState_value, followupv1.ActionState(0)))
	}
	resp, err := api.ListActions(e.ctx, req)
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		e.print.actions(resp.GetActions()...)
		e.print.more(resp.GetNextPageToken())
	})
}

type actionOpenCmd struct {
	Action     string   `arg:"" help:"Key of the action in the procedure, for example capa."`
	Complaints []string `name:"complaint" help:"Complaint that it is for, by number or UUID; the first one's facts count. Several with commas." placeholder:"NUMBER"`
	Edition    string   `help:"Edition, the active one, of an action without a complaint (see: procedure list)." placeholder:"CODE@EDITION"`
}

// Run opens the action.
func (c actionOpenCmd) Run(e *env) error {
	req := &followupv1.OpenActionRequest{RequestId: uuid.NewString(), Action: c.Action}
	if c.Edition != "" {
		procedures, err := client(e, e.conn.Intake, intakev1.NewProcedureServiceClient)
		if err != nil {
			return err
		}
		by, err := edition(e, procedures, c.Edition)
		if err != nil {
			return err
		}
		req.Edition = by.GetEdition().GetEdition().GetDigest()
	}
	for _, number := range c.Complaints {
		id, err := complaintID(e, number)
		if err != nil {
			return err
		}
		req.ComplaintIds = append(req.ComplaintIds, id)
	}
	api, err := client(e, e.conn.Followup, followupv1.NewFollowupServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.OpenAction(e.ctx, req)
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		a := resp.GetAction()
		fmt.Fprintf(e.print.w, "Opened %s.\nIts work: redressctl work list --complaint %s\n", a.GetNumber(), a.GetActionId())
	})
}

type actionCancelCmd struct {
	Action string `arg:"" help:"UUID of the action (see: actions list)."`
	Reason string `help:"Code of the reason, for example opened_in_error; no free text." required:""`
}

// Run cancels the action.
func (c actionCancelCmd) Run(e *env) error {
	api, err := client(e, e.conn.Followup, followupv1.NewFollowupServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.CancelAction(e.ctx, &followupv1.CancelActionRequest{RequestId: uuid.NewString(), ActionId: c.Action, Reason: c.Reason})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.actions(resp.GetAction()) })
}

func (p printer) actions(actions ...*followupv1.Action) {
	var rows [][]string
	for _, a := range actions {
		state := word(a.GetState(), "ACTION_STATE_")
		if a.GetCancelReason() != "" {
			state += ": " + a.GetCancelReason()
		}
		rows = append(rows, []string{a.GetActionId(), a.GetNumber(), a.GetAction(), a.GetProcedure(), state, at(a.GetOpenTime()), at(a.GetEndTime()),
			fmt.Sprint(len(a.GetComplaintIds()))})
	}
	p.table("actions: open one with redressctl actions open", strings.Fields("action number key procedure state opened ended complaints"), rows, 7)
}
