package cases

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

// agent registers complaints and records contacts.
const agent = "agent"

func (a register) do(ctx context.Context, p *play, complaint string) error {
	resp, err := p.api.intake.RegisterComplaint(ctx, &intakev1.RegisterComplaintRequest{RequestId: requestID(), Draft: a.draft}, p.as(agent, optionsv1.Role_ROLE_AGENT))
	if err == nil {
		p.complaints[complaint] = resp.GetComplaint().GetComplaintId()
	}
	return err
}

func (a contact) do(ctx context.Context, p *play, complaint string) error {
	req := proto.CloneOf(a.request)
	req.RequestId, req.ComplaintId = requestID(), p.complaints[complaint]
	_, err := p.api.intake.RecordContact(ctx, req, p.as(agent, optionsv1.Role_ROLE_AGENT))
	return err
}

func (a withdraw) do(ctx context.Context, p *play, complaint string) error {
	_, err := p.api.intake.WithdrawComplaint(ctx, &intakev1.WithdrawComplaintRequest{
		RequestId: requestID(), ComplaintId: p.complaints[complaint], OccurTime: stamp(a.occurred),
	}, p.as(agent, optionsv1.Role_ROLE_AGENT))
	return err
}

// do completes the open work of the step, as who sits in the post that it was given to, or in another that the author names. Where
// none is open, the work that ended last is tried: its refusal says more than its absence.
func (a complete) do(ctx context.Context, p *play, complaint string) error {
	return a.of(ctx, p, p.complaints[complaint])
}

// of completes work of a complaint or an action, given its id.
func (a complete) of(ctx context.Context, p *play, id string) error {
	v := &view{play: p, complaint: id}
	c, err := v.routing(ctx)
	if err != nil {
		return err
	}
	var work *routingv1.Work
	for _, w := range c.GetWork() {
		open := w.GetState() == routingv1.WorkState_WORK_STATE_OPEN
		switch {
		case w.GetStep() != a.step:
		case work == nil, open && work.GetState() != routingv1.WorkState_WORK_STATE_OPEN, open && w.GetPost() == a.by && work.GetPost() != a.by:
			work = w
		}
	}
	if work == nil {
		return fmt.Errorf("there is no work of %s; open is %s", a.step, workWords(openPosts(c)))
	}
	post := a.by
	if post == "" {
		post = work.GetPost()
	}
	_, err = p.api.routing.CompleteWork(ctx, &routingv1.CompleteWorkRequest{
		RequestId: requestID(), WorkId: work.GetWorkId(), Outcome: a.outcome, Fields: a.fields, Content: a.content, OccurTime: stamp(a.occurred),
	}, p.as(p.seats[post], optionsv1.Role_ROLE_HANDLER))
	return err
}

func (a visit) do(ctx context.Context, p *play, complaint string) error {
	v := &view{play: p, complaint: p.complaints[complaint]}
	all, err := v.allVisits(ctx)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(slices.Clone(all), func(f *followupv1.Visit) bool { return a.plan != "" && f.GetPlan() != a.plan })
	due := slices.DeleteFunc(slices.Clone(all), func(f *followupv1.Visit) bool { return f.GetState() != followupv1.VisitState_VISIT_STATE_DUE })
	if len(due) == 0 {
		due = all // one that has ended: its refusal says more than its absence
	}
	if len(due) == 0 {
		return fmt.Errorf("no visit is due")
	}
	if len(due) > 1 && a.plan == "" {
		plans := make([]string, len(due))
		for i, f := range due {
			plans[i] = f.GetPlan()
		}
		return fmt.Errorf("several visits are due: %s; give one as plan", strings.Join(plans, ", "))
	}
	newest := due[len(due)-1]
	_, err = p.api.followup.RecordVisit(ctx, &followupv1.RecordVisitRequest{
		RequestId: requestID(), VisitId: newest.GetVisitId(), Outcome: a.outcome, Fields: a.fields, OccurTime: stamp(a.occurred),
	}, p.as(p.seats[newest.GetPost()], optionsv1.Role_ROLE_AGENT))
	return err
}

func (a agree) do(ctx context.Context, p *play, complaint string) error {
	v := &view{play: p, complaint: p.complaints[complaint]}
	c, err := v.clock(ctx, a.clock)
	if err != nil {
		return err
	}
	if c == nil {
		return fmt.Errorf("the clock %s has not started", a.clock)
	}
	_, err = p.api.slatimer.AgreeDueTime(ctx, &slatimerv1.AgreeDueTimeRequest{
		RequestId: requestID(), ComplaintId: v.complaint, ClockId: c.GetClockId(), DueTime: stamp(a.due), Reason: a.reason,
	}, p.viewer())
	return err
}
