package cli

import (
	"fmt"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

type activateCmd struct {
	Edition string `arg:"" help:"CODE@EDITION, for example handbook@2026-01, or a digest."`
	From    string `help:"From when new complaints begin on it; left out: from the approval on." placeholder:"TIME"`
	Reason  string `help:"Why; needed to ask and to reject."`
	Approve bool   `help:"Approve what somebody else has asked for." xor:"decision"`
	Reject  bool   `help:"Reject what somebody has asked for, or withdraw it." xor:"decision"`
}

// Help shows the two people's two commands.
func (activateCmd) Help() string {
	return `Who published an edition or asked for its activation cannot approve it. Complaints that run stay on their edition.

Example, on the suite that make run started:
  redressctl procedure activate handbook@2026-02 --reason "shorter limits from April" --from 2026-04-01T00:00:00+08:00
  redressctl procedure activate handbook@2026-02 --approve --token-file .run/standalone/token-approver`
}

// Run asks, approves or rejects.
func (c activateCmd) Run(e *env) error {
	from, err := timestamp("from", c.From)
	if err != nil {
		return err
	}
	if c.Reason == "" && !c.Approve {
		return fmt.Errorf("--reason is missing: say why, for who reads the record")
	}
	if from != nil && (c.Approve || c.Reject) {
		return fmt.Errorf("--from belongs to the request: reject it, and ask anew for another time")
	}
	api, err := client(e, e.conn.Intake, intakev1.NewProcedureServiceClient)
	if err != nil {
		return err
	}
	found, err := edition(e, api, c.Edition)
	if err != nil {
		return err
	}
	id, digest := uuid.NewString(), found.GetEdition().GetEdition().GetDigest()
	switch {
	case c.Approve:
		resp, err := api.ApproveActivation(e.ctx, &intakev1.ApproveActivationRequest{RequestId: id, Digest: digest, Reason: c.Reason})
		if err != nil {
			return err
		}
		return e.print.answer(resp, func() { e.print.standing(resp.GetEdition()) })
	case c.Reject:
		resp, err := api.RejectActivation(e.ctx, &intakev1.RejectActivationRequest{RequestId: id, Digest: digest, Reason: c.Reason})
		if err != nil {
			return err
		}
		return e.print.answer(resp, func() { e.print.standing(resp.GetEdition()) })
	}
	resp, err := api.RequestActivation(e.ctx, &intakev1.RequestActivationRequest{RequestId: id, Digest: digest, ActivateTime: from, Reason: c.Reason})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		e.print.standing(resp.GetEdition())
		fmt.Fprintf(e.print.w, "Somebody else approves it: redressctl procedure activate %s --approve --token-file FILE\n", nameOf(resp.GetEdition()))
	})
}

type retireCmd struct {
	Procedure string `arg:"" help:"Code of the procedure."`
	From      string `help:"From when; left out: now." placeholder:"TIME"`
	Reason    string `help:"Why." required:""`
}

// Run retires a procedure.
func (c retireCmd) Run(e *env) error {
	from, err := timestamp("from", c.From)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Intake, intakev1.NewProcedureServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.RetireProcedure(e.ctx, &intakev1.RetireProcedureRequest{RequestId: uuid.NewString(), Procedure: c.Procedure, RetireTime: from, Reason: c.Reason})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() { e.print.standing(resp.GetEdition()) })
}

// standing says in a sentence where an edition stands.
func (p printer) standing(ed *intakev1.PublishedEdition) {
	when := at(ed.GetActivateTime())
	switch ed.GetState() {
	case intakev1.EditionState_EDITION_STATE_ACTIVATION_REQUESTED:
		if when == "" {
			when = "from its approval on"
		}
		fmt.Fprintf(p.w, "%s: activation requested, %s.\n", nameOf(ed), when)
	case intakev1.EditionState_EDITION_STATE_SCHEDULED, intakev1.EditionState_EDITION_STATE_ACTIVE:
		fmt.Fprintf(p.w, "%s: %s since or from %s, approved by %s.\n", nameOf(ed), stateOf(ed), when, ed.GetApprover())
	default:
		fmt.Fprintf(p.w, "%s: %s.\n", nameOf(ed), stateOf(ed))
	}
}

func stateOf(ed *intakev1.PublishedEdition) string { return word(ed.GetState(), "EDITION_STATE_") }

type editionsCmd struct {
	Open bool `help:"Count the open complaints that run by each edition."`
}

// Run lists the editions.
func (c editionsCmd) Run(e *env) error {
	api, err := client(e, e.conn.Intake, intakev1.NewProcedureServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListProcedures(e.ctx, &intakev1.ListProceduresRequest{CountOpenComplaints: c.Open})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		header := []string{"edition", "state", "active from", "published", "by", "approved by", "digest"}
		if c.Open {
			header = append(header, "open complaints")
		}
		var rows [][]string
		for _, x := range resp.GetEditions() {
			row := []string{nameOf(x), stateOf(x), at(x.GetActivateTime()), at(x.GetPublishTime()), x.GetPublisher(), x.GetApprover(), x.GetEdition().GetDigest()[:12]}
			if c.Open {
				row = append(row, fmt.Sprint(x.GetOpenComplaintCount()))
			}
			rows = append(rows, row)
		}
		e.print.table("procedures: publish one with redressctl procedure publish", header, rows, 7)
	})
}

type editionCmd struct {
	Edition string `arg:"" help:"CODE@EDITION, for example handbook@2026-01, or a digest."`
}

// Run shows one edition and its record.
func (c editionCmd) Run(e *env) error {
	api, err := client(e, e.conn.Intake, intakev1.NewProcedureServiceClient)
	if err != nil {
		return err
	}
	resp, err := edition(e, api, c.Edition)
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		ed := resp.GetEdition()
		e.print.pairs([2]string{"edition", nameOf(ed)}, [2]string{"digest", ed.GetEdition().GetDigest()}, [2]string{"state", stateOf(ed)},
			[2]string{"active from", at(ed.GetActivateTime())}, [2]string{"approved by", ed.GetApprover()})
		e.print.heading("Record")
		var rows [][]string
		for _, a := range ed.GetActs() {
			rows = append(rows, []string{at(a.GetActTime()), word(a.GetKind(), "EDITION_ACT_KIND_"), a.GetActor(), at(a.GetEffectiveTime()), a.GetReason()})
		}
		e.print.table("acts", []string{"when", "what", "who", "holds from", "why"}, rows)
	})
}
