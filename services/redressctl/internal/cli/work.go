package cli

import (
	"fmt"
	"strings"

	"github.com/google/uuid"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
)

type workCmd struct {
	List     workListCmd `cmd:"" help:"List work, the earliest opened first."`
	Complete completeCmd `cmd:"" help:"Complete one piece of work."`
}

type workListCmd struct {
	Complaint string `help:"Only of this complaint, by number or UUID."`
	Post      string `help:"Only of this post."`
	Person    string `help:"Only of this person."`
	Procedure string `help:"Only of this procedure."`
	Wide      bool   `help:"Each piece of work with what staff are to keep in mind or to say."`
	State     string `help:"open, completed or cancelled." enum:"open,completed,cancelled" default:"open"`
	page
}

// Run lists one page.
func (c workListCmd) Run(e *env) error {
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Routing, routingv1.NewRoutingServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListWork(e.ctx, &routingv1.ListWorkRequest{
		ComplaintId: id, Post: c.Post, Person: c.Person, Procedure: c.Procedure,
		State:    enum(c.State, "WORK_STATE_", routingv1.WorkState_value, routingv1.WorkState(0)),
		PageSize: c.PageSize, PageToken: c.PageToken,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		if c.Wide {
			e.print.wideWork(resp.GetWork())
			e.print.more(resp.GetNextPageToken())
			return
		}
		var rows [][]string
		for _, w := range resp.GetWork() {
			rows = append(rows, []string{w.GetWorkId(), w.GetNumber(), w.GetStep(), w.GetPost(), w.GetPerson(), at(w.GetOpenTime()),
				strings.Join(w.GetOutcomes(), " | "), strings.Join(w.GetForm(), " ")})
		}
		e.print.table("work", []string{"work", "complaint", "step", "post", "person", "opened", "outcomes", "asks for"}, rows)
		e.print.more(resp.GetNextPageToken())
	})
}

// wideWork prints each piece of work by itself, with the guidance of its step.
func (p printer) wideWork(work []*routingv1.Work) {
	for _, w := range work {
		p.pairs([2]string{"Work", w.GetWorkId()}, [2]string{"Complaint", w.GetNumber()}, [2]string{"Step", w.GetStep()},
			[2]string{"For", strings.TrimSpace(w.GetPost() + " " + w.GetPerson())}, [2]string{"Opened", at(w.GetOpenTime())},
			[2]string{"Outcomes", strings.Join(w.GetOutcomes(), " | ")}, [2]string{"Asks for", strings.Join(w.GetForm(), " ")},
			[2]string{"指引", w.GetGuidanceZh()}, [2]string{"Guidance", w.GetGuidanceEn()})
		fmt.Fprintln(p.w)
	}
}

type completeCmd struct {
	Work      string            `arg:"" help:"UUID of the work (see: work list)."`
	Outcome   string            `help:"Answer to a question, or approve, reject, escalate."`
	Field     map[string]string `help:"A fact that the step asks for; number:3, flag:yes or time:… where it is no code. Repeatable." placeholder:"KEY=VALUE"`
	Content   []string          `help:"What the completion carries, for example solution." placeholder:"KIND"`
	At        string            `help:"When it was really done; default now." placeholder:"TIME"`
	RequestID string            `help:"UUID that makes the command safe to repeat; default a new one." placeholder:"UUID"`
}

// Run completes the work.
func (c completeCmd) Run(e *env) error {
	when, err := timestamp("at", c.At)
	if err != nil {
		return err
	}
	fields, err := values(c.Field)
	if err != nil {
		return err
	}
	if uuid.Validate(c.Work) != nil {
		return fmt.Errorf("%q is no UUID of work; list it with: redressctl work list", c.Work)
	}
	api, err := client(e, e.conn.Routing, routingv1.NewRoutingServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.CompleteWork(e.ctx, &routingv1.CompleteWorkRequest{
		RequestId: orNew(c.RequestID), WorkId: c.Work, Outcome: c.Outcome, Fields: fields, Content: c.Content, OccurTime: when,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		k := resp.GetCase()
		pairs := [][2]string{{"Complaint", k.GetNumber()}, {"Case", word(k.GetState(), "CASE_STATE_")},
			{"Milestones", strings.Join(k.GetMilestones(), ", ")}, {"Values", texts(k.GetValues())}}
		for _, w := range k.GetWork() {
			if w.GetState() == routingv1.WorkState_WORK_STATE_OPEN {
				pairs = append(pairs, [2]string{"Next", fmt.Sprintf("%s for %s %s (%s)", w.GetStep(), w.GetPost(), w.GetPerson(), w.GetWorkId())})
			}
		}
		e.print.pairs(pairs...)
	})
}

// enum returns the value that a lower-case word names; the empty word gives none, the unspecified value.
func enum[E ~int32](s, prefix string, known map[string]int32, none E) E {
	if s == "" {
		return none
	}
	return E(known[prefix+strings.ToUpper(s)])
}
