package cli

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

type dutyRenewCmd struct {
	List     renewListCmd     `cmd:"" default:"withargs" help:"Show renewals, the newest first. May be left out."`
	Begin    renewBeginCmd    `cmd:"" help:"Begin a renewal: the structure is fixed."`
	Confirm  renewConfirmCmd  `cmd:"" help:"Say who sits in a post for the coming time."`
	Complete renewCompleteCmd `cmd:"" help:"End a renewal in which every post is confirmed."`
}

// Help teaches by an example.
func (dutyRenewCmd) Help() string {
	return `A pack that renews its directory says how long that may take (directory.renewal). What is late shows here, and is told to the
keeper of the directory and to the heads of the posts that are missing.

Example:
  redressctl duties renew begin home-furnishing --fixed '2026-03-02 09:00'
  redressctl duties renew confirm RENEWAL sales_dealer zhu.ting
  redressctl duties renew complete RENEWAL

Another person in a post with a head is filed by that head, or asked for with "duties request".`
}

type renewListCmd struct {
	Procedure string `help:"Only of this procedure."`
	Open      bool   `help:"Only those that are open."`
}

// Run lists the renewals.
func (c renewListCmd) Run(e *env) error {
	api, err := client(e, e.conn.Routing, routingv1.NewDirectoryServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListDutyRenewals(e.ctx, &routingv1.ListDutyRenewalsRequest{Procedure: c.Procedure, Open: c.Open})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		if len(resp.GetRenewals()) == 0 {
			fmt.Fprintln(e.print.w, "No renewals.")
		}
		for i, r := range resp.GetRenewals() {
			if i > 0 {
				fmt.Fprintln(e.print.w)
			}
			e.print.renewal(r)
		}
	})
}

type renewBeginCmd struct {
	Procedure string `arg:"" help:"Code of the procedure."`
	Fixed     string `help:"When the structure was fixed; default now." placeholder:"TIME"`
	RequestID string `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

// Run begins the renewal.
func (c renewBeginCmd) Run(e *env) error {
	fixed, err := timestamp("fixed", c.Fixed)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewDirectoryServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.BeginDutyRenewal(e.ctx, &routingv1.BeginDutyRenewalRequest{RequestId: orNew(c.RequestID), Procedure: c.Procedure, StructureTime: fixed})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.renewal(resp.GetRenewal()) })
}

// renewalKey names a renewal.
type renewalKey struct {
	Renewal   string `arg:"" help:"UUID of the renewal (see: duties renew)."`
	RequestID string `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

func (k renewalKey) check() error {
	if uuid.Validate(k.Renewal) != nil {
		return fmt.Errorf("%q is no UUID of a renewal; list them with: redressctl duties renew", k.Renewal)
	}
	return nil
}

type renewConfirmCmd struct {
	renewalKey
	Post   string `arg:"" help:"The post."`
	Person string `arg:"" help:"Who sits there for the coming time: the subject of its token."`
}

// Run confirms the post.
func (c renewConfirmCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewDirectoryServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ConfirmDuty(e.ctx, &routingv1.ConfirmDutyRequest{RequestId: orNew(c.RequestID), RenewalId: c.Renewal, Post: c.Post, Person: c.Person})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		missing := resp.GetRenewal().GetMissing()
		fmt.Fprintf(e.print.w, "Confirmed %s in %s; %d posts are missing.\n", c.Person, c.Post, len(missing))
		if len(missing) == 0 {
			fmt.Fprintf(e.print.w, "Next: redressctl duties renew complete %s\n", c.Renewal)
		}
	})
}

type renewCompleteCmd struct{ renewalKey }

// Run completes the renewal.
func (c renewCompleteCmd) Run(e *env) error {
	if err := c.check(); err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewDirectoryServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.CompleteDutyRenewal(e.ctx, &routingv1.CompleteDutyRenewalRequest{RequestId: orNew(c.RequestID), RenewalId: c.Renewal})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.renewal(resp.GetRenewal()) })
}

// renewal prints a renewal and its posts.
func (p printer) renewal(r *routingv1.DutyRenewal) {
	due := at(r.GetDueTime())
	if r.GetProvisional() {
		due += " (provisional: the holidays are not published yet)"
	}
	state := "open"
	if r.GetCompleteTime() != nil {
		state = "completed " + at(r.GetCompleteTime())
	}
	if r.GetLate() {
		state += ", late"
	}
	p.pairs([2]string{"Renewal", r.GetRenewalId()}, [2]string{"Procedure", r.GetProcedure()}, [2]string{"Structure fixed", at(r.GetStructureTime())},
		[2]string{"Due", due}, [2]string{"State", state}, [2]string{"Missing", strings.Join(r.GetMissing(), ", ")})
	var rows [][]string
	for _, c := range r.GetPosts() {
		rows = append(rows, []string{c.GetPost(), c.GetPerson(), at(c.GetConfirmTime()), c.GetConfirmer(), map[bool]string{true: "late"}[c.GetLate()]})
	}
	p.table("posts", []string{"post", "person", "confirmed", "by", ""}, rows)
}
