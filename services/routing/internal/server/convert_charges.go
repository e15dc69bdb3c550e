package server

import (
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// chargeEventProto returns an event about a charge.
func chargeEventProto(e domain.Event) proto.Message {
	switch e := e.(type) {
	case domain.Proposed:
		c := e.Charge
		return &routingv1.ChargeProposed{ChargeId: c.ID, Charge: c.Key, Kind: typev1.ChargeKind(c.Kind), Round: number(c.Round), Party: c.Party,
			Amount: c.Amount.Proto(), Basis: c.Basis, Step: c.Step, Post: c.Post, SignStep: c.SignStep, Corrects: c.Corrects}
	case domain.Signed:
		c := e.Charge
		return &routingv1.ChargeSigned{ChargeId: c.ID, Charge: c.Key, Kind: typev1.ChargeKind(c.Kind), Round: number(c.Round), Party: c.Party,
			Amount: c.Amount.Proto(), Step: c.SignStep, Post: c.SignPost}
	case domain.Voided:
		c := e.Charge
		return &routingv1.ChargeVoided{ChargeId: c.ID, Charge: c.Key, Kind: typev1.ChargeKind(c.Kind), Round: number(c.Round), Party: c.Party,
			Amount: c.Amount.Proto(), PreviousState: routingv1.ChargeState(e.Before), Reason: routingv1.ChargeVoidReason(c.VoidReason)}
	}
	return directoryEventProto(e)
}

func chargeProto(c store.ListedCharge) *routingv1.Charge {
	return &routingv1.Charge{
		ChargeId: c.ID, ComplaintId: c.ComplaintID, Number: c.Number, Procedure: c.Procedure, Charge: c.Key, Kind: typev1.ChargeKind(c.Kind),
		Round: number(c.Round), Party: c.Party, Amount: c.Amount.Proto(), Basis: c.Basis, State: routingv1.ChargeState(c.State),
		JudgeStep: c.Step, JudgePost: c.Post, Judge: c.Judge, JudgeTime: timestamppb.New(c.JudgeTime), SignStep: c.SignStep, SignPost: c.SignPost,
		Signer: c.Signer, SignTime: timeProto(c.SignTime), VoidTime: timeProto(c.VoidTime), VoidReason: routingv1.ChargeVoidReason(c.VoidReason),
		Corrects: c.Corrects,
	}
}

func totalProto(t store.ChargeTotal) *routingv1.ChargeTotal {
	return &routingv1.ChargeTotal{State: routingv1.ChargeState(t.State), Count: t.Count, Amount: t.Amount.Proto()}
}
