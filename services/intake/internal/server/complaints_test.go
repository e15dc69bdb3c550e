package server

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/store"
)

func byID(id string) *intakev1.GetComplaintRequest {
	return &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_ComplaintId{ComplaintId: id}}
}

func TestComplaintsOfOthersAreNotThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	other := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "li.wei"})
	_, err := f.GetComplaint(other, byID(c.GetComplaintId()))
	wantReason(t, err, "COMPLAINT_NOT_FOUND", "")
	_, err = f.GetComplaint(f.ctx, &intakev1.GetComplaintRequest{Key: &intakev1.GetComplaintRequest_Number{Number: "FU-202603-000009"}})
	wantReason(t, err, "COMPLAINT_NOT_FOUND", "")
	list, err := f.ListComplaints(other, &intakev1.ListComplaintsRequest{})
	if err != nil || len(list.GetComplaints()) != 0 {
		t.Errorf("another tenant sees %v, %v", list, err)
	}
}

func TestListComplaints(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	var all []string // newest first
	for i := range 5 {
		d := draft()
		d.ExternalReference, d.ReceiveTime = fmt.Sprintf("crm-%d", i), timestamppb.New(now.Add(time.Duration(i-10)*time.Hour))
		resp, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: d})
		if err != nil {
			t.Fatal(err)
		}
		all = append([]string{resp.GetComplaint().GetNumber()}, all...)
	}
	withdrawn := f.register(t)
	if _, err := f.WithdrawComplaint(f.ctx, &intakev1.WithdrawComplaintRequest{RequestId: uuid.NewString(), ComplaintId: withdrawn.GetComplaintId()}); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		req  *intakev1.ListComplaintsRequest
		want []string
	}{
		{"all, in pages of 4", &intakev1.ListComplaintsRequest{PageSize: 4}, append([]string{withdrawn.GetNumber()}, all...)},
		{"exactly one page", &intakev1.ListComplaintsRequest{PageSize: 6}, append([]string{withdrawn.GetNumber()}, all...)},
		{"open", &intakev1.ListComplaintsRequest{State: intakev1.ComplaintState_COMPLAINT_STATE_OPEN, PageSize: 2}, all},
		{"of a procedure", &intakev1.ListComplaintsRequest{Procedure: "furniture", State: 3}, []string{withdrawn.GetNumber()}},
		{"received in two hours", &intakev1.ListComplaintsRequest{
			ReceiveTimeFrom: timestamppb.New(now.Add(-9 * time.Hour)), ReceiveTimeTo: timestamppb.New(now.Add(-7 * time.Hour)),
		}, all[2:4]},
		{"by the caller's reference", &intakev1.ListComplaintsRequest{ExternalReference: "crm-4"}, all[:1]},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got []string
			for {
				page, err := f.ListComplaints(f.ctx, test.req)
				if err != nil {
					t.Fatal(err)
				}
				for _, c := range page.GetComplaints() {
					got = append(got, c.GetNumber())
					if c.GetComplainant().GetName() != "王*" || c.GetComplainant().GetAddress() != "" {
						t.Errorf("complainant is not masked: %v", c.GetComplainant())
					}
				}
				if test.req.PageToken = page.GetNextPageToken(); test.req.GetPageToken() == "" {
					break
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("numbers (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPageTokensOfOthersAreRefused(t *testing.T) {
	t.Parallel()
	f := emptyFixture(t)
	for _, token := range []string{
		"!", "e30", rpc.PageToken(listPosition{Position: store.Position{ID: "'; DROP TABLE complaint"}}),
		rpc.PageToken(listPosition{Position: store.Position{ID: "urn:uuid:0190c1de-0000-7000-8000-000000000001"}}),
	} {
		_, err := f.ListComplaints(f.ctx, &intakev1.ListComplaintsRequest{PageToken: token})
		wantReason(t, err, "PAGE_TOKEN_INVALID", "page_token")
	}
}

func TestWithdrawComplaint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	req := &intakev1.WithdrawComplaintRequest{RequestId: uuid.NewString(), ComplaintId: c.GetComplaintId(), ExpectedVersion: 2}
	_, err := f.WithdrawComplaint(f.ctx, req)
	wantReason(t, err, "VERSION_CONFLICT", "")
	req.ExpectedVersion = 1
	for range 2 { // a retry gets the same answer and does nothing
		resp, err := f.WithdrawComplaint(f.ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		want := proto.Clone(c).(*intakev1.Complaint)
		want.State, want.Version = intakev1.ComplaintState_COMPLAINT_STATE_WITHDRAWN, 2
		if diff := cmp.Diff(want, resp.GetComplaint(), protocmp.Transform()); diff != "" {
			t.Errorf("withdrawn (-want +got):\n%s", diff)
		}
	}
	emitted := eventstest.Emitted(t, f.pool)
	if len(emitted) != 2 || emitted[1].Type != "redress.intake.v1.ComplaintWithdrawn" || emitted[1].Version != 2 {
		t.Errorf("emitted %+v", emitted)
	}
	_, err = f.WithdrawComplaint(f.ctx, &intakev1.WithdrawComplaintRequest{RequestId: uuid.NewString(), ComplaintId: c.GetComplaintId()})
	wantReason(t, err, "COMPLAINT_NOT_OPEN", "")
	_, err = f.WithdrawComplaint(f.ctx, &intakev1.WithdrawComplaintRequest{RequestId: uuid.NewString(), ComplaintId: uuid.NewString()})
	wantReason(t, err, "COMPLAINT_NOT_FOUND", "")
}

func TestRecordContact(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	req := &intakev1.RecordContactRequest{
		RequestId: uuid.NewString(), ComplaintId: c.GetComplaintId(), Direction: intakev1.ContactDirection_CONTACT_DIRECTION_OUTBOUND,
		Medium: "phone", Purpose: "response", Content: []string{"progress"}, OccurTime: timestamppb.New(now.Add(-time.Minute)), Note: "他很生气",
	}
	resp, err := f.RecordContact(f.ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	again, err := f.RecordContact(f.ctx, req)
	if err != nil || !proto.Equal(resp, again) {
		t.Errorf("a retry gives %v, %v", again, err)
	}
	got, err := f.GetComplaint(f.ctx, byID(c.GetComplaintId()))
	if err != nil {
		t.Fatal(err)
	}
	want := &intakev1.Contact{
		ContactId: resp.GetContact().GetContactId(), ComplaintId: c.GetComplaintId(), Direction: req.GetDirection(), Medium: "phone",
		Purpose: "response", Content: []string{"progress"}, OccurTime: req.GetOccurTime(), RecordTime: timestamppb.New(now),
	}
	if diff := cmp.Diff([]*intakev1.Contact{want}, got.GetContacts(), protocmp.Transform()); diff != "" {
		t.Errorf("contacts (-want +got):\n%s", diff)
	}
	if got.GetComplaint().GetVersion() != 2 {
		t.Errorf("version is %d, want 2", got.GetComplaint().GetVersion())
	}
	wantEvent := &intakev1.ContactRecorded{ContactId: want.GetContactId(), Outbound: true, Medium: "phone", Purpose: "response", Content: []string{"progress"}}
	if diff := cmp.Diff(proto.Message(wantEvent), eventstest.Outbox(t, f.pool)[1], protocmp.Transform()); diff != "" {
		t.Errorf("event (-want +got):\n%s", diff)
	}
	req = &intakev1.RecordContactRequest{RequestId: uuid.NewString(), ComplaintId: c.GetComplaintId(), Medium: "phone\x00", Purpose: "result"}
	_, err = f.RecordContact(f.ctx, req)
	wantReason(t, err, "FIELD_INVALID", "medium")
}

func TestPersonalDataIsInTheVaultAlone(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	_, err := f.RecordContact(f.ctx, &intakev1.RecordContactRequest{
		RequestId: uuid.NewString(), ComplaintId: c.GetComplaintId(), Direction: 1, Medium: "phone", Purpose: "progress", Note: "他很生气",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"complaint", "vault", "contact", "outbox_pending", "idempotency", "intake_result"} {
		var dump string // bytea columns stand in it in hex
		if err := f.pool.QueryRow(t.Context(), `SELECT coalesce(string_agg(x::text, ''), '') FROM `+table+` x`).Scan(&dump); err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"王小明", "12345678", "1234 5678", "wang@", "浦东", "桌腿", "晚上", "生气"} {
			if strings.Contains(dump, secret) || strings.Contains(dump, fmt.Sprintf("%x", secret)) {
				t.Errorf("table %s holds %q", table, secret)
			}
		}
	}
}

func TestAnErasedPersonLeavesTheComplaint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	f.exec(t, `DELETE FROM vault`)
	f.exec(t, `UPDATE subject SET wrapped_key = NULL, erase_time = $1`, now)
	got, err := f.GetComplaint(f.ctx, byID(c.GetComplaintId()))
	if err != nil {
		t.Fatal(err)
	}
	if p := got.GetComplaint().GetComplainant(); p.GetName() != "" || p.GetKind() != "end_user" || got.GetComplaint().GetNumber() != c.GetNumber() {
		t.Errorf("got %v", got)
	}
	_, err = f.RecordContact(f.ctx, &intakev1.RecordContactRequest{
		RequestId: uuid.NewString(), ComplaintId: c.GetComplaintId(), Direction: 1, Medium: "phone", Purpose: "progress", Note: "words",
	})
	if err != nil {
		t.Errorf("a contact cannot be recorded any more: %v", err)
	}
}
