package cli

import (
	"fmt"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

type dutiesCmd struct {
	List     dutyListCmd    `cmd:"" help:"Show who sits, sat or will sit in which post."`
	Assign   dutyAssignCmd  `cmd:"" help:"Put a person in a post that needs no approval, or that has had nobody yet."`
	Request  dutyRequestCmd `cmd:"" help:"Ask that another person sits in a post whose head decides that."`
	Changes  dutyChangesCmd `cmd:"" help:"List what was asked for, the newest first."`
	Approve  dutyApproveCmd `cmd:"" help:"Approve what was asked for, as the head of the post."`
	Reject   dutyRejectCmd  `cmd:"" help:"Reject what was asked for, as the head of the post."`
	Renew    dutyRenewCmd   `cmd:"" help:"File the whole directory anew: begin, confirm post by post, complete."`
	Absences absencesCmd    `cmd:"" help:"Show and record who is away."`
	Deputies deputiesCmd    `cmd:"" help:"Show and set who stands in, where a procedure wants deputies."`
	Explain  dutyExplainCmd `cmd:"" help:"Say why a person got a piece of work, or would get that of a post."`
}

// Help tells how the directory is kept.
func (dutiesCmd) Help() string {
	return `A post is a chair; a duty says which person sits in it from when to when. A person is written as in its token: li.wei.

A pack may name a head for a post. Then "assign" seats its first holder only, and everybody after that is asked for with "request"
and let in with "approve", by who sits in the head's post and did not ask. Work that is open moves with the post.

Posts of a published draft count too: fill its directory before the edition is activated.`
}

type dutyListCmd struct {
	Procedure string `help:"Only of this procedure."`
	Post      string `help:"Only of this post."`
	At        string `help:"Only those in force at this time, past or to come." placeholder:"TIME"`
}

// Help teaches by examples.
func (dutyListCmd) Help() string {
	return `Examples:
  redressctl duties list --procedure home-furnishing --at '2026-03-01 09:00'
  redressctl duties list --post sales_dealer        (everybody who ever sat there)`
}

// Run lists the duties.
func (c dutyListCmd) Run(e *env) error {
	when, err := timestamp("at", c.At)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewDirectoryServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListDuties(e.ctx, &routingv1.ListDutiesRequest{Procedure: c.Procedure, Post: c.Post, AtTime: when})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, d := range resp.GetDuties() {
			rows = append(rows, []string{d.GetProcedure(), d.GetPost(), d.GetPerson(), at(d.GetStartTime()), at(d.GetEndTime()), d.GetChangeId()})
		}
		e.print.table("duties", []string{"procedure", "post", "person", "from", "until", "by change"}, rows)
	})
}

// seat is a post and the person for it.
type seat struct {
	Procedure string `arg:"" help:"Code of the procedure."`
	Post      string `arg:"" help:"The post."`
	Person    string `arg:"" help:"The person: the subject of its token."`
	RequestID string `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

type dutyAssignCmd struct {
	seat
	From string `help:"From when; default now." placeholder:"TIME"`
}

// Run assigns the duty.
func (c dutyAssignCmd) Run(e *env) error {
	from, err := timestamp("from", c.From)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewDirectoryServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.AssignDuty(e.ctx, &routingv1.AssignDutyRequest{
		RequestId: orNew(c.RequestID), Procedure: c.Procedure, Post: c.Post, Person: c.Person, StartTime: from,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintf(e.print.w, "%s sits in %s from %s.\n", resp.GetDuty().GetPerson(), resp.GetDuty().GetPost(), at(resp.GetDuty().GetStartTime()))
	})
}
