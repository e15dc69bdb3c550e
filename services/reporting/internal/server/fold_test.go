package server_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
)

// draft is an event of the n-th complaint that occurred so many hours after the beginning.
func draft(n, hour int, m proto.Message) events.Draft {
	return events.Draft{AggregateID: id(n), OccurTime: at(hour), Message: m}
}

func TestEventsDeliveredTwiceAndShuffledCountOnce(t *testing.T) {
	t.Parallel()
	h := open(t)
	in := eventstest.Deliver(t, h.pool, h.Fold, eventstest.Twice(), eventstest.Shuffled(), eventstest.BatchSize(3))
	in.Deliver(draft(1, 0, registered(h.newer, 1, "web", "door")), draft(2, 0, registered(h.newer, 2, "web", "door")),
		draft(1, 1, &intakev1.ContactRecorded{Purpose: "response"}), draft(2, 1, &intakev1.ComplaintWithdrawn{}))
	in.Deliver(draft(1, 1, &routingv1.ComplaintClassified{Round: 1}), draft(1, 1, &routingv1.WorkOpened{Step: "answer", Round: 1}))
	in.Deliver(draft(1, 1, &slatimerv1.ClockStarted{ClockId: "a", Policy: "work"}), draft(1, 1, &slatimerv1.ClockStarted{ClockId: "b", Policy: "reply"}),
		draft(1, 2, &slatimerv1.ClockBreached{ClockId: "a", Policy: "work"}), draft(1, 2, &slatimerv1.ClockCancelled{ClockId: "b", Policy: "reply"}),
		draft(1, 3, &slatimerv1.ClockStarted{ClockId: "c", Policy: "work"}), draft(1, 4, &slatimerv1.ClockMet{ClockId: "c", Policy: "work"}))
	in.Deliver(draft(1, 5, &followupv1.VisitRecorded{Plan: "main", Outcome: 2, Final: true}), draft(1, 5, &followupv1.ComplaintReopened{Round: 2}),
		draft(1, 6, &followupv1.VisitRecorded{Plan: "main", Outcome: 1, Final: true}), draft(1, 6, &followupv1.ComplaintClosed{Round: 2}))
	want := &reportingv1.GetTotalsResponse{
		RegisteredCount: 2, RoutedCount: 1, ClosedCount: 1, WithdrawnCount: 1, ReopenedCount: 1,
		ClockStartedCount: 3, ClockMetCount: 1, ClockBreachedCount: 1, ClockCancelledCount: 1, VisitCount: 2,
	}
	got, err := h.GetTotals(caller(t, "default"), &reportingv1.GetTotalsRequest{})
	if !proto.Equal(want, got) || err != nil {
		t.Errorf("totals %v, error %v; want %v", got, err, want)
	}
	if none, err := h.GetTotals(caller(t, "other"), &reportingv1.GetTotalsRequest{}); !proto.Equal(none, &reportingv1.GetTotalsResponse{}) || err != nil {
		t.Errorf("another tenant counts %v, error %v", none, err)
	}
	if n := len(h.texts(t, "SELECT 1::text FROM timeline")); n != 16 {
		t.Errorf("%d entries of 16 events", n)
	}
}

func TestAnUnknownComplaintIsParkedAndTheOthersGoOn(t *testing.T) {
	t.Parallel()
	h := open(t)
	in := eventstest.Deliver(t, h.pool, h.Fold, eventstest.Parks())
	in.Deliver(draft(7, 1, &routingv1.WorkOpened{Step: "answer"}), draft(1, 0, registered(h.newer, 1, "web", "door")), draft(1, 1, &routingv1.WorkOpened{Step: "answer"}))
	parked := in.Parked()
	if len(parked) != 1 || parked[0].GetEvent().GetAggregateId() != id(7) {
		t.Errorf("parked %v", parked)
	}
	if n := len(h.texts(t, "SELECT 1::text FROM timeline")); n != 2 {
		t.Errorf("%d entries of the complaint that is well, want 2", n)
	}
}

func TestTheSubscriptionIsEveryEventAboutAComplaintADutyOrAnEdition(t *testing.T) {
	t.Parallel()
	// A retired procedure's figures go on; the others are what leads to a change of duty; FollowupMigrated only passes on what ComplaintMigrated has told.
	others := []string{
		"redress.intake.v1.ProcedureRetired",
		"redress.routing.v1.DutyChangeRequested", "redress.routing.v1.DutyChangeDecided",
		"redress.routing.v1.DutyRenewalBegun", "redress.routing.v1.DutyConfirmed", "redress.routing.v1.DutyRenewalOverdue",
		"redress.routing.v1.DutyRenewalCompleted",
		"redress.followup.v1.FollowupMigrated",
	}
	wanted := open(t).Subscription().Producers
	for _, producer := range []string{"intake", "routing", "slatimer", "followup"} {
		file, err := protoregistry.GlobalFiles.FindFileByPath("redress/" + producer + "/v1/events.proto")
		if err != nil {
			t.Fatal(err)
		}
		var all []string
		for i := range file.Messages().Len() {
			if name := string(file.Messages().Get(i).FullName()); !slices.Contains(others, name) {
				all = append(all, name)
			}
		}
		slices.Sort(all)
		if diff := cmp.Diff(all, slices.Sorted(slices.Values(wanted[producer]))); diff != "" {
			t.Errorf("of %s (-declared +subscribed):\n%s", producer, diff)
		}
	}
}

func TestEverySubscribedEventIsApplied(t *testing.T) {
	t.Parallel()
	h := open(t)
	evs := []events.Event{event(t, 1, 0, registered(h.newer, 1, "web", "door"))}
	for _, names := range h.Subscription().Producers {
		for _, name := range names {
			mt, err := protoregistry.GlobalTypes.FindMessageByName(protoreflect.FullName(name))
			if err != nil {
				t.Fatal(err)
			}
			switch m := mt.New().Interface().(type) {
			case *intakev1.ComplaintRegistered:
			case *routingv1.DutyChanged: // of no complaint
				h.fold(t, []events.Event{duty(t, 1, 0, "agent", "li"), event(t, 1, 0, m)}, 5)
			case *intakev1.ProcedurePublished, *intakev1.ProcedureActivated: // of no complaint
				e := event(t, 1, 0, m)
				e.AggregateID = "figures"
				h.fold(t, []events.Event{e}, 5)
			case *routingv1.ComplaintMigrated: // to an edition that there is
				m.ToEdition = registered(h.older, 1, "web", "door").GetEdition()
				evs = append(evs, event(t, 1, 1, m))
			default:
				evs = append(evs, event(t, 1, 1, m))
			}
		}
	}
	h.fold(t, evs, 5)
	if n := len(h.texts(t, "SELECT 1::text FROM timeline")); n != len(evs) {
		t.Errorf("%d entries of %d events", n, len(evs))
	}
	if got := h.texts(t, "SELECT post || ' ' || person FROM duty"); !slices.Equal(got, []string{"agent li"}) {
		t.Errorf("duties %v; one without an id parks, the other is kept", got)
	}
}
