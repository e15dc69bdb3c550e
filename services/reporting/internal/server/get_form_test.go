package server_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/events"
)

// answeredLife is a complaint about a line, answered by a person; its visit is one attempt so far.
func (h *house) answeredLife(t *testing.T, line, actor string) []events.Event {
	t.Helper()
	evs := []events.Event{
		event(t, 1, 0, registered(h.newer, 1, "web", line)),
		event(t, 1, 0, &routingv1.ComplaintClassified{Round: 1, Values: map[string]string{"grade": "high"}}),
		event(t, 1, 1, &routingv1.WorkOpened{Step: "answer", Post: "agent", Person: "li", Round: 1}),
		event(t, 1, 5, &routingv1.WorkCompleted{Step: "answer", Post: "agent", Round: 1}),
		event(t, 1, 5, &routingv1.MilestoneReached{Milestone: "answered", Step: "answer", Round: 1}),
		event(t, 1, 6, &followupv1.VisitRecorded{Plan: "main", Outcome: 3, AttemptCount: 1, Round: 1}),
	}
	evs[3].Actor = actor
	return evs
}

func visited(t *testing.T) events.Event {
	return event(t, 1, 9, &followupv1.VisitRecorded{Plan: "main", Outcome: 1, Final: true, Round: 1})
}

func TestGetForm(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.fold(t, h.answeredLife(t, "door", "person:li"), 2) // the fact comes back from its row in between
	got, err := h.GetForm(caller(t, "default"), &reportingv1.GetFormRequest{ComplaintId: id(1), Form: "slip"})
	if err != nil {
		t.Fatal(err)
	}
	both := func(s string) *procedurev1.Label { return &procedurev1.Label{Zh: s, En: s} }
	want := &reportingv1.Form{
		ComplaintId: id(1), Key: "slip", Number: "F-1/CL-1", Name: &procedurev1.Label{Zh: "投诉处理单", En: "Complaint slip"}, Procedure: &procedurev1.Label{En: "Figures"},
		OpenTime: timestamppb.New(at(1)), Stage: "visited", Missing: []string{"visits.main"}, Zone: "Asia/Shanghai",
		Stages: []*reportingv1.FormStage{
			{Key: "sent", Name: &procedurev1.Label{Zh: "投诉", En: "The complaint"}, CompleteTime: timestamppb.New(at(1)), Items: []*reportingv1.FormItem{
				{Ref: "received", Name: &procedurev1.Label{Zh: "受理时间", En: "Received"}, Value: both("2026-03-06 10:00")},
				{Ref: "channel", Name: &procedurev1.Label{Zh: "受理渠道", En: "Channel"}, Value: &procedurev1.Label{En: "web"}},
				{Ref: "fields.line", Name: &procedurev1.Label{Zh: "产品线"}, Value: both("door")},
				{Ref: "fields.cost", Name: &procedurev1.Label{En: "Cost"}, Value: both("12")},
				{Ref: "fields.phone", Name: &procedurev1.Label{Zh: "电话", En: "Telephone"}, Personal: true}, // intake alone has it
				{Ref: "fields.content", Name: &procedurev1.Label{Zh: "内容", En: "Content"}, Personal: true},
				{Ref: "values.grade", Name: &procedurev1.Label{En: "values.grade"}, Value: &procedurev1.Label{En: "high"}},
			}},
			{Key: "answered", Name: &procedurev1.Label{Zh: "答复", En: "The answer"}, CompleteTime: timestamppb.New(at(5)), Items: []*reportingv1.FormItem{
				{Ref: "milestones.answered", Name: &procedurev1.Label{Zh: "答复时间", En: "Answered"}, Value: both("2026-03-06 15:00")},
			}},
			{Key: "visited", Name: &procedurev1.Label{Zh: "回访", En: "Return visit"}, Items: []*reportingv1.FormItem{
				{Ref: "visits.main", Name: &procedurev1.Label{En: "visits.main"}},
			}},
		},
		Signatures: []*reportingv1.FormSignature{{Step: "answer", Name: &procedurev1.Label{En: "answer"}, Signer: "person:li", SignTime: timestamppb.New(at(5))}},
	}
	if diff := cmp.Diff(want, got.GetForm(), protocmp.Transform()); diff != "" {
		t.Errorf("form (-want +got):\n%s", diff)
	}
}

func TestFormsRefuse(t *testing.T) {
	t.Parallel()
	h := open(t)
	h.fold(t, []events.Event{event(t, 1, 0, registered(h.newer, 1, "web", "door"))}, 1)
	for _, tt := range []struct {
		name, tenant string
		complaint    int
		form, reason string
	}{
		{"no such complaint", "default", 2, "slip", "COMPLAINT_NOT_FOUND"},
		{"a complaint of another tenant", "other", 1, "slip", "COMPLAINT_NOT_FOUND"},
		{"no such form", "default", 1, "slop", "FORM_UNKNOWN"},
		{"nothing has begun one", "default", 1, "slip", "FORM_NOT_OPENED"},
	} {
		_, err := h.GetForm(caller(t, tt.tenant), &reportingv1.GetFormRequest{ComplaintId: id(tt.complaint), Form: tt.form})
		if reasonOf(err) != tt.reason {
			t.Errorf("%s: GetForm gives %v, want %s", tt.name, err, tt.reason)
		}
		_, err = h.RenderForm(caller(t, tt.tenant), &reportingv1.RenderFormRequest{ComplaintId: id(tt.complaint), Form: tt.form})
		if reasonOf(err) != tt.reason {
			t.Errorf("%s: RenderForm gives %v, want %s", tt.name, err, tt.reason)
		}
	}
}

// Whatever a caller could bring in as a code or a name is text on the page, in the order in which it was recorded.
func TestPagesOfForms(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ file, language, line, actor string }{
		{"slip_zh.html", "", "door", "person:li"},
		{"slip_en.html", "en", "door", "person:li"},
		{"slip_hostile.html", "en", `"><script>alert(1)</script>` + "\u202e\u2066" + strings.Repeat("word", 60), "person:<img src=x onerror=alert(1)>\u202e"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			h := open(t)
			h.fold(t, append(h.answeredLife(t, tt.line, tt.actor), visited(t)), 100)
			got, err := h.RenderForm(caller(t, "default"), &reportingv1.RenderFormRequest{ComplaintId: id(1), Form: "slip", Language: tt.language})
			if err != nil {
				t.Fatal(err)
			}
			for _, bad := range []string{"<script", "<img", "\u202e", "\u2066"} {
				if strings.Contains(got.GetHtml(), bad) {
					t.Errorf("the page holds %q", bad)
				}
			}
			golden(t, tt.file, got.GetHtml())
		})
	}
}
