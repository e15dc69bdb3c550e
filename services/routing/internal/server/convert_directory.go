package server

import (
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/services/routing/internal/domain"
)

// timeProto returns an instant; nil for the zero time.
func timeProto(t time.Time) *timestamppb.Timestamp {
	if t.IsZero() {
		return nil
	}
	return timestamppb.New(t)
}

// dutyProto returns a duty; one without an end goes on and on.
func dutyProto(d domain.Duty) *routingv1.Duty {
	return &routingv1.Duty{
		DutyId: d.ID, Procedure: d.Procedure, Post: d.Post, Person: d.Person, StartTime: timestamppb.New(d.StartTime), EndTime: timeProto(d.EndTime),
		RecordTime: timestamppb.New(d.RecordTime), ChangeId: d.ChangeID,
	}
}

func changeProto(c domain.Change) *routingv1.DutyChange {
	return &routingv1.DutyChange{
		ChangeId: c.ID, Procedure: c.Procedure, Post: c.Post, Person: c.Person, StartTime: timeProto(c.StartTime), Reason: c.Reason,
		Requester: c.Requester, RequestTime: timestamppb.New(c.RequestTime), Head: c.Head, State: routingv1.DutyChangeState(c.State),
		Decider: c.Decider, DecideTime: timeProto(c.DecideTime), DutyId: c.DutyID,
	}
}

// renewalProto returns a renewal as it stands at the instant now.
func renewalProto(r domain.Renewal, now time.Time) *routingv1.DutyRenewal {
	out := &routingv1.DutyRenewal{
		RenewalId: r.ID, Procedure: r.Procedure, StructureTime: timestamppb.New(r.StructureTime), DueTime: timestamppb.New(r.DueTime),
		Provisional: r.Provisional, CompleteTime: timeProto(r.CompleteTime), Late: r.Late(now), Missing: r.Missing(),
	}
	for _, c := range r.Posts {
		out.Posts = append(out.Posts, &routingv1.DutyConfirmation{
			Post: c.Post, Person: c.Person, ConfirmTime: timeProto(c.Time), Confirmer: c.By, Late: r.LatePost(c, now),
		})
	}
	return out
}

func absenceProto(a domain.Absence) *routingv1.Absence {
	return &routingv1.Absence{
		AbsenceId: a.ID, Person: a.Person, StartTime: timestamppb.New(a.StartTime), EndTime: timestamppb.New(a.EndTime),
		RecordTime: timestamppb.New(a.RecordTime), CancelTime: timeProto(a.CancelTime),
	}
}

func deputyProto(d domain.Deputy) *routingv1.Deputy {
	return &routingv1.Deputy{
		Procedure: d.Procedure, Post: d.Post, Person: d.Person, Deputy: d.Deputy, StartTime: timestamppb.New(d.StartTime), EndTime: timeProto(d.EndTime),
		RecordTime: timestamppb.New(d.RecordTime), Version: d.Version,
	}
}

// reasonProto returns one step of a derivation.
func reasonProto(r domain.Reason) *routingv1.DutyReason {
	out := &routingv1.DutyReason{Zh: r.Zh, En: r.En}
	switch {
	case r.Choice != nil:
		c := r.Choice
		out.Kind = &routingv1.DutyReason_Choice{Choice: &routingv1.PostChoice{
			Step: c.Step, Expression: c.Expression, Target: c.Target, Value: c.Value, Clause: c.Clause,
		}}
	case r.Duty != nil:
		out.Kind = &routingv1.DutyReason_Duty{Duty: dutyProto(*r.Duty)}
	case r.Change != nil:
		out.Kind = &routingv1.DutyReason_Change{Change: changeProto(*r.Change)}
	case r.Absence != nil:
		out.Kind = &routingv1.DutyReason_Absence{Absence: absenceProto(*r.Absence)}
	case r.Deputy != nil:
		out.Kind = &routingv1.DutyReason_Deputy{Deputy: deputyProto(*r.Deputy)}
	default:
		out.Kind = &routingv1.DutyReason_Outcome{Outcome: routingv1.DutyOutcome(r.Outcome)}
	}
	return out
}
