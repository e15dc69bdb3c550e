package cli

import (
	"fmt"

	"github.com/google/uuid"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

type dutiesCmd struct {
	List   dutyListCmd   `cmd:"" help:"Show the duty directory."`
	Assign dutyAssignCmd `cmd:"" help:"Put a person in a post."`
}

type dutyListCmd struct {
	Procedure string `help:"Only of this procedure."`
	Post      string `help:"Only of this post."`
	At        string `help:"Only those in force at this time." placeholder:"TIME"`
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
			rows = append(rows, []string{d.GetProcedure(), d.GetPost(), d.GetPerson(), at(d.GetStartTime()), at(d.GetEndTime())})
		}
		e.print.table("duties", []string{"procedure", "post", "person", "from", "until"}, rows)
	})
}

type dutyAssignCmd struct {
	Procedure string `arg:"" help:"Code of the procedure."`
	Post      string `arg:"" help:"The post."`
	Person    string `arg:"" help:"The person: the subject of its token."`
	From      string `help:"From when; default now." placeholder:"TIME"`
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
		RequestId: uuid.NewString(), Procedure: c.Procedure, Post: c.Post, Person: c.Person, StartTime: from,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintf(e.print.w, "%s sits in %s from %s.\n", resp.GetDuty().GetPerson(), resp.GetDuty().GetPost(), at(resp.GetDuty().GetStartTime()))
	})
}
