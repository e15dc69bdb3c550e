package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/postgres"

	"github.com/jackc/pgx/v5"
)

func TestEventsMakeVisitsDueOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	in := eventstest.Deliver(t, h.pool, h.Fold, eventstest.Twice(), eventstest.Shuffled(), eventstest.BatchSize(3))
	in.Deliver(h.registered(1), draft(1, 1, &intakev1.ContactRecorded{Purpose: "response"}), h.registered(2), draft(1, 1, &intakev1.ContactRecorded{Purpose: "progress"}))
	in.Deliver(
		draft(1, 1, &routingv1.ComplaintClassified{Round: 1, Values: map[string]string{"grade": "high"}}),
		draft(1, 1, &routingv1.WorkOpened{Step: "answer", Round: 1, Post: "agent"}),
		draft(1, 2, &routingv1.WorkCompleted{Step: "answer", Round: 1, Post: "agent"}),
		answered(1, 2, 1),
		draft(1, 2, &routingv1.WorkCancelled{Step: "other", Round: 1}),
	)
	want := []proto.Message{&followupv1.VisitScheduled{VisitId: id(101), Plan: "main", Round: 1, Post: "agent"}}
	if diff := cmp.Diff(want, eventstest.Outbox(t, h.pool), protocmp.Transform()); diff != "" {
		t.Errorf("outbox (-want +got):\n%s", diff)
	}
	wantList := &followupv1.ListVisitsResponse{Visits: []*followupv1.Visit{{
		VisitId: id(101), ComplaintId: id(1), Number: "V-1", Plan: "main", Round: 1, Post: "agent", State: followupv1.VisitState_VISIT_STATE_DUE,
		ScheduleTime: timestamppb.New(at(2)), Procedure: "visits",
	}}}
	if diff := cmp.Diff(wantList, h.list(t, &followupv1.ListVisitsRequest{}), protocmp.Transform()); diff != "" {
		t.Errorf("visits (-want +got):\n%s", diff)
	}
}

func TestAnEmittedEventHasItsEnvelope(t *testing.T) {
	t.Parallel()
	h := open(t)
	due := answered(1, 2, 1)
	due.TraceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	eventstest.Deliver(t, h.pool, h.Fold).Deliver(h.registered(1), due)
	got := eventstest.Emitted(t, h.pool)
	if len(got) != 1 {
		t.Fatalf("%d events, want 1", len(got))
	}
	e := got[0]
	if e.Tenant != "default" || e.AggregateID != id(1) || e.Version != 1 || e.Actor != "service:followup" || !e.OccurTime.Equal(at(2)) ||
		!e.RecordTime.Equal(at(10)) || e.TraceParent != due.TraceParent {
		t.Errorf("envelope %+v", e)
	}
}

func TestWithdrawalCancelsVisits(t *testing.T) {
	t.Parallel()
	h := open(t)
	in := eventstest.Deliver(t, h.pool, h.Fold, eventstest.Twice())
	in.Deliver(h.registered(1), answered(1, 2, 1), draft(1, 3, &intakev1.ComplaintWithdrawn{}))
	if due := h.list(t, &followupv1.ListVisitsRequest{}); len(due.GetVisits()) > 0 {
		t.Errorf("still due: %v", due)
	}
	gone := h.list(t, &followupv1.ListVisitsRequest{State: followupv1.VisitState_VISIT_STATE_CANCELLED}).GetVisits()
	if len(gone) != 1 || !gone[0].GetEndTime().AsTime().Equal(at(3)) {
		t.Errorf("cancelled: %v", gone)
	}
}

func TestAnUnknownComplaintIsParkedAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	h := open(t)
	in := eventstest.Deliver(t, h.pool, h.Fold, eventstest.Parks())
	// The third event is of a round that has not begun.
	in.Deliver(answered(7, 1, 1), h.registered(1), h.registered(2), answered(2, 2, 4), answered(1, 2, 1))
	var parked []string
	for _, p := range in.Parked() {
		parked = append(parked, p.GetEvent().GetAggregateId())
	}
	if diff := cmp.Diff([]string{id(2), id(7)}, parked); diff != "" && !cmp.Equal([]string{id(7), id(2)}, parked) {
		t.Errorf("parked (-want +got):\n%s", diff)
	}
	if n := len(eventstest.Outbox(t, h.pool)); n != 1 {
		t.Errorf("%d events, want the visit of the complaint that is well", n)
	}
}

func TestTheFoldWaitsForAnEdition(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.away = true
	e := eventOf(t, h.registered(1))
	fold := func(tx pgx.Tx) error { return h.Fold(t.Context(), tx, events.NewBatch([]events.Event{e})) }
	if err := postgres.InTx(t.Context(), h.pool, fold); err == nil {
		t.Error("a complaint was taken without its procedure")
	}
	h.away = false
	if err := postgres.InTx(t.Context(), h.pool, fold); err != nil {
		t.Error(err)
	}
}

// eventOf makes an event of a draft.
func eventOf(t *testing.T, d events.Draft) events.Event {
	t.Helper()
	payload, err := proto.Marshal(d.Message)
	if err != nil {
		t.Fatal(err)
	}
	return events.Event{Tenant: "default", AggregateID: d.AggregateID, OccurTime: d.OccurTime, Type: string(proto.MessageName(d.Message)), Payload: payload}
}

func TestTheSubscriptionNamesItsProducers(t *testing.T) {
	t.Parallel()
	sub := open(t).Subscription()
	for _, producer := range []string{"intake", "routing"} {
		if len(sub.Producers[producer]) == 0 {
			t.Errorf("nothing is wanted of %s", producer)
		}
	}
	if len(sub.Producers) != 2 {
		t.Errorf("producers %v", sub.Producers)
	}
}
