package server

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/fieldmaskpb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/eventstest"
	"redress.dev/services/intake/internal/store"
)

func amendRequest(id string, d *intakev1.AmendedDraft, paths ...string) *intakev1.AmendComplaintRequest {
	req := &intakev1.AmendComplaintRequest{RequestId: uuid.NewString(), ComplaintId: id, Draft: d, Reason: "caller_corrected"}
	if paths != nil {
		req.UpdateMask = &fieldmaskpb.FieldMask{Paths: paths}
	}
	return req
}

func TestAmendedComplaintsKeepWhatStoodThere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	f.exec(t, `TRUNCATE outbox_pending`)
	req := amendRequest(c.GetComplaintId(), &intakev1.AmendedDraft{
		Complainant: &intakev1.Party{Phone: "13900001111"}, Content: "桌腿断了，桌面划伤", Fields: map[string]*typev1.Value{"category": code("delivery")},
	})
	req.ExpectedVersion = 1
	for range 2 { // a retry is answered as the first time
		resp, err := f.AmendComplaint(f.ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		got := resp.GetComplaint()
		if got.GetVersion() != 2 || got.GetComplainant().GetPhone() != "139****1111" || got.GetFields()["category"].GetCode() != "delivery" ||
			got.GetContent() != "•••" || got.GetComplainant().GetName() != "王*" {
			t.Errorf("amended: %v", got)
		}
	}
	sent := eventstest.Emitted(t, f.pool)
	if len(sent) != 1 || sent[0].Version != 2 || sent[0].Actor != "person:li.wei" {
		t.Fatalf("events: %+v", sent)
	}
	message, err := sent[0].Message()
	want := &intakev1.ComplaintAmended{
		Channel: "hotline", ComplainantKind: "end_user", Fields: map[string]*typev1.Value{"category": code("delivery")},
		Paths: []string{"complainant.phone", "content", "fields.category"}, Reason: "caller_corrected",
	}
	if diff := cmp.Diff(want, message, protocmp.Transform()); diff != "" || err != nil {
		t.Errorf("event: %v (-want +got):\n%s", err, diff)
	}
	shown, err := f.RevealPersonalData(as(t.Context(), "sun", officer), reveal(c.GetComplaintId(), "review"))
	if err != nil || shown.GetComplainant().GetPhone() != "13900001111" || shown.GetComplainant().GetName() != "王小明" || shown.GetPersonalFields()["note"] != "晚上联系" {
		t.Errorf("in the vault: %v, %v", shown, err)
	}
	history, err := f.ListAmendments(f.ctx, &intakev1.ListAmendmentsRequest{ComplaintId: c.GetComplaintId()})
	if err != nil || len(history.GetAmendments()) != 1 {
		t.Fatalf("history: %v, %v", history, err)
	}
	first := history.GetAmendments()[0]
	parts := []*intakev1.AmendedPart{
		{Path: "complainant.phone", Before: "138****5678", After: "139****1111"}, {Path: "content", Before: "•••", After: "•••"},
		{Path: "fields.category", Before: "quality", After: "delivery"},
	}
	if diff := cmp.Diff(parts, first.GetParts(), protocmp.Transform()); diff != "" || first.GetActor() != "person:li.wei" || first.GetVersion() != 2 ||
		!first.GetAmendTime().AsTime().Equal(now) || first.GetReason() != "caller_corrected" {
		t.Errorf("history: %v (-want +got):\n%s", first, diff)
	}
	var plain int
	if err := f.pool.QueryRow(t.Context(), `SELECT count(*) FROM complaint_amendment a WHERE a::text LIKE '%1390000%' OR a::text LIKE '%桌面%'`).Scan(&plain); err != nil || plain != 0 {
		t.Errorf("%d rows hold personal data in the clear, %v", plain, err)
	}
}

func TestRefusedAmendmentsChangeNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	open, closed, withdrawn, erased := f.register(t).GetComplaintId(), f.register(t).GetComplaintId(), f.register(t).GetComplaintId(), f.register(t).GetComplaintId()
	f.exec(t, `UPDATE complaint SET state = 2, close_time = now() WHERE complaint_id = $1`, closed)
	f.exec(t, `UPDATE complaint SET state = 3 WHERE complaint_id = $1`, withdrawn)
	f.exec(t, `UPDATE subject SET wrapped_key = NULL, erase_time = now() WHERE subject_id = $1`, erased)
	f.exec(t, `DELETE FROM vault WHERE complaint_id = $1`, erased)
	f.exec(t, `TRUNCATE outbox_pending, idempotency`)
	other := auth.With(t.Context(), auth.Principal{Tenant: "other", Subject: "li.wei", Roles: []optionsv1.Role{optionsv1.Role_ROLE_AGENT}})
	name := &intakev1.AmendedDraft{Complainant: &intakev1.Party{Name: "王大明"}}
	before := f.counts(t)
	for _, tt := range []struct {
		name          string
		ctx           context.Context
		req           *intakev1.AmendComplaintRequest
		reason, field string
	}{
		{"nobody's", f.ctx, amendRequest(uuid.NewString(), name), "COMPLAINT_NOT_FOUND", ""},
		{"another tenant's", other, amendRequest(open, name), "COMPLAINT_NOT_FOUND", ""},
		{"closed", f.ctx, amendRequest(closed, name), "COMPLAINT_NOT_OPEN", ""},
		{"withdrawn", f.ctx, amendRequest(withdrawn, name), "COMPLAINT_NOT_OPEN", ""},
		{"erased", f.ctx, amendRequest(erased, name), "SUBJECT_ERASED", "update_mask"},
		{"nothing", f.ctx, amendRequest(open, &intakev1.AmendedDraft{}), "MASK_INVALID", "update_mask"},
		{"an unknown path", f.ctx, amendRequest(open, name, "complainant.nam"), "MASK_INVALID", "update_mask"},
		{"the procedure", f.ctx, amendRequest(open, name, "procedure"), "MASK_INVALID", "update_mask"},
		{"whose it is", f.ctx, amendRequest(open, &intakev1.AmendedDraft{Complainant: &intakev1.Party{CustomerReference: "c-1"}}), "MASK_INVALID", "draft.complainant.customer_reference"},
		{"what is required", f.ctx, amendRequest(open, &intakev1.AmendedDraft{}, "fields.category"), "FIELD_REQUIRED", "draft.fields.category"},
		{"one right, one wrong", f.ctx, amendRequest(open, &intakev1.AmendedDraft{Channel: "store", Complainant: &intakev1.Party{Phone: "12"}}), "CONTACT_INVALID", "draft.complainant.phone"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := f.AmendComplaint(tt.ctx, tt.req)
			wantReason(t, err, tt.reason, tt.field)
			if diff := cmp.Diff(before, f.counts(t)); diff != "" || f.count(t, "complaint_amendment") != 0 {
				t.Errorf("rows (-before +after):\n%s", diff)
			}
		})
	}
	// What is coded of an erased person's complaint can be put right.
	if _, err := f.AmendComplaint(f.ctx, amendRequest(erased, &intakev1.AmendedDraft{Channel: "store"})); err != nil {
		t.Error(err)
	}
	_, err := f.ListAmendments(other, &intakev1.ListAmendmentsRequest{ComplaintId: erased})
	wantReason(t, err, "COMPLAINT_NOT_FOUND", "")
}

