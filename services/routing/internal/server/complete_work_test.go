package server_test

import (
	"context"
	"math"
	"sync"
	"testing"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"

	"redress.dev/services/routing/internal/domain"
)

func TestCompleteWorkMovesTheCaseOn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.begin()
	assign(b, "boss", "wu.gang", received)
	occurred := received.Add(30 * time.Second)
	req := b.plan(id)
	req.OccurTime, req.ExpectedVersion, req.Content = timestamppb.New(occurred), 1, []string{"progress"}
	c := b.complete(as("li.wei", optionsv1.Role_ROLE_HANDLER), req)

	same(t, "events", []proto.Message{
		&routingv1.WorkCompleted{Step: "plan", Round: 1, Post: "desk", Fields: req.GetFields(), Content: []string{"progress"}},
		&routingv1.MilestoneReached{Milestone: "proposed", Step: "plan", Round: 1},
		&routingv1.WorkOpened{Step: "decide", Kind: routingv1.WorkKind_WORK_KIND_APPROVAL, Round: 1, Post: "boss", Person: "wu.gang"},
		&routingv1.WorkOpened{Step: "decide", Kind: routingv1.WorkKind_WORK_KIND_APPROVAL, Round: 1, Post: "audit"},
	}, b.emitted(id)[2:])
	same(t, "the answer is the case as it is kept", b.get(id), c)
	decide := func(post, person string) *routingv1.Work {
		return &routingv1.Work{ComplaintId: id, Number: "T-1", Step: "decide", Kind: routingv1.WorkKind_WORK_KIND_APPROVAL, Round: 1, Post: post,
			Person: person, State: routingv1.WorkState_WORK_STATE_OPEN, OpenTime: timestamppb.New(occurred), Outcomes: []string{"approve", "reject"}, Procedure: "test"}
	}
	same(t, "case", &routingv1.Case{
		ComplaintId: id, Number: "T-1", Edition: b.edition, Flow: "main", Round: 1, Values: desk, Milestones: []string{"proposed"},
		State: routingv1.CaseState_CASE_STATE_OPEN, Version: 2,
		Work: []*routingv1.Work{{
			ComplaintId: id, Number: "T-1", Step: "plan", Kind: routingv1.WorkKind_WORK_KIND_TASK, Round: 1, Post: "desk",
			State: routingv1.WorkState_WORK_STATE_COMPLETED, OpenTime: timestamppb.New(received), EndTime: timestamppb.New(occurred),
			Fields: req.GetFields(), Form: []string{"cost*", "note?"}, Procedure: "test",
			GuidanceZh: "先致歉", GuidanceEn: "Apologise first",
		}, decide("boss", "wu.gang"), decide("audit", "")},
	}, c)
	for _, e := range eventstest.Emitted(t, b.pool) {
		if e.Type == "redress.routing.v1.WorkCompleted" && (e.Actor != "person:li.wei" || !e.OccurTime.Equal(occurred)) {
			t.Errorf("actor %s, occurred %v", e.Actor, e.OccurTime)
		}
	}

	b.complete(supervisor, &routingv1.CompleteWorkRequest{RequestId: newID(), WorkId: b.work(id, "decide", "boss").GetWorkId(), Outcome: "approve"})
	c = b.complete(supervisor, &routingv1.CompleteWorkRequest{RequestId: newID(), WorkId: b.work(id, "decide", "audit").GetWorkId(), Outcome: "approve"})
	if c.GetState() != routingv1.CaseState_CASE_STATE_DONE {
		t.Errorf("every branch has ended, and the case is %v", c.GetState())
	}
	last := b.emitted(id)
	same(t, "the last event", &routingv1.NoticeIssued{About: "tell", Posts: []string{"desk"}, Round: 1}, last[len(last)-1])
}

func TestCompleteWorkTwiceIsOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.begin()
	req := b.plan(id)
	first := b.complete(supervisor, req)
	same(t, "the retry's answer", first, b.complete(supervisor, req))
	if n := len(b.emitted(id)); n != 6 {
		t.Errorf("%d events, want 6: the retry did something", n)
	}
	other := proto.CloneOf(req)
	other.Content = []string{"progress"}
	_, err := b.CompleteWork(supervisor, other)
	wantFault(t, err, fault.Invalid, "REQUEST_ID_REUSED", "request_id")
}

