package server_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"

	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
)

const (
	satisfied    = followupv1.VisitOutcome_VISIT_OUTCOME_SATISFIED
	dissatisfied = followupv1.VisitOutcome_VISIT_OUTCOME_DISSATISFIED
	unreached    = followupv1.VisitOutcome_VISIT_OUTCOME_UNREACHED
)

// call is a request of a visit's outcome at an hour.
func call(request, visit int, outcome followupv1.VisitOutcome, end time.Time) *followupv1.RecordVisitRequest {
	return &followupv1.RecordVisitRequest{RequestId: id(900 + request), VisitId: id(visit), Outcome: outcome, OccurTime: timestamppb.New(end)}
}

func TestASatisfiedVisitCloses(t *testing.T) {
	t.Parallel()
	h := open(t)
	eventstest.Deliver(t, h.pool, h.Fold).Deliver(h.registered(1), answered(1, 2, 1))
	req := call(1, 101, satisfied, at(5))
	want := &followupv1.RecordVisitResponse{State: followupv1.FollowupState_FOLLOWUP_STATE_CLOSED, Visit: &followupv1.Visit{
		VisitId: id(101), ComplaintId: id(1), Number: "V-1", Plan: "main", Round: 1, Post: "agent", State: followupv1.VisitState_VISIT_STATE_DONE,
		ScheduleTime: timestamppb.New(at(2)), EndTime: timestamppb.New(at(5)), Outcome: satisfied, Procedure: "visits",
	}}
	for range 2 { // the second is a retry
		got, err := h.RecordVisit(caller(t, "default"), req)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
	}
	emitted := eventstest.Emitted(t, h.pool)[1:]
	var got []proto.Message
	for i, e := range emitted {
		m, err := e.Message()
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, m)
		if e.Actor != "person:li.wei" || !e.OccurTime.Equal(at(5)) || !e.RecordTime.Equal(at(10)) || e.Version != int64(i+2) {
			t.Errorf("envelope %+v", e)
		}
	}
	wantEvents := []proto.Message{
		&followupv1.VisitRecorded{VisitId: id(101), Plan: "main", Round: 1, Outcome: satisfied, Final: true},
		&followupv1.ComplaintClosed{Round: 1, Reason: followupv1.CloseReason_CLOSE_REASON_ACCEPTED},
	}
	if diff := cmp.Diff(wantEvents, got, protocmp.Transform()); diff != "" {
		t.Errorf("outbox (-want +got):\n%s", diff)
	}
	if h.pokes.Load() == 0 {
		t.Error("the relay was not woken")
	}
}

func TestADissatisfiedVisitReopens(t *testing.T) {
	t.Parallel()
	h := open(t)
	in := eventstest.Deliver(t, h.pool, h.Fold)
	in.Deliver(h.registered(1), answered(1, 2, 1))
	resp, err := h.RecordVisit(caller(t, "default"), call(1, 101, dissatisfied, at(5)))
	if err != nil || resp.GetState() != followupv1.FollowupState_FOLLOWUP_STATE_OPEN {
		t.Fatalf("answer %v, error %v", resp, err)
	}
	in.Deliver(answered(1, 6, 2))
	want := []proto.Message{
		&followupv1.VisitScheduled{VisitId: id(101), Plan: "main", Round: 1, Post: "agent"},
		&followupv1.VisitRecorded{VisitId: id(101), Plan: "main", Round: 1, Outcome: dissatisfied, Final: true},
		&followupv1.ComplaintReopened{Round: 2, VisitId: id(101)},
		&followupv1.VisitScheduled{VisitId: id(102), Plan: "main", Round: 2, Post: "agent"},
	}
	if diff := cmp.Diff(want, eventstest.Outbox(t, h.pool), protocmp.Transform()); diff != "" {
		t.Errorf("outbox (-want +got):\n%s", diff)
	}
}

func TestAttemptsAreUsedUp(t *testing.T) {
	t.Parallel()
	h := open(t)
	eventstest.Deliver(t, h.pool, h.Fold).Deliver(h.registered(1), answered(1, 2, 1))
	first, err := h.RecordVisit(caller(t, "default"), call(1, 101, unreached, at(3)))
	if err != nil || first.GetVisit().GetState() != followupv1.VisitState_VISIT_STATE_DUE || first.GetVisit().GetAttemptCount() != 1 {
		t.Fatalf("first attempt: %v, error %v", first, err)
	}
	second, err := h.RecordVisit(caller(t, "default"), call(2, 101, unreached, at(4)))
	if err != nil || second.GetVisit().GetState() != followupv1.VisitState_VISIT_STATE_DONE || second.GetState() != followupv1.FollowupState_FOLLOWUP_STATE_CLOSED {
		t.Fatalf("second attempt: %v, error %v", second, err)
	}
}

func TestRecordVisitRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	eventstest.Deliver(t, h.pool, h.Fold).Deliver(h.registered(1), answered(1, 2, 1), h.registered(2), answered(2, 2, 1))
	if _, err := h.RecordVisit(caller(t, "default"), call(1, 101, satisfied, at(5))); err != nil {
		t.Fatal(err)
	}
	before := len(eventstest.Outbox(t, h.pool))
	tests := []struct {
		name   string
		tenant string
		req    *followupv1.RecordVisitRequest
		kind   fault.Kind
		reason string
		field  string
	}{
		{"no such visit", "default", call(2, 999, satisfied, at(5)), fault.NotFound, "VISIT_NOT_FOUND", "visit_id"},
		{"another tenant's visit", "other", call(3, 102, satisfied, at(5)), fault.NotFound, "VISIT_NOT_FOUND", "visit_id"},
		{"a visit that has ended", "default", call(4, 101, satisfied, at(5)), fault.Precondition, "VISIT_NOT_DUE", "visit_id"},
		{"the future", "default", call(5, 102, satisfied, at(11)), fault.Invalid, "TIME_INVALID", "occur_time"},
		{"before it was due", "default", call(6, 102, satisfied, at(1)), fault.Invalid, "TIME_INVALID", "occur_time"},
		{"a used request id", "default", call(1, 102, satisfied, at(5)), fault.Invalid, "REQUEST_ID_REUSED", "request_id"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := h.RecordVisit(caller(t, tt.tenant), tt.req)
			var f *fault.Error
			if !errors.As(err, &f) || f.Kind != tt.kind || f.Reason != tt.reason || f.Meta["field"] != tt.field {
				t.Errorf("error %#v, want %s at %s", err, tt.reason, tt.field)
			}
		})
	}
	if after := len(eventstest.Outbox(t, h.pool)); after != before {
		t.Errorf("refused calls emitted %d events", after-before)
	}
}
