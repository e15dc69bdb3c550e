package server

import (
	"bytes"
	"context"
	"encoding/hex"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/eventstest"
	"redress.dev/services/intake/internal/domain"
)

func TestEvidenceIsKeptAndShown(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f fixture) {
		c := f.register(t)
		content := photo(domain.PartBytes*2 + 4711)
		client, _ := f.door(t, uploader())
		req := announce(c.GetComplaintId(), content)
		req.OccurTime = timestamppb.New(now.Add(-20 * time.Minute))
		u := f.start(t, req)
		if again := f.start(t, req); !proto.Equal(u, again) {
			t.Errorf("a retry of the start gives %v, want %v", again, u)
		}
		sent, err := send(t, client, u.GetUploadId(), content, 0, 10_007) // frames and parts end at different places
		if err != nil || sent.GetOffsetBytes() != int64(len(content)) {
			t.Fatalf("sent %v, %v", sent, err)
		}
		finish := &intakev1.FinishUploadRequest{RequestId: uuid.NewString(), UploadId: u.GetUploadId()}
		first, err := f.FinishUpload(f.ctx, finish)
		if err != nil {
			t.Fatal(err)
		}
		again, err := f.FinishUpload(f.ctx, finish)
		if err != nil || !proto.Equal(first, again) {
			t.Errorf("a retry of the end gives %v, %v", again, err)
		}
		want := &intakev1.Evidence{
			EvidenceId: u.GetUploadId(), ComplaintId: c.GetComplaintId(), Kind: "photograph", FileName: "•••.jpg", MediaType: "image/jpeg",
			SizeBytes: int64(len(content)), Sha256: req.GetSha256(), OccurTime: req.GetOccurTime(), AttachTime: timestamppb.New(now), Actor: "person:li.wei",
		}
		list, err := f.ListEvidence(f.ctx, &intakev1.ListEvidenceRequest{ComplaintId: c.GetComplaintId()})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]*intakev1.Evidence{want}, list.GetEvidence(), protocmp.Transform()); diff != "" {
			t.Errorf("list (-want +got):\n%s", diff)
		}
		for _, offset := range []int{0, 1, domain.PartBytes, domain.PartBytes + 100, len(content)} {
			shown, got, err := download(t, client, u.GetUploadId(), int64(offset))
			if err != nil || !bytes.Equal(got, content[offset:]) {
				t.Errorf("from offset %d came %d bytes, %v", offset, len(got), err)
			}
			if shown.GetFileName() != "王小明的桌子.jpg" {
				t.Errorf("the file is called %q", shown.GetFileName())
			}
		}
	})
}

func TestEvidenceIsToldWithoutAnythingPersonal(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	content := photo(domain.PartBytes + 1)
	e := f.attach(t, c.GetComplaintId(), content)
	remove := &intakev1.RemoveEvidenceRequest{RequestId: uuid.NewString(), EvidenceId: e.GetEvidenceId(), Reason: "brought in twice"}
	if _, err := f.RemoveEvidence(f.ctx, remove); err != nil {
		t.Fatal(err)
	}
	got := eventstest.Outbox(t, f.pool)[1:]
	want := []proto.Message{
		&intakev1.EvidenceAttached{
			EvidenceId: e.GetEvidenceId(), Kind: "photograph", MediaType: "image/jpeg", SizeBytes: int64(len(content)), Sha256: e.GetSha256(),
		},
		&intakev1.EvidenceRemoved{EvidenceId: e.GetEvidenceId(), Kind: "photograph"},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("events (-want +got):\n%s", diff)
	}
	f.attach(t, c.GetComplaintId(), content) // its content lies in the tables now
	for table, text := range f.dump(t, evidenceTables...) {
		for _, secret := range []string{"王小明", "照片", string(content[:11]), "桌腿断了"} {
			if strings.Contains(text, secret) || strings.Contains(text, hex.EncodeToString([]byte(secret))) {
				t.Errorf("table %s holds %q", table, secret)
			}
		}
	}
}

