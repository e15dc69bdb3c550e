package server

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
)

// suggested returns the numbers that are suggested for a complaint, the likeliest first, each with its reasons.
func (f fixture) suggested(t *testing.T, id string, dismissed bool) (list []string) {
	t.Helper()
	resp, err := f.ListLinkSuggestions(f.ctx, &intakev1.ListLinkSuggestionsRequest{ComplaintId: id, IncludeDismissed: dismissed})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range resp.GetSuggestions() {
		line := s.GetComplaint().GetNumber()
		for _, r := range s.GetReasons() {
			line += " " + strings.TrimPrefix(r.GetKind().String(), "SUGGESTION_REASON_KIND_") + r.GetField()
		}
		if s.GetDismisser() != "" {
			line += " dismissed by " + s.GetDismisser()
		}
		if name := s.GetComplaint().GetComplainant().GetName(); name != "王*" || s.GetScore() <= 0 || s.GetScore() >= 1 {
			t.Errorf("suggestion: %v", s)
		}
		list = append(list, line)
	}
	return list
}

func TestSuggestions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	register := func(phone, content, order string) *intakev1.Complaint {
		return f.registerDraft(t, func(d *intakev1.ComplaintDraft) {
			d.Content, d.Complainant.Phone, d.Complainant.Email, d.PersonalFields = content, phone, "", nil
			if order != "" {
				d.Fields["order"] = code(order)
			}
		})
	}
	one := register("13800000001", "新买的柜子柜门上有很长一道划伤，要求更换", "SO-1")
	person := register("+86 138 0000 0001", "地板起翘", "")
	text := register("13800000003", "新买的柜子门上有一道很长的划伤，我要求更换柜门", "")
	order := register("13800000004", "没有送到", "SO-1")
	register("13800000005", "快递员态度很差", "SO-2")
	f.index(t)
	want := []string{text.GetNumber() + " SIMILAR_TEXT", order.GetNumber() + " SAME_FIELDorder", person.GetNumber() + " SAME_PHONE"}
	got := f.suggested(t, one.GetComplaintId(), false)
	if diff := cmp.Diff(sorted(want), sorted(got)); diff != "" {
		t.Errorf("suggestions (-want +got):\n%s", diff)
	}
	// Set aside for both, by whichever is named first, and back again.
	dismiss := func(a, b string, restore bool) {
		t.Helper()
		req := &intakev1.DismissLinkSuggestionRequest{RequestId: uuid.NewString(), ComplaintId: a, OtherComplaintId: b, Restore: restore}
		for range 2 {
			if _, err := f.DismissLinkSuggestion(f.ctx, req); err != nil {
				t.Fatal(err)
			}
		}
	}
	dismiss(text.GetComplaintId(), strings.ToUpper(one.GetComplaintId()), false)
	if diff := cmp.Diff([]string(nil), f.suggested(t, text.GetComplaintId(), false)); diff != "" {
		t.Errorf("for the other (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{one.GetNumber() + " SIMILAR_TEXT dismissed by person:li.wei"}, f.suggested(t, text.GetComplaintId(), true)); diff != "" {
		t.Errorf("with what was set aside (-want +got):\n%s", diff)
	}
	dismiss(one.GetComplaintId(), text.GetComplaintId(), true)
	f.link(t, one.GetComplaintId(), order.GetComplaintId()) // confirmed
	want = []string{text.GetNumber() + " SIMILAR_TEXT", person.GetNumber() + " SAME_PHONE"}
	if diff := cmp.Diff(sorted(want), sorted(f.suggested(t, one.GetComplaintId(), false))); diff != "" {
		t.Errorf("after one was linked (-want +got):\n%s", diff)
	}
	if links := f.count(t, "complaint_link"); links != 2 {
		t.Errorf("%d links: suggestions link nothing", links)
	}
}

func TestRefusedSuggestions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.register(t).GetComplaintId()
	other := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "li.wei", Roles: []optionsv1.Role{optionsv1.Role_ROLE_AGENT}})
	for _, tt := range []struct {
		name          string
		ctx           context.Context
		one, two      string
		reason, field string
	}{
		{"itself", f.ctx, id, strings.ToUpper(id), "LINK_INVALID", "other_complaint_id"},
		{"nobody's", f.ctx, id, uuid.NewString(), "COMPLAINT_NOT_FOUND", ""},
		{"another tenant's", other, id, id, "COMPLAINT_NOT_FOUND", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := f.DismissLinkSuggestion(tt.ctx, &intakev1.DismissLinkSuggestionRequest{RequestId: uuid.NewString(), ComplaintId: tt.one, OtherComplaintId: tt.two})
			wantReason(t, err, tt.reason, tt.field)
		})
	}
	_, err := f.ListLinkSuggestions(other, &intakev1.ListLinkSuggestionsRequest{ComplaintId: id})
	wantReason(t, err, "COMPLAINT_NOT_FOUND", "")
	if n := f.count(t, "link_dismissal"); n != 0 {
		t.Errorf("%d dismissals", n)
	}
}

// However many are alike, a bounded number is looked at and twenty are shown.
func TestSuggestionsAreBounded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var last string
	for range 230 {
		last = f.register(t).GetComplaintId()
	}
	f.index(t)
	if got := f.suggested(t, last, false); len(got) != maxSuggestions {
		t.Errorf("%d suggestions of 229", len(got))
	}
	own, err := f.ListLinkSuggestions(f.ctx, &intakev1.ListLinkSuggestionsRequest{ComplaintId: last})
	if err != nil || own.GetSuggestions()[0].GetComplaint().GetComplaintId() == last {
		t.Errorf("suggested for itself: %v, %v", own, err)
	}
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
