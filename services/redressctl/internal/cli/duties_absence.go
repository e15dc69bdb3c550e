package cli

import (
	"fmt"
	"strconv"

	"github.com/google/uuid"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

type absencesCmd struct {
	List   absenceListCmd   `cmd:"" default:"withargs" help:"Show who is or will be away. May be left out."`
	Record absenceRecordCmd `cmd:"" help:"Record that a person is away; your own, or as a supervisor anybody's."`
	Cancel absenceCancelCmd `cmd:"" help:"Take an absence back, for example when somebody returns early."`
}

// Help says what an absence does.
func (absencesCmd) Help() string {
	return `By itself an absence changes no addressee. Where the pack says "deputies: true", work that opens meanwhile goes to the deputy.

Example:
  redressctl duties absences record li.wei --from 2026-03-02 --until '2026-03-04 08:30'`
}

type absenceListCmd struct {
	Person string `help:"Only of this person."`
	At     string `help:"Only at this time, past or to come; without it all that are not over." placeholder:"TIME"`
}

// Run lists the absences.
func (c absenceListCmd) Run(e *env) error {
	when, err := timestamp("at", c.At)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewAbsenceServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListAbsences(e.ctx, &routingv1.ListAbsencesRequest{Person: c.Person, AtTime: when})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, a := range resp.GetAbsences() {
			rows = append(rows, []string{a.GetAbsenceId(), a.GetPerson(), at(a.GetStartTime()), at(a.GetEndTime()), at(a.GetRecordTime())})
		}
		e.print.table("absences", []string{"absence", "person", "from", "until", "recorded"}, rows)
	})
}

type absenceRecordCmd struct {
	Person    string `arg:"" help:"The person: the subject of its token."`
	From      string `help:"From when; default now." placeholder:"TIME"`
	Until     string `help:"When the person is back." required:"" placeholder:"TIME"`
	RequestID string `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

// Run records the absence.
func (c absenceRecordCmd) Run(e *env) error {
	from, err := timestamp("from", c.From)
	if err != nil {
		return err
	}
	until, err := timestamp("until", c.Until)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewAbsenceServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.RecordAbsence(e.ctx, &routingv1.RecordAbsenceRequest{RequestId: orNew(c.RequestID), Person: c.Person, StartTime: from, EndTime: until})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		a := resp.GetAbsence()
		fmt.Fprintf(e.print.w, "%s is away from %s until %s (absence %s).\n", a.GetPerson(), at(a.GetStartTime()), at(a.GetEndTime()), a.GetAbsenceId())
	})
}

type absenceCancelCmd struct {
	Absence   string `arg:"" help:"UUID of the absence (see: duties absences)."`
	RequestID string `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

// Run takes the absence back.
func (c absenceCancelCmd) Run(e *env) error {
	if uuid.Validate(c.Absence) != nil {
		return fmt.Errorf("%q is no UUID of an absence; list them with: redressctl duties absences", c.Absence)
	}
	api, err := client(e, e.conn.Routing, routingv1.NewAbsenceServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.CancelAbsence(e.ctx, &routingv1.CancelAbsenceRequest{RequestId: orNew(c.RequestID), AbsenceId: c.Absence})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		fmt.Fprintf(e.print.w, "The absence of %s is taken back; record a shorter one if there was one.\n", resp.GetAbsence().GetPerson())
	})
}

type deputiesCmd struct {
	List deputyListCmd `cmd:"" default:"withargs" help:"Show who stands in for whom. May be left out."`
	Set  deputySetCmd  `cmd:"" help:"Say who stands in for a post or a person that is away; what is set later covers what was set before."`
}

// Help tells how a chain goes.
func (deputiesCmd) Help() string {
	return `Work for who is away goes to the deputy of the post, else of the person; a deputy who is away too is stood in for by its own. If
nobody along the chain is there, the work stays with the post. Nobody may come to stand in for itself.

Examples:
  redressctl duties deputies set CODE chen.lan --person li.wei
  redressctl duties deputies set CODE chen.lan --post quality_manager --from 2026-03-02 --until 2026-03-09
  redressctl duties deputies set CODE '' --person li.wei            (nobody any more)`
}

type deputyListCmd struct {
	Procedure string `help:"Only of this procedure."`
	At        string `help:"Only at this time, past or to come; without it all that are not over." placeholder:"TIME"`
}

// Run lists the deputies.
func (c deputyListCmd) Run(e *env) error {
	when, err := timestamp("at", c.At)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewAbsenceServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListDeputies(e.ctx, &routingv1.ListDeputiesRequest{Procedure: c.Procedure, AtTime: when})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, d := range resp.GetDeputies() {
			deputy := d.GetDeputy()
			if deputy == "" {
				deputy = "nobody"
			}
			rows = append(rows, []string{d.GetProcedure(), strconv.FormatInt(d.GetVersion(), 10), d.GetPost(), d.GetPerson(), deputy, at(d.GetStartTime()), at(d.GetEndTime())})
		}
		e.print.table("deputies", []string{"procedure", "no.", "post", "person", "deputy", "from", "until"}, rows, 1)
	})
}

type deputySetCmd struct {
	Procedure string `arg:"" help:"Code of the procedure."`
	Deputy    string `arg:"" help:"Who stands in: the subject of its token; '' for nobody."`
	Post      string `help:"The post that is stood in for, whoever sits there." xor:"whom" required:""`
	Person    string `help:"The person that is stood in for." xor:"whom" required:""`
	From      string `help:"From when; default now." placeholder:"TIME"`
	Until     string `help:"Until when; default on and on." placeholder:"TIME"`
	RequestID string `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

// Run sets the deputy.
func (c deputySetCmd) Run(e *env) error {
	from, err := timestamp("from", c.From)
	if err != nil {
		return err
	}
	until, err := timestamp("until", c.Until)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewAbsenceServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.SetDeputy(e.ctx, &routingv1.SetDeputyRequest{
		RequestId: orNew(c.RequestID), Procedure: c.Procedure, Post: c.Post, Person: c.Person, Deputy: c.Deputy, StartTime: from, EndTime: until,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		d := resp.GetDeputy()
		who := d.GetDeputy()
		if who == "" {
			who = "Nobody"
		}
		fmt.Fprintf(e.print.w, "%s stands in for %s%s from %s.\n", who, d.GetPost(), d.GetPerson(), at(d.GetStartTime()))
	})
}