// The decisions of two approvers that come at the same time are both counted: the last of them moves the case on.
func TestDecisionsAtTheSameTime(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.begin()
	b.complete(supervisor, b.plan(id))
	var wg sync.WaitGroup
	for _, post := range []string{"boss", "audit"} {
		req := &routingv1.CompleteWorkRequest{RequestId: newID(), WorkId: b.work(id, "decide", post).GetWorkId(), Outcome: "approve"}
		wg.Go(func() {
			if _, err := b.CompleteWork(supervisor, req); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if c := b.get(id); c.GetState() != routingv1.CaseState_CASE_STATE_DONE || c.GetVersion() != 4 {
		t.Errorf("the case is %v at version %d", c.GetState(), c.GetVersion())
	}
	b.emitted(id) // dense
}

func TestCompleteWorkRefusals(t *testing.T) {
	t.Parallel()
	b := newBench(t, eventstest.Parks())
	assign(b, "desk", "li.wei", received.Add(-time.Hour))
	id, ended := b.begin(), b.begin()
	b.complete(supervisor, b.plan(ended))
	endedWork := b.get(ended).GetWork()[0].GetWorkId()
	handler := as("li.wei", optionsv1.Role_ROLE_HANDLER)
	stranger := as("other", optionsv1.Role_ROLE_HANDLER)
	foreign := auth.With(context.Background(), auth.Principal{Tenant: "other", Subject: "li.wei", Roles: []optionsv1.Role{optionsv1.Role_ROLE_SUPERVISOR}})
	tests := []struct {
		name   string
		by     context.Context
		change func(*routingv1.CompleteWorkRequest)
		kind   fault.Kind
		reason string
		field  string
	}{
		{"not on duty", stranger, nil, fault.Denied, domain.ReasonNotOnDuty, ""},
		{"another tenant", foreign, nil, fault.NotFound, domain.ReasonWorkNotFound, ""},
		{"no such work", handler, func(r *routingv1.CompleteWorkRequest) { r.WorkId = newID() }, fault.NotFound, domain.ReasonWorkNotFound, ""},
		{"ended", handler, func(r *routingv1.CompleteWorkRequest) { r.WorkId = endedWork }, fault.Precondition, domain.ReasonWorkNotOpen, ""},
		{"another version", handler, func(r *routingv1.CompleteWorkRequest) { r.ExpectedVersion = 7 }, fault.Conflict, domain.ReasonVersionConflict, "expected_version"},
		{"field missing", handler, func(r *routingv1.CompleteWorkRequest) { r.Fields = nil }, fault.Invalid, "FIELD_REQUIRED", "fields.cost"},
		{"field unknown", handler, func(r *routingv1.CompleteWorkRequest) {
			r.Fields["x"] = &typev1.Value{Kind: &typev1.Value_Flag{Flag: true}}
		}, fault.Invalid, "FIELD_UNKNOWN", "fields.x"},
		{"field empty", handler, func(r *routingv1.CompleteWorkRequest) { r.Fields["cost"] = &typev1.Value{} }, fault.Invalid, "FIELD_INVALID", "fields.cost"},
		{"field infinite", handler, func(r *routingv1.CompleteWorkRequest) {
			r.Fields["cost"] = &typev1.Value{Kind: &typev1.Value_Number{Number: math.Inf(1)}}
		}, fault.Invalid, "FIELD_INVALID", "fields.cost"},
		{"outcome of a task", handler, func(r *routingv1.CompleteWorkRequest) { r.Outcome = "approve" }, fault.Invalid, domain.ReasonOutcomeInvalid, "outcome"},
		{"in the future", handler, func(r *routingv1.CompleteWorkRequest) {
			r.OccurTime = timestamppb.New(b.clock.Now().Add(6 * time.Minute))
		}, fault.Invalid, domain.ReasonTimeInvalid, "occur_time"},
		{"before it opened", handler, func(r *routingv1.CompleteWorkRequest) {
			r.OccurTime = timestamppb.New(received.Add(-time.Second))
		}, fault.Invalid, domain.ReasonTimeInvalid, "occur_time"},
		{"no time at all", handler, func(r *routingv1.CompleteWorkRequest) {
			r.OccurTime = &timestamppb.Timestamp{Seconds: math.MaxInt64}
		}, fault.Invalid, domain.ReasonTimeInvalid, "occur_time"},
		{"the first year", handler, func(r *routingv1.CompleteWorkRequest) {
			r.OccurTime = timestamppb.New(time.Date(1, 1, 1, 0, 0, 0, 0, time.UTC))
		}, fault.Invalid, domain.ReasonTimeInvalid, "occur_time"},
	}
	before := b.get(id)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := b.plan(id)
			if tt.change != nil {
				tt.change(req)
			}
			_, err := b.CompleteWork(tt.by, req)
			wantFault(t, err, tt.kind, tt.reason, tt.field)
			same(t, "the case", before, b.get(id))
		})
	}
	if n := len(b.emitted(id)); n != 2 {
		t.Errorf("%d events, want the 2 of the opening", n)
	}
	b.complete(handler, b.plan(id)) // what was refused holds nothing up
}

// Work that a reopening cancels cannot be completed any more, also when its completion was on the way.
func TestCancelledWorkIsNotOpen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.begin()
	req := b.plan(id)
	b.in.Deliver(events.Draft{AggregateID: id, OccurTime: received.Add(time.Second), Message: &followupv1.ComplaintReopened{Round: 2}})
	_, err := b.CompleteWork(supervisor, req)
	wantFault(t, err, fault.Precondition, domain.ReasonWorkNotOpen, "")
}
