package server_test

import (
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/eventstest"
)

// A renewal that passes its due time is told once, with the first event after that, to who must act; S1-17, S1-39.
func TestARenewalThatRunsLateIsTold(t *testing.T) {
	t.Parallel()
	b := staffed(t)
	begin := func() *routingv1.DutyRenewal {
		t.Helper()
		resp, err := b.BeginDutyRenewal(supervisor, &routingv1.BeginDutyRenewalRequest{RequestId: newID(), Procedure: "test", StructureTime: timestamppb.New(b.clock.Now())})
		if err != nil {
			t.Fatal(err)
		}
		return resp.GetRenewal()
	}
	confirm := func(r *routingv1.DutyRenewal, post, person string) {
		t.Helper()
		req := &routingv1.ConfirmDutyRequest{RequestId: newID(), RenewalId: r.GetRenewalId(), Post: post, Person: person}
		if _, err := b.ConfirmDuty(supervisor, req); err != nil {
			t.Fatal(err)
		}
	}
	complete := func(r *routingv1.DutyRenewal) {
		t.Helper()
		if _, err := b.CompleteDutyRenewal(supervisor, &routingv1.CompleteDutyRenewalRequest{RequestId: newID(), RenewalId: r.GetRenewalId()}); err != nil {
			t.Fatal(err)
		}
	}
	told := func(r *routingv1.DutyRenewal) []proto.Message {
		t.Helper()
		var out []proto.Message
		for _, m := range b.emitted("duty-renewal/" + r.GetRenewalId()) {
			if _, is := m.(*routingv1.DutyRenewalOverdue); is {
				out = append(out, m)
			}
		}
		return out
	}
	late := begin()
	confirm(late, "boss", "wu.gang")
	due := late.GetDueTime().AsTime()
	b.clock.Set(due)
	b.begin() // an event at the very moment
	same(t, "told at the due time", []proto.Message(nil), told(late))
	b.clock.Set(due.Add(time.Microsecond))
	for range 3 {
		b.begin()
	}
	want := []proto.Message{&routingv1.DutyRenewalOverdue{
		RenewalId: late.GetRenewalId(), Procedure: "test", DueTime: timestamppb.New(due), Missing: []string{"desk", "audit", "sales"}, Told: []string{"audit", "boss"},
	}}
	same(t, "told after it", want, told(late))
	for _, e := range eventstest.Emitted(t, b.pool) {
		if e.Type == "redress.routing.v1.DutyRenewalOverdue" && (!e.OccurTime.Equal(due) || e.Actor != "service:routing") {
			t.Errorf("it occurred at %v, by %s", e.OccurTime, e.Actor)
		}
	}
	for post, person := range map[string]string{"desk": "zhou.min", "audit": "xiao.hong", "sales": "li.wei"} {
		confirm(late, post, person)
	}
	complete(late)

	inTime := begin()
	for post, person := range map[string]string{"desk": "zhou.min", "audit": "xiao.hong", "sales": "li.wei", "boss": "wu.gang"} {
		confirm(inTime, post, person)
	}
	complete(inTime)
	b.clock.Set(inTime.GetDueTime().AsTime().Add(time.Hour))
	b.begin()
	same(t, "of one that was completed in time", []proto.Message(nil), told(inTime))
	same(t, "of the late one, afterwards", want, told(late))
}
