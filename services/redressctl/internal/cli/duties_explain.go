package cli

import (
	"fmt"

	"github.com/google/uuid"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

type dutyExplainCmd struct {
	Subject string `arg:"" help:"UUID of work (see: work list), or the code of a procedure."`
	Post    string `arg:"" optional:"" help:"The post, after a procedure."`
	At      string `help:"The time, after a post; default now. Of work it is when it opened." placeholder:"TIME"`
	Lang    string `help:"Language of the account: zh or en." enum:"zh,en" default:"en"`
}

// Help teaches by examples.
func (dutyExplainCmd) Help() string {
	return `Work is explained by what the directory knew when the work opened: later entries do not rewrite it. Times in the sentences are those
of the procedure's zone.

Examples:
  redressctl duties explain 019f0000-0000-7000-8000-000000000001 --lang zh
  redressctl duties explain home-furnishing sales_dealer --at '2026-03-01 09:00'`
}

// Run explains.
func (c dutyExplainCmd) Run(e *env) error {
	when, err := timestamp("at", c.At)
	if err != nil {
		return err
	}
	req := &routingv1.ExplainDutyRequest{Procedure: c.Subject, Post: c.Post, AtTime: when}
	switch {
	case uuid.Validate(c.Subject) == nil && c.Post == "":
		if c.At != "" {
			return fmt.Errorf("--at: work is explained at the time at which it opened; leave it out")
		}
		req = &routingv1.ExplainDutyRequest{WorkId: c.Subject}
	case c.Post == "":
		return fmt.Errorf("%q is no UUID of work; name a post after the procedure, for example: redressctl duties explain %s POST", c.Subject, c.Subject)
	}
	api, err := client(e, e.conn.Routing, routingv1.NewDirectoryServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ExplainDuty(e.ctx, req)
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		for i, r := range resp.GetExplanation().GetReasons() {
			text := r.GetEn()
			if c.Lang == "zh" {
				text = r.GetZh()
			}
			fmt.Fprintf(e.print.w, "%d. %s\n", i+1, text)
		}
	})
}
