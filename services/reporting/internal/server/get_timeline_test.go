package server_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
)

func (h *house) timeline(t *testing.T, n int) []*reportingv1.TimelineEntry {
	t.Helper()
	resp, err := h.GetTimeline(caller(t, "default"), &reportingv1.GetTimelineRequest{ComplaintId: id(n)})
	if err != nil {
		t.Fatal(err)
	}
	return resp.GetEntries()
}

func TestTheTimelineSpeaksOfEveryEvent(t *testing.T) {
	t.Parallel()
	h := open(t)
	tests := []struct {
		message         proto.Message
		round           int32
		subject, detail string
	}{
		{registered(h.newer, 42, "web", "door"), 1, "direct", "F-42, web"},
		{&intakev1.ContactRecorded{Outbound: true, Medium: "phone", Purpose: "response", Content: []string{"progress", "apology"}}, 0, "response", "outbound phone, progress, apology"},
		{&intakev1.ContactRecorded{Medium: "letter", Purpose: "urge"}, 0, "urge", "inbound letter"},
		{&intakev1.EvidenceAttached{Kind: "photograph", MediaType: "image/jpeg", SizeBytes: 48213}, 0, "photograph", "image/jpeg, 48213 bytes"},
		{&intakev1.EvidenceRemoved{Kind: "photograph"}, 0, "photograph", ""},
		{&intakev1.PersonalDataRevealed{}, 0, "", ""},
		{&intakev1.SubjectErased{SubjectId: "s"}, 0, "", ""},
		{&routingv1.ComplaintClassified{Round: 1, Values: map[string]string{"grade": "high", "category": "door"}}, 1, "", "category=door, grade=high"},
		{&intakev1.ComplaintAmended{Paths: []string{"complainant.phone", "fields.line"}, Reason: "caller_corrected"}, 0, "caller_corrected", "complainant.phone, fields.line"},
		{&routingv1.WorkOpened{Step: "answer", Post: "agent", Person: "li.wei", Round: 1}, 1, "answer", "agent (li.wei)"},
		{&routingv1.WorkOpened{Step: "answer", Post: "agent", Round: 1}, 1, "answer", "agent"},
		{&routingv1.WorkCompleted{Step: "check", Post: "agent", Outcome: "approve", Round: 1}, 1, "check", "agent: approve"},
		{&routingv1.WorkCompleted{Step: "answer", Post: "agent", Content: []string{"progress"}, Round: 1}, 1, "answer", "agent, progress"},
		{&routingv1.WorkCancelled{Step: "answer", Round: 1}, 1, "answer", ""},
		{&routingv1.MilestoneReached{Milestone: "answered", Step: "answer", Round: 1}, 1, "answered", "answer"},
		{&routingv1.NoticeIssued{About: "clock/reply/warned", Posts: []string{"agent", "chief"}, Round: 1}, 1, "clock/reply/warned", "agent, chief"},
		{&slatimerv1.ClockStarted{Policy: "reply", Round: 1, DueTime: timestamppb.New(at(48)), Soft: true, Provisional: true}, 1, "reply", "due 2026-03-08T02:00:00Z, soft, provisional"},
		{&slatimerv1.ClockWarned{Policy: "reply", Round: 1, Warning: 1}, 1, "reply", "warning 2"},
		{&slatimerv1.ClockMet{Policy: "reply", Round: 1}, 1, "reply", ""},
		{&slatimerv1.ClockBreached{Policy: "reply", Round: 1}, 1, "reply", ""},
		{&slatimerv1.ClockStopped{Policy: "reply", Round: 1, LateDuration: durationpb.New(90 * time.Minute)}, 1, "reply", "1h30m0s late"},
		{&slatimerv1.ClockCancelled{Policy: "reply", Round: 1}, 1, "reply", ""},
		{&followupv1.VisitScheduled{Plan: "main", Post: "agent", Round: 1}, 1, "main", "agent"},
		{&followupv1.VisitRecorded{Plan: "main", Outcome: 3, AttemptCount: 1, Round: 1}, 1, "main", "unreached, attempt 1, to be tried again"},
		{&followupv1.VisitRecorded{Plan: "main", Outcome: 2, Final: true, Round: 1}, 1, "main", "dissatisfied"},
		{&followupv1.ComplaintReopened{Round: 2}, 2, "", "round 2"},
		{&followupv1.ComplaintClosed{Round: 2, Reason: followupv1.CloseReason_CLOSE_REASON_NOT_ACCEPTED}, 2, "", "not accepted"},
		{&intakev1.ComplaintWithdrawn{}, 0, "", ""},
	}
	var evs []events.Event
	var want []*reportingv1.TimelineEntry
	for i, tt := range tests {
		evs = append(evs, event(t, 1, i, tt.message))
		want = append(want, &reportingv1.TimelineEntry{
			EventId: id(i + 1), Type: string(proto.MessageName(tt.message)), OccurTime: timestamppb.New(at(i)), RecordTime: timestamppb.New(at(i)), Actor: "person:li",
			Round: tt.round, Subject: tt.subject, Detail: tt.detail,
		})
	}
	h.fold(t, evs, 100)
	if diff := cmp.Diff(want, h.timeline(t, 1), protocmp.Transform()); diff != "" {
		t.Errorf("timeline (-want +got):\n%s", diff)
	}
}

func TestWhatIsLearnedLateStandsWhereItHappened(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.fold(t, []events.Event{
		event(t, 1, 5, registered(h.newer, 1, "web", "door")), // received at five
		event(t, 1, 9, &routingv1.WorkOpened{Step: "answer"}),
		event(t, 1, 5, &intakev1.ContactRecorded{Purpose: "response"}),
		event(t, 1, 7, &slatimerv1.ClockBreached{Policy: "reply"}),
		event(t, 1, 3, &intakev1.ContactRecorded{Purpose: "promise"}), // told last, before everything
	}, 2)
	var got []string
	for _, e := range h.timeline(t, 1) {
		got = append(got, e.GetEventId())
	}
	if diff := cmp.Diff([]string{id(5), id(1), id(3), id(4), id(2)}, got); diff != "" {
		t.Errorf("order (-want +got):\n%s", diff)
	}
}

func TestGetTimelineRefuses(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.fold(t, []events.Event{event(t, 1, 0, registered(h.newer, 1, "web", "door"))}, 1)
	for tenant, n := range map[string]int{"default": 2, "other": 1} {
		_, err := h.GetTimeline(caller(t, tenant), &reportingv1.GetTimelineRequest{ComplaintId: id(n)})
		if fault.ReasonOf(err) != "COMPLAINT_NOT_FOUND" {
			t.Errorf("complaint %d for tenant %s gives %v", n, tenant, err)
		}
	}
}
