package server

import (
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/procedure"

	"redress.dev/services/followup/internal/domain"
	"redress.dev/services/followup/internal/store"
)

// draftsOf returns what the backbone is to carry of events of one tenant.
func draftsOf(tenant, traceParent string, evs []domain.Event) []events.Draft {
	drafts := make([]events.Draft, len(evs))
	for i, ev := range evs {
		drafts[i] = events.Draft{
			Tenant: tenant, AggregateID: ev.About, Version: ev.Version, Actor: ev.Actor, OccurTime: ev.OccurTime,
			Message: bodyProto(ev.Body), TraceParent: traceParent,
		}
	}
	return drafts
}

// bodyProto returns the message of an event. The enumerations are in the contract's order, so they convert by number.
func bodyProto(body domain.Body) proto.Message {
	switch b := body.(type) {
	case domain.VisitScheduled:
		return &followupv1.VisitScheduled{VisitId: b.VisitID, Plan: b.Plan, Round: int32(b.Round), Post: b.Post}
	case domain.VisitRecorded:
		return &followupv1.VisitRecorded{
			VisitId: b.VisitID, Plan: b.Plan, Round: int32(b.Round), Outcome: followupv1.VisitOutcome(b.Outcome),
			AttemptCount: int32(b.Attempts), Final: b.Final, Fields: procedure.ToProtos(b.Fields),
		}
	case domain.ComplaintClosed:
		return &followupv1.ComplaintClosed{Round: int32(b.Round), Reason: followupv1.CloseReason(b.Reason)}
	case domain.ComplaintReopened:
		return &followupv1.ComplaintReopened{Round: int32(b.Round), VisitId: b.VisitID}
	case domain.ActionOpened:
		return actionOpenedProto(b)
	case domain.ActionClosed:
		return &followupv1.ActionClosed{Action: b.Action}
	case domain.ActionCancelled:
		return &followupv1.ActionCancelled{Action: b.Action, Reason: b.Reason}
	case domain.ComplaintActionOpened:
		return &followupv1.ComplaintActionOpened{ActionId: b.ActionID, Action: b.Action, Number: b.Number, Round: int32(b.Round)}
	case domain.ComplaintActionEnded:
		return &followupv1.ComplaintActionEnded{ActionId: b.ActionID, Action: b.Action, Number: b.Number, Round: int32(b.Round), Cancelled: b.Cancelled}
	case domain.FollowupMigrated:
		return &followupv1.FollowupMigrated{Edition: &typev1.Edition{Procedure: b.Procedure, Edition: b.Name, Digest: b.Digest}}
	}
	panic(fmt.Sprintf("event %T has no message", body)) // gochecksumtype finds it before
}

// actionOpenedProto returns the beginning of an action with all that its expressions see.
func actionOpenedProto(b domain.ActionOpened) proto.Message {
	answers := make(map[string]*followupv1.StepAnswers, len(b.Facts.Answers))
	for step, fields := range b.Facts.Answers {
		answers[step] = &followupv1.StepAnswers{Fields: procedure.ToProtos(fields)}
	}
	return &followupv1.ActionOpened{
		Action: b.Action, Number: b.Number, Edition: &typev1.Edition{Procedure: b.Procedure, Edition: b.Edition, Digest: b.Digest},
		ComplaintIds: b.Complaints, Channel: b.Facts.Channel, Flow: b.Facts.Flow, Fields: procedure.ToProtos(b.Facts.Fields),
		Values: b.Facts.Values, Answers: answers, ReceiveTime: timeProto(b.Facts.Received),
	}
}

// actionProto returns an action as the contract shows it.
func actionProto(f domain.File) *followupv1.Action {
	return &followupv1.Action{
		ActionId: f.ComplaintID, Action: f.Action.Key, Number: f.Number, ComplaintIds: f.Action.Complaints, Procedure: f.Procedure, Edition: f.Edition,
		State: followupv1.ActionState(f.State), OpenTime: timestamppb.New(f.Action.OpenTime), EndTime: timeProto(f.Action.EndTime),
		CancelReason: f.Action.CancelReason,
	}
}

// visitProto returns a visit as the contract shows it.
func visitProto(v store.Visit) *followupv1.Visit {
	return &followupv1.Visit{
		VisitId: v.ID, ComplaintId: v.ComplaintID, Number: v.Number, Plan: v.Plan, Round: int32(v.Round), Post: v.Post,
		State: followupv1.VisitState(v.State), AttemptCount: int32(v.Attempts), ScheduleTime: timestamppb.New(v.ScheduleTime),
		EndTime: timeProto(v.EndTime), Outcome: followupv1.VisitOutcome(v.Outcome), Procedure: v.Procedure,
	}
}

// timeProto leaves a zero time unset.
func timeProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}