func TestCustodyTellsWhoDidWhat(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	content := photo(3 << 10)
	e := f.attach(t, c.GetComplaintId(), content)
	other := f.attach(t, c.GetComplaintId(), photo(100))
	client, _ := f.door(t, auth.Principal{Tenant: "default", Subject: "zhao", Roles: []optionsv1.Role{officer}})
	if _, _, err := download(t, client, e.GetEvidenceId(), 1000); err != nil {
		t.Fatal(err)
	}
	chief := as(t.Context(), "chen.lan", optionsv1.Role_ROLE_SUPERVISOR)
	remove := &intakev1.RemoveEvidenceRequest{RequestId: uuid.NewString(), EvidenceId: e.GetEvidenceId(), Reason: "shows somebody else"}
	if _, err := f.RemoveEvidence(chief, remove); err != nil {
		t.Fatal(err)
	}
	entry := func(act intakev1.CustodyAct, actor, reason string, offset int64) *intakev1.CustodyEntry {
		return &intakev1.CustodyEntry{
			EvidenceId: e.GetEvidenceId(), Act: act, Actor: actor, ActTime: timestamppb.New(now), Sha256: e.GetSha256(), Reason: reason, OffsetBytes: offset,
		}
	}
	want := []*intakev1.CustodyEntry{
		entry(intakev1.CustodyAct_CUSTODY_ACT_UPLOADED, "person:li.wei", "", 0),
		entry(intakev1.CustodyAct_CUSTODY_ACT_OPENED, "person:zhao", "verification", 1000),
		entry(intakev1.CustodyAct_CUSTODY_ACT_DOWNLOADED, "person:zhao", "verification", 1000),
		entry(intakev1.CustodyAct_CUSTODY_ACT_REMOVED, "person:chen.lan", "shows somebody else", 0),
	}
	var got []*intakev1.CustodyEntry
	req := &intakev1.ListCustodyRequest{ComplaintId: c.GetComplaintId(), EvidenceId: e.GetEvidenceId(), PageSize: 3}
	for {
		page, err := f.ListCustody(chief, req)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, page.GetEntries()...)
		if req.PageToken = page.GetNextPageToken(); req.GetPageToken() == "" {
			break
		}
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("custody (-want +got):\n%s", diff)
	}
	all, err := f.ListCustody(chief, &intakev1.ListCustodyRequest{ComplaintId: c.GetComplaintId()})
	if err != nil || len(all.GetEntries()) != 5 || all.GetEntries()[1].GetEvidenceId() != other.GetEvidenceId() {
		t.Errorf("of the complaint: %v, %v", all, err)
	}
	revealed := 0
	for _, m := range eventstest.Outbox(t, f.pool) {
		if _, ok := m.(*intakev1.PersonalDataRevealed); ok {
			revealed++
		}
	}
	if revealed != 1 {
		t.Errorf("%d looks are told to the others, want 1", revealed)
	}
}

