package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
)

func yuan(hundredths int64) *typev1.Money {
	return &typev1.Money{Currency: "CNY", Hundredths: hundredths}
}

// chargeLife is 500 yuan of two parties, signed by the first of them and corrected, and an opinion that needs no signature.
var chargeLife = []proto.Message{
	&routingv1.ChargeProposed{ChargeId: "a", Charge: "deduction", Round: 1, Party: "shop", Amount: yuan(35000), SignStep: "answer"},
	&routingv1.ChargeProposed{ChargeId: "b", Charge: "deduction", Round: 1, Party: "store", Amount: yuan(15000), SignStep: "answer"},
	&routingv1.ChargeSigned{ChargeId: "a", Charge: "deduction", Round: 1, Party: "shop", Amount: yuan(35000), Step: "answer"},
	&routingv1.ChargeVoided{ChargeId: "b", Charge: "deduction", Round: 1, Party: "store", Amount: yuan(15000),
		PreviousState: routingv1.ChargeState_CHARGE_STATE_PROPOSED, Reason: routingv1.ChargeVoidReason_CHARGE_VOID_REASON_ENDED},
	&routingv1.ChargeProposed{ChargeId: "c", Charge: "deduction", Round: 1, Party: "shop", Amount: yuan(30000), SignStep: "answer", Corrects: "a"},
	&routingv1.ChargeVoided{ChargeId: "a", Charge: "deduction", Round: 1, Party: "shop", Amount: yuan(35000),
		PreviousState: routingv1.ChargeState_CHARGE_STATE_SIGNED, Reason: routingv1.ChargeVoidReason_CHARGE_VOID_REASON_CORRECTED},
	&routingv1.ChargeSigned{ChargeId: "c", Charge: "deduction", Round: 1, Party: "shop", Amount: yuan(30000), Step: "answer"},
	&routingv1.ChargeProposed{ChargeId: "d", Charge: "deduction", Round: 1, Party: "unheard_of", Amount: yuan(1)},
}

func TestChargesDeliveredTwiceAndShuffledCountOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	in := eventstest.Deliver(t, h.pool, h.Fold, eventstest.Twice(), eventstest.Shuffled(), eventstest.BatchSize(2))
	in.Deliver(draft(1, 0, registered(h.charged, 1, "web", "door")), draft(2, 0, registered(h.charged, 2, "web", "door")))
	for _, m := range chargeLife { // what routing tells of one complaint is told in order, with others in between
		in.Deliver(draft(1, 1, m), draft(2, 1, &routingv1.MilestoneReached{Milestone: "answered"}))
	}
	in.Deliver(draft(2, 2, chargeLife[0]), draft(2, 2, chargeLife[2]))
	figure := func(tenant string) int64 {
		t.Helper()
		resp, err := h.QueryMetrics(caller(t, tenant), &reportingv1.QueryMetricsRequest{Procedure: "figures", Metrics: []string{"deducted"}})
		if err != nil {
			t.Fatal(err)
		}
		return resp.GetRows()[0].GetValues()[0].GetNumerator()
	}
	if got := figure("default"); got != 30_001+35_000 {
		t.Errorf("%d fen stand, want those of the correction, of what needs no signature, and of the other complaint", got)
	}
	if _, err := h.QueryMetrics(caller(t, "other"), &reportingv1.QueryMetricsRequest{Procedure: "figures", Metrics: []string{"deducted"}}); err == nil {
		t.Error("another tenant sees figures")
	}
}

func TestTheTimelineSaysWhatBecameOfCharges(t *testing.T) {
	t.Parallel()
	h := open(t)
	evs := []events.Event{event(t, 1, 0, registered(h.charged, 1, "web", "door"))}
	for _, m := range chargeLife {
		evs = append(evs, event(t, 1, 1, m))
	}
	h.fold(t, evs, 3)
	want := [][2]string{
		{"Deduction: Workshop bears 350.00 CNY, to be signed: answer", "扣款：车间承担 350.00 CNY，待answer"},
		{"Deduction: 成品库 bears 150.00 CNY, to be signed: answer", "扣款：成品库承担 150.00 CNY，待answer"},
		{"Deduction: Workshop bears 350.00 CNY, signed", "扣款：车间承担 350.00 CNY，已签字"},
		{"Deduction: 成品库 bears 150.00 CNY, voided: the round ended before it was signed", "扣款：成品库承担 150.00 CNY，作废：本轮结束未签字"},
		{"Deduction: Workshop bears 300.00 CNY (a correction), to be signed: answer", "扣款：车间承担 300.00 CNY（更正），待answer"},
		{"Deduction: Workshop bears 350.00 CNY, voided: corrected by a further one", "扣款：车间承担 350.00 CNY，作废：另行更正"},
		{"Deduction: Workshop bears 300.00 CNY, signed", "扣款：车间承担 300.00 CNY，已签字"},
		{"Deduction: unheard_of bears 0.01 CNY", "扣款：unheard_of承担 0.01 CNY"},
	}
	var got [][2]string
	for _, e := range h.timeline(t, 1)[1:] {
		if e.GetSubject() != "deduction" || e.GetRound() != 1 {
			t.Errorf("a line is about %q in round %d", e.GetSubject(), e.GetRound())
		}
		got = append(got, [2]string{e.GetDetail(), e.GetDetailZh()})
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
}