// An erased person's amendments keep who and when, and what is coded.
func TestErasingTakesAmendmentsAndWordsAway(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	id := f.register(t).GetComplaintId()
	d := &intakev1.AmendedDraft{Complainant: &intakev1.Party{Name: "王大明"}, Channel: "store", Content: "沙发塌陷"}
	if _, err := f.AmendComplaint(f.ctx, amendRequest(id, d)); err != nil {
		t.Fatal(err)
	}
	f.index(t)
	f.closeAll(t, id)
	f.erase(t, f.subjectOf(t, id))
	if n, words := f.count(t, "complaint_amendment WHERE personal IS NOT NULL"), f.count(t, "complaint_search"); n != 0 || words != 0 {
		t.Errorf("%d amendments and %d rows of the index still hold something", n, words)
	}
	history, err := f.ListAmendments(f.ctx, &intakev1.ListAmendmentsRequest{ComplaintId: id})
	want := []*intakev1.AmendedPart{{Path: "channel", Before: "hotline", After: "store"}}
	if diff := cmp.Diff(want, history.GetAmendments()[0].GetParts(), protocmp.Transform()); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	f.index(t) // what else is told of the complaint brings nothing back
	if got := f.found(f.ctx, t, &intakev1.SearchComplaintsRequest{Query: "沙发"}); got != nil {
		t.Errorf("found %v", got)
	}
}

func TestAnAmendmentThatChangesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	f.exec(t, `TRUNCATE outbox_pending`)
	resp, err := f.AmendComplaint(f.ctx, amendRequest(c.GetComplaintId(), &intakev1.AmendedDraft{Channel: "hotline"}))
	if diff := cmp.Diff(c, resp.GetComplaint(), protocmp.Transform(), cmpopts.EquateEmpty()); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if f.count(t, "complaint_amendment") != 0 || f.count(t, "outbox_pending") != 0 {
		t.Error("nothing was different, and something was kept")
	}
}

// Who amends a telephone number locks all that the complaint is linked with, in the order of ids, as everybody does: an amendment of the last
// of a group waits for the first without holding the last, which whoever has the first may ask for.
func TestAmendmentsLockLinkedComplaintsInOrder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ids := f.registered(t, "13800138000", "13800138001", "13800138002")
	first, middle, last := ids[0], ids[1], ids[2]
	f.link(t, middle, last)
	_, err := f.LinkComplaints(f.ctx, &intakev1.LinkComplaintsRequest{
		RequestId: uuid.NewString(), Kind: typev1.LinkKind_LINK_KIND_REPEAT_OF, ComplaintId: last, OtherComplaintId: first,
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"complainant.phone", "complainant.email", "complainant"} {
		t.Run(path, func(t *testing.T) {
			party := &intakev1.Party{Kind: "end_user", Name: "王小明", Phone: "13900000000", Email: path + "@example.com"}
			tx, err := f.pool.Begin(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if _, err := store.LockComplaint(t.Context(), tx, "default", first); err != nil {
				t.Fatal(err)
			}
			var g errgroup.Group
			g.Go(func() error {
				_, err := f.AmendComplaint(f.ctx, amendRequest(last, &intakev1.AmendedDraft{Complainant: party}, path))
				return err
			})
			f.awaitLocks(t, 1)
			_, err = tx.Exec(t.Context(), `SELECT FROM complaint WHERE complaint_id = ANY ($1::uuid[]) FOR UPDATE NOWAIT`, []string{middle, last})
			if err := errors.Join(err, tx.Rollback(t.Context()), g.Wait()); err != nil {
				t.Error(err)
			}
		})
	}
}

// awaitLocks waits until n transactions wait for locks.
func (f fixture) awaitLocks(t *testing.T, n int) {
	t.Helper()
	for waiting := -1; waiting != n; {
		const q = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`
		if err := f.pool.QueryRow(t.Context(), q).Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
}
