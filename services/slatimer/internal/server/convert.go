package server

import (
	"fmt"
	"math/bits"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/events"
	"redress.dev/services/slatimer/internal/domain"
)

// draftsOf returns evs as the backbone takes them. traceParent is that of their cause; empty when nobody's doing caused them.
func draftsOf(evs []domain.Event, traceParent string) []events.Draft {
	drafts := draftsBy(actor, evs)
	for i := range drafts {
		drafts[i].TraceParent = traceParent
	}
	return drafts
}

// draftsBy returns what followed from somebody's call: the replacement and the cancelling are the caller's, what time has brought is nobody's.
func draftsBy(caller string, evs []domain.Event) []events.Draft {
	drafts := make([]events.Draft, len(evs))
	for i, e := range evs {
		by := actor
		switch e.Detail.(type) {
		case domain.Replaced, domain.Cancelled:
			by = caller
		default:
		}
		drafts[i] = events.Draft{
			Tenant: e.Tenant, AggregateID: e.ComplaintID, Version: e.Version, Actor: by, OccurTime: e.OccurTime, Message: messageOf(e),
		}
	}
	return drafts
}

// messageOf returns the contract's message of e.
func messageOf(e domain.Event) proto.Message {
	id, policy, round := e.ClockID, e.Policy, int32(e.Round)
	switch d := e.Detail.(type) {
	case domain.Started:
		return &slatimerv1.ClockStarted{
			ClockId: id, Policy: policy, Round: round, DueTime: timestamppb.New(d.DueTime), Soft: d.Soft, Internal: d.Internal, Provisional: d.Provisional,
		}
	case domain.Warned:
		return &slatimerv1.ClockWarned{ClockId: id, Policy: policy, Round: round, Warning: int32(d.Warning), Edition: e.Edition}
	case domain.Paused:
		return &slatimerv1.ClockPaused{ClockId: id, Policy: policy, Round: round}
	case domain.Resumed:
		return &slatimerv1.ClockResumed{ClockId: id, Policy: policy, Round: round, DueTime: timestamppb.New(d.DueTime)}
	case domain.Replaced:
		return &slatimerv1.ClockReplaced{
			ClockId: id, Policy: policy, Round: round, PreviousDueTime: timestamppb.New(d.PreviousDueTime), DueTime: timestamppb.New(d.DueTime),
			Provisional: d.Provisional, Cause: slatimerv1.ReplaceCause(d.Cause),
		}
	case domain.Escalated:
		return &slatimerv1.ClockEscalated{ClockId: id, Policy: policy, Round: round, Level: int32(d.Level), Edition: e.Edition}
	case domain.Excused:
		return &slatimerv1.ClockExcused{ClockId: id, Policy: policy, Round: round, ExcuseTime: timestamppb.New(d.ExcuseTime)}
	case domain.Met:
		return &slatimerv1.ClockMet{ClockId: id, Policy: policy, Round: round}
	case domain.Breached:
		return &slatimerv1.ClockBreached{ClockId: id, Policy: policy, Round: round, Edition: e.Edition}
	case domain.Stopped:
		return &slatimerv1.ClockStopped{ClockId: id, Policy: policy, Round: round, LateDuration: durationpb.New(d.Late)}
	case domain.Cancelled:
		return &slatimerv1.ClockCancelled{ClockId: id, Policy: policy, Round: round}
	}
	panic(fmt.Sprintf("an event of the domain without a message: %T", e.Detail))
}

// clockProto returns c as callers see it.
func clockProto(of domain.Key, c domain.Clock) *slatimerv1.Clock {
	out := &slatimerv1.Clock{
		ClockId: c.ID, ComplaintId: of.ComplaintID, Policy: c.Policy, Round: int32(c.Round), State: slatimerv1.ClockState(c.State),
		StartTime: timestamppb.New(c.StartTime), DueTime: timestamppb.New(c.DueTime), Soft: c.Soft, Internal: c.Internal,
		Provisional: c.Provisional, StartEventId: c.StartEventID, Edition: c.Edition, EscalationCount: int32(bits.OnesCount32(c.Escalated)),
		Revised: len(c.Revisions) > 0,
	}
	if !c.ExcuseTime.IsZero() {
		out.ExcuseTime = timestamppb.New(c.ExcuseTime)
	}
	if !c.EndTime.IsZero() {
		out.EndTime = timestamppb.New(c.EndTime)
	}
	if !c.BreachTime.IsZero() {
		out.BreachTime = timestamppb.New(c.BreachTime)
	}
	return out
}
