package cli

import (
	"fmt"

	"github.com/google/uuid"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
)

type visitsCmd struct {
	List   visitListCmd   `cmd:"" help:"List return visits, the earliest due first."`
	Record visitRecordCmd `cmd:"" help:"Record what a return visit found."`
}

type visitListCmd struct {
	Complaint string `help:"Only of this complaint, by number or UUID."`
	Post      string `help:"Only of this post."`
	Procedure string `help:"Only of this procedure."`
	State     string `help:"due, done or cancelled." enum:"due,done,cancelled" default:"due"`
	page
}

// Run lists one page.
func (c visitListCmd) Run(e *env) error {
	id, err := complaintID(e, c.Complaint)
	if err != nil {
		return err
	}
	api, err := client(e, e.conn.Followup, followupv1.NewFollowupServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.ListVisits(e.ctx, &followupv1.ListVisitsRequest{
		ComplaintId: id, Post: c.Post, Procedure: c.Procedure, State: enum(c.State, "VISIT_STATE_", followupv1.VisitState_value, followupv1.VisitState(0)),
		PageSize: c.PageSize, PageToken: c.PageToken,
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		var rows [][]string
		for _, v := range resp.GetVisits() {
			outcome := ""
			if v.GetOutcome() != followupv1.VisitOutcome_VISIT_OUTCOME_UNSPECIFIED {
				outcome = word(v.GetOutcome(), "VISIT_OUTCOME_")
			}
			rows = append(rows, []string{v.GetVisitId(), v.GetNumber(), v.GetPlan(), fmt.Sprint(v.GetRound()), v.GetPost(), at(v.GetScheduleTime()),
				word(v.GetState(), "VISIT_STATE_"), outcome, fmt.Sprint(v.GetAttemptCount())})
		}
		e.print.table("visits", []string{"visit", "complaint", "plan", "round", "post", "due since", "state", "outcome", "attempts"}, rows, 3, 8)
		e.print.more(resp.GetNextPageToken())
	})
}

type visitRecordCmd struct {
	Visit   string            `arg:"" help:"UUID of the visit (see: visits list)."`
	Outcome string            `arg:"" help:"satisfied, dissatisfied or unreached." enum:"satisfied,dissatisfied,unreached"`
	Field   map[string]string `help:"A fact that the form of the visit asks for; number:3, flag:yes or time:… where it is no code. Repeatable." placeholder:"KEY=VALUE"`
	At      string            `help:"When the call ended; default now." placeholder:"TIME"`
}

// Run records the visit.
func (c visitRecordCmd) Run(e *env) error {
	when, err := timestamp("at", c.At)
	if err != nil {
		return err
	}
	fields, err := values(c.Field)
	if err != nil {
		return err
	}
	if uuid.Validate(c.Visit) != nil {
		return fmt.Errorf("%q is no UUID of a visit; list them with: redressctl visits list", c.Visit)
	}
	api, err := client(e, e.conn.Followup, followupv1.NewFollowupServiceClient)
	if err != nil {
		return err
	}
	resp, err := api.RecordVisit(e.ctx, &followupv1.RecordVisitRequest{
		RequestId: uuid.NewString(), VisitId: c.Visit, OccurTime: when, Fields: fields,
		Outcome: enum(c.Outcome, "VISIT_OUTCOME_", followupv1.VisitOutcome_value, followupv1.VisitOutcome(0)),
	})
	if err != nil {
		return err
	}
	return e.print.answer(resp, func() {
		e.print.pairs([2]string{"Complaint", resp.GetVisit().GetNumber()}, [2]string{"Visit", word(resp.GetVisit().GetState(), "VISIT_STATE_")},
			[2]string{"Complaint is", word(resp.GetState(), "FOLLOWUP_STATE_")})
	})
}