func TestALookThatBreaksOffIsOnRecord(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	e := f.attach(t, c.GetComplaintId(), photo(2<<20)) // more than the connection holds
	client, _ := f.door(t, uploader())
	ctx, cancel := context.WithCancel(t.Context())
	stream, err := client.DownloadEvidence(ctx, &intakev1.DownloadEvidenceRequest{EvidenceId: e.GetEvidenceId(), Purpose: "verification"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := stream.Recv(); err != nil {
		t.Fatal(err)
	}
	cancel()
	list, err := f.ListCustody(f.ctx, &intakev1.ListCustodyRequest{ComplaintId: c.GetComplaintId()})
	if err != nil || len(list.GetEntries()) != 2 || list.GetEntries()[1].GetAct() != intakev1.CustodyAct_CUSTODY_ACT_OPENED {
		t.Errorf("on record is %v, %v; want the upload and the opening", list, err)
	}
}

func TestRemovedEvidenceIsDestroyedAndStaysOnRecord(t *testing.T) {
	t.Parallel()
	eachStore(t, func(t *testing.T, f fixture) {
		c := f.register(t)
		e := f.attach(t, c.GetComplaintId(), photo(domain.PartBytes+1))
		req := &intakev1.RemoveEvidenceRequest{RequestId: uuid.NewString(), EvidenceId: e.GetEvidenceId(), Reason: "shows somebody else"}
		resp, err := f.RemoveEvidence(f.ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		again, err := f.RemoveEvidence(f.ctx, req)
		if err != nil || !proto.Equal(resp, again) {
			t.Errorf("a retry gives %v, %v", again, err)
		}
		want := proto.CloneOf(e)
		want.FileName, want.RemoveTime = "", timestamppb.New(now)
		list, err := f.ListEvidence(f.ctx, &intakev1.ListEvidenceRequest{ComplaintId: c.GetComplaintId()})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]*intakev1.Evidence{want}, list.GetEvidence(), protocmp.Transform()); diff != "" {
			t.Errorf("what is left (-want +got):\n%s", diff)
		}
		if n := f.count(t, `evidence WHERE sealed_key IS NOT NULL OR sealed_name IS NOT NULL`); n != 0 {
			t.Error("its key or name is still there")
		}
		if err := f.SweepEvidenceOnce(t.Context()); err != nil {
			t.Fatal(err)
		}
		for _, table := range []string{"evidence_part", "evidence_orphan", "evidence_content"} {
			if n := f.count(t, table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
		client, _ := f.door(t, uploader())
		_, _, err = download(t, client, e.GetEvidenceId(), 0)
		wantStatus(t, err, "EVIDENCE_REMOVED", "")
		req.RequestId = uuid.NewString()
		_, err = f.RemoveEvidence(f.ctx, req)
		wantReason(t, err, "EVIDENCE_REMOVED", "")
	})
}

func TestAnErasedPersonsEvidenceIsDestroyed(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	e := f.attach(t, c.GetComplaintId(), photo(domain.PartBytes+1))
	u := f.start(t, announce(c.GetComplaintId(), photo(domain.PartBytes+1)))
	client, _ := f.door(t, uploader())
	if _, err := send(t, client, u.GetUploadId(), photo(domain.PartBytes), 0, 64<<10); err != nil {
		t.Fatal(err)
	}
	f.closeAll(t, c.GetComplaintId())
	f.erase(t, f.subjectOf(t, c.GetComplaintId()))
	list, err := f.ListEvidence(f.ctx, &intakev1.ListEvidenceRequest{ComplaintId: c.GetComplaintId()})
	if err != nil || len(list.GetEvidence()) != 1 || list.GetEvidence()[0].GetFileName() != "" || list.GetEvidence()[0].GetSha256() != e.GetSha256() {
		t.Errorf("listed is %v, %v", list, err)
	}
	_, _, err = download(t, client, e.GetEvidenceId(), 0)
	wantStatus(t, err, "PERSON_ERASED", "")
	_, err = send(t, client, u.GetUploadId(), photo(domain.PartBytes+1), domain.PartBytes, 1)
	wantStatus(t, err, "PERSON_ERASED", "")
	_, err = f.StartUpload(f.ctx, announce(c.GetComplaintId(), photo(1000)))
	wantReason(t, err, "PERSON_ERASED", "")
	f.sweep(t, now)
	left := []string{"evidence_part", "evidence_orphan", "evidence_content", "evidence WHERE sealed_key IS NOT NULL OR sealed_name IS NOT NULL"}
	for _, table := range left {
		if n := f.count(t, table); n != 0 {
			t.Errorf("%d rows are left in %s", n, table)
		}
	}
}

// TestWhoSeesEvidence: those who may see the complaint's other personal data, as often as that.
func TestWhoSeesEvidence(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	e := f.attach(t, c.GetComplaintId(), photo(100))
	f.near.assigned[c.GetComplaintId()] = "sun"
	look := func(subject string, role optionsv1.Role) error {
		client, _ := f.door(t, auth.Principal{Tenant: "default", Subject: subject, Roles: []optionsv1.Role{role}})
		_, _, err := download(t, client, e.GetEvidenceId(), 0)
		return err
	}
	for range f.cfg.RevealQuota {
		if err := look("sun", handler); err != nil {
			t.Fatal(err)
		}
	}
	wantStatus(t, look("sun", handler), "QUOTA_EXCEEDED", "")
	wantStatus(t, look("zhou", handler), "COMPLAINT_NOT_FOUND", "")
	if granted, refused := f.count(t, "personal_data_access WHERE granted"), f.count(t, "personal_data_access WHERE NOT granted"); granted != 5 || refused != 2 {
		t.Errorf("%d looks are on record as granted, %d as refused; want 5 and 2", granted, refused)
	}
	if n := f.count(t, "evidence_custody WHERE act = 2"); n != 5 {
		t.Errorf("the file was opened %d times, want 5", n)
	}
}

func TestAnExportNamesTheEvidence(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	e := f.attach(t, c.GetComplaintId(), photo(100))
	p := &part{ctx: f.ctx}
	if err := f.export(f.ctx, domain.Subject{ID: f.subjectOf(t, c.GetComplaintId())}, p); err != nil {
		t.Fatal(err)
	}
	e.FileName = "王小明的桌子.jpg"
	if diff := cmp.Diff(e, p.parts[len(p.parts)-1].GetEvidence(), protocmp.Transform()); diff != "" {
		t.Errorf("evidence (-want +got):\n%s", diff)
	}
}
