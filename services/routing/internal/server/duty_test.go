package server_test

import (
	"math"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/fault"

	"redress.dev/services/routing/internal/domain"
)

func assign(b *bench, post, person string, start time.Time) *routingv1.Duty {
	b.t.Helper()
	resp, err := b.AssignDuty(supervisor, &routingv1.AssignDutyRequest{
		RequestId: newID(), Procedure: "test", Post: post, Person: person, StartTime: timestamppb.New(start),
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.GetDuty()
}

func TestAssignDutyEndsThePresentHolders(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := assign(b, "desk", "li.wei", received)
	second := assign(b, "desk", "chen.lan", received.Add(time.Hour))
	boss := assign(b, "boss", "wu.gang", received)
	list := func(req *routingv1.ListDutiesRequest) []*routingv1.Duty {
		t.Helper()
		resp, err := b.ListDuties(supervisor, req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.GetDuties()
	}
	first.EndTime = second.GetStartTime()
	same(t, "all duties", []*routingv1.Duty{boss, first, second}, list(&routingv1.ListDutiesRequest{}))
	same(t, "those of a post", []*routingv1.Duty{first, second}, list(&routingv1.ListDutiesRequest{Procedure: "test", Post: "desk"}))
	same(t, "those in force", []*routingv1.Duty{boss, second}, list(&routingv1.ListDutiesRequest{AtTime: second.GetStartTime()}))
	changed := func(d *routingv1.Duty) proto.Message {
		return &routingv1.DutyChanged{DutyId: d.GetDutyId(), Procedure: "test", Post: d.GetPost(), Person: d.GetPerson(), StartTime: d.GetStartTime(), Told: []string{"audit"}}
	}
	same(t, "events", []proto.Message{changed(first), changed(second)}, b.emitted("duty/test/desk"))
	if n := b.pokes.Load(); n != 3 {
		t.Errorf("the sequencer was poked %d times for 3 commits", n)
	}
}

// Work goes to who sits there when it opens; the next work after a change goes to the new holder (T-S1-14).
func TestWorkGoesToWhoSitsThereWhenItOpens(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assign(b, "desk", "li.wei", received.Add(-time.Hour))
	before := b.begin()
	assign(b, "desk", "chen.lan", received)
	after := b.begin()
	for complaint, want := range map[string]string{before: "li.wei", after: "chen.lan"} {
		if got := b.work(complaint, "plan", "desk").GetPerson(); got != want {
			t.Errorf("work opened for %q, want %q", got, want)
		}
	}
}

// A whole directory at once: all of it or nothing, and what AssignDuty would refuse is refused.
func TestAssignDuties(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	ask := func(seats ...*routingv1.Seat) (*routingv1.AssignDutiesResponse, error) {
		return b.AssignDuties(supervisor, &routingv1.AssignDutiesRequest{
			RequestId: newID(), Procedure: "test", Seats: seats, StartTime: timestamppb.New(received),
		})
	}
	seat := func(post, person string) *routingv1.Seat { return &routingv1.Seat{Post: post, Person: person} }
	resp, err := ask(seat("desk", "li.wei"), seat("boss", "wu.gang"))
	if err != nil {
		t.Fatal(err)
	}
	listed, err := b.ListDuties(supervisor, &routingv1.ListDutiesRequest{})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the answer is the directory", listed.GetDuties(), resp.GetDuties())
	if len(resp.GetDuties()) != 2 || resp.GetDuties()[0].GetPerson() != "wu.gang" || len(b.emitted("duty/test/desk")) != 1 || len(b.emitted("duty/test/boss")) != 1 {
		t.Errorf("assigned %v", resp.GetDuties())
	}
	_, err = ask(seat("audit", "chen.lan"), seat("garden", "li.wei"))
	wantFault(t, err, fault.Invalid, domain.ReasonPostUnknown, "post")
	assign(b, "desk", "chen.lan", received.Add(time.Hour))
	_, err = ask(seat("audit", "chen.lan"), seat("desk", "li.wei"))
	wantFault(t, err, fault.Precondition, domain.ReasonDutyOverlap, "start_time")
	if n := len(b.emitted("duty/test/audit")); n != 0 {
		t.Errorf("%d duties of a call that was refused", n)
	}
}

func TestAssignDutyTwiceIsOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	req := &routingv1.AssignDutyRequest{RequestId: newID(), Procedure: "test", Post: "desk", Person: "li.wei"}
	first, err := b.AssignDuty(supervisor, req)
	if err != nil {
		t.Fatal(err)
	}
	if want := b.clock.Now(); !first.GetDuty().GetStartTime().AsTime().Equal(want) {
		t.Errorf("it begins at %v, want now, %v", first.GetDuty().GetStartTime().AsTime(), want)
	}
	b.clock.Advance(time.Hour)
	second, err := b.AssignDuty(supervisor, req)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the retry's answer", first, second)
	if n := len(b.emitted("duty/test/desk")); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestAssignDutyRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assign(b, "desk", "li.wei", received)
	tests := []struct {
		name            string
		procedure, post string
		start           *timestamppb.Timestamp
		kind            fault.Kind
		reason, field   string
	}{
		{"no procedure", "none", "desk", nil, fault.Invalid, domain.ReasonPostUnknown, "procedure"},
		{"no post", "test", "king", nil, fault.Invalid, domain.ReasonPostUnknown, "post"},
		{"a later one stands", "test", "desk", timestamppb.New(received.Add(-time.Second)), fault.Precondition, domain.ReasonDutyOverlap, "start_time"},
		{"no time", "test", "desk", &timestamppb.Timestamp{Nanos: -1}, fault.Invalid, domain.ReasonTimeInvalid, "start_time"},
		{"a time beyond all", "test", "desk", &timestamppb.Timestamp{Seconds: math.MaxInt64}, fault.Invalid, domain.ReasonTimeInvalid, "start_time"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := b.AssignDuty(supervisor, &routingv1.AssignDutyRequest{
				RequestId: newID(), Procedure: tt.procedure, Post: tt.post, Person: "chen.lan", StartTime: tt.start,
			})
			wantFault(t, err, tt.kind, tt.reason, tt.field)
		})
	}
	_, err := b.ListDuties(supervisor, &routingv1.ListDutiesRequest{AtTime: &timestamppb.Timestamp{Nanos: -1}})
	wantFault(t, err, fault.Invalid, domain.ReasonTimeInvalid, "at_time")
	b.away = true
	_, err = b.AssignDuty(supervisor, &routingv1.AssignDutyRequest{RequestId: newID(), Procedure: "test", Post: "desk", Person: "chen.lan"})
	if status.Code(err) != codes.Unavailable {
		t.Errorf("while intake is away: %v", err)
	}
	if n := len(b.emitted("duty/test/desk")); n != 1 {
		t.Errorf("%d events, want that of the first assignment alone", n)
	}
}
