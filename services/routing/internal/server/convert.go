package server

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

// cause is what a decision's events owe to what made it happen.
type cause struct {
	actor       string
	occurTime   time.Time
	traceParent string // "" takes the call's own
}

// drafts returns the last events of a case, whose versions end with its own.
func (c cause) drafts(of domain.Case, evs []domain.Event) []events.Draft {
	drafts := make([]events.Draft, len(evs))
	for i, e := range evs {
		drafts[i] = events.Draft{
			Tenant: of.Tenant, AggregateID: of.ComplaintID, Version: of.EventVersion - int64(len(evs)-1-i),
			Actor: c.actor, OccurTime: c.occurTime, Message: eventProto(e), TraceParent: c.traceParent,
		}
	}
	return drafts
}

// eventProto returns an event as the contract has it.
func eventProto(e domain.Event) proto.Message {
	switch e := e.(type) {
	case domain.Classified:
		return &routingv1.ComplaintClassified{Round: number(e.Round), Values: e.Values}
	case domain.Opened:
		w := e.Work
		return &routingv1.WorkOpened{WorkId: w.ID, Step: w.Step, Kind: kindProto(e.Kind), Round: number(w.Round), Post: w.Post, Person: w.Person}
	case domain.Completed:
		w := e.Work
		return &routingv1.WorkCompleted{WorkId: w.ID, Step: w.Step, Round: number(w.Round), Post: w.Post, Outcome: w.Outcome,
			Fields: procedure.ToProtos(w.Fields), Content: e.Content}
	case domain.Cancelled:
		return &routingv1.WorkCancelled{WorkId: e.Work.ID, Step: e.Work.Step, Round: number(e.Work.Round)}
	case domain.MilestoneReached:
		return &routingv1.MilestoneReached{Milestone: e.Milestone, Step: e.Step, Round: number(e.Round)}
	case domain.NoticeIssued:
		return &routingv1.NoticeIssued{About: e.About, Posts: e.Posts, Round: number(e.Round)}
	case domain.Migrated:
		return &routingv1.ComplaintMigrated{
			FromEdition: editionProto(e.From), ToEdition: editionProto(e.To), Steps: e.Steps, Reason: e.Reason, Round: number(e.Round),
			Values: e.Values, Work: migratedProtos(e.Work),
		}
	}
	return chargeEventProto(e)
}

// directoryEventProto returns an event about the duty directory.
func directoryEventProto(e domain.Event) proto.Message {
	switch e := e.(type) {
	case domain.DutyChanged:
		return &routingv1.DutyChanged{DutyId: e.DutyID, Procedure: e.Procedure, Post: e.Post, Person: e.Person, StartTime: timestamppb.New(e.StartTime),
			ChangeId: e.ChangeID, Approver: e.Approver, ApproveTime: timeProto(e.ApproveTime), Told: e.Told}
	case domain.DutyChangeRequested:
		return &routingv1.DutyChangeRequested{ChangeId: e.ChangeID, Procedure: e.Procedure, Post: e.Post, Person: e.Person, Head: e.Head}
	case domain.DutyChangeDecided:
		return &routingv1.DutyChangeDecided{ChangeId: e.ChangeID, Procedure: e.Procedure, Post: e.Post, Approved: e.Approved}
	case domain.DutyRenewalBegun:
		return &routingv1.DutyRenewalBegun{RenewalId: e.RenewalID, Procedure: e.Procedure, StructureTime: timestamppb.New(e.StructureTime),
			DueTime: timestamppb.New(e.DueTime), Posts: e.Posts}
	case domain.DutyConfirmed:
		return &routingv1.DutyConfirmed{RenewalId: e.RenewalID, Procedure: e.Procedure, Post: e.Post, Person: e.Person, Late: e.Late}
	case domain.DutyRenewalOverdue:
		return &routingv1.DutyRenewalOverdue{RenewalId: e.RenewalID, Procedure: e.Procedure, DueTime: timestamppb.New(e.DueTime), Missing: e.Missing, Told: e.Told}
	case domain.DutyRenewalCompleted:
		return &routingv1.DutyRenewalCompleted{RenewalId: e.RenewalID, Procedure: e.Procedure, Late: e.Late}
	}
	panic(fmt.Sprintf("event %T has no message in the contract", e)) // domain's events are a closed list
}

func editionProto(p *procedure.Procedure) *typev1.Edition {
	return &typev1.Edition{Procedure: p.Code, Edition: p.Edition, Digest: p.Digest}
}

// caseProto returns a case of an edition.
func caseProto(c domain.Case, p *procedure.Procedure) *routingv1.Case {
	out := &routingv1.Case{
		ComplaintId: c.ComplaintID, Number: c.Number, Edition: editionProto(p),
		Flow: c.Facts.Flow, Round: number(c.Facts.Round), Values: c.Facts.Values, Milestones: c.Milestones, State: stateProto(c.State),
		Version: c.Version,
	}
	for _, w := range c.Work {
		out.Work = append(out.Work, workProto(w, c, p))
	}
	return out
}

// workProto returns work of a case. Of c only what names it and its flow is looked at.
func workProto(w domain.Work, c domain.Case, p *procedure.Procedure) *routingv1.Work {
	// The tenant's own names for the step and its answers are in the edition, which whoever shows them reads from intake.
	out := &routingv1.Work{
		WorkId: w.ID, ComplaintId: c.ComplaintID, Number: c.Number, Step: w.Step, Round: number(w.Round), Post: w.Post, Person: w.Person,
		State: routingv1.WorkState(w.State), OpenTime: timestamppb.New(w.OpenTime), Outcome: w.Outcome,
		Fields: procedure.ToProtos(w.Fields), Procedure: p.Code,
	}
	if !w.EndTime.IsZero() {
		out.EndTime = timestamppb.New(w.EndTime)
	}
	flow, _ := p.Graph(c.Facts.Flow)
	if step, ok := flow.Step(w.Step); ok {
		out.Kind, out.Outcomes = kindProto(step.Kind), step.Outcomes(w.Rung)
		out.GuidanceZh, out.GuidanceEn = step.Guidance.Zh, step.Guidance.En
		for _, f := range step.Form {
			key := f.Key
			switch {
			case f.Required:
				key += "*"
			case f.Condition() != "":
				key += "?"
			}
			out.Form = append(out.Form, key)
		}
	}
	return out
}

// kindProto returns the kind of work that a step opens.
func kindProto(k procedure.StepKind) routingv1.WorkKind {
	switch k {
	case procedure.Task:
		return routingv1.WorkKind_WORK_KIND_TASK
	case procedure.Question:
		return routingv1.WorkKind_WORK_KIND_QUESTION
	case procedure.Approval:
		return routingv1.WorkKind_WORK_KIND_APPROVAL
	case procedure.Check, procedure.Notice: // open no work
	}
	return routingv1.WorkKind_WORK_KIND_UNSPECIFIED
}

// stateProto returns where a case stands as people see it: closed and withdrawn both mean that nothing is left to do.
func stateProto(s domain.State) routingv1.CaseState {
	switch s {
	case domain.StateOpen:
		return routingv1.CaseState_CASE_STATE_OPEN
	case domain.StateDone:
		return routingv1.CaseState_CASE_STATE_DONE
	case domain.StateClosed, domain.StateWithdrawn:
		return routingv1.CaseState_CASE_STATE_CLOSED
	}
	return routingv1.CaseState_CASE_STATE_UNSPECIFIED
}

// number returns a round as the contract has it.
func number(round int) int32 { return int32(round) }
