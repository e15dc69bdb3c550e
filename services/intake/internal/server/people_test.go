package server

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
)

// subjectOf returns the person of a complaint.
func (f fixture) subjectOf(t testing.TB, complaintID string) (id string) {
	t.Helper()
	if err := f.pool.QueryRow(t.Context(), `SELECT subject_id::text FROM complaint WHERE complaint_id = $1`, complaintID).Scan(&id); err != nil {
		t.Fatal(err)
	}
	return id
}

// complains registers a draft and returns the complaint's id.
func (f fixture) complains(t testing.TB, d *intakev1.ComplaintDraft) string {
	t.Helper()
	resp, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: d})
	if err != nil {
		t.Fatal(err)
	}
	return resp.GetComplaint().GetComplaintId()
}

func (f fixture) closeAll(t testing.TB, ids ...string) {
	t.Helper()
	f.exec(t, `UPDATE complaint SET state = 2, close_time = $2 WHERE complaint_id = ANY ($1::text[]::uuid[])`, ids, now)
}

func TestPeopleAreFoundByWhatIsTheirs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.cfg.FindQuota = 100
	first, second := f.complains(t, of("C-1")), f.complains(t, of("C-1"))
	alone := f.complains(t, draft()) // the same number and address, and nobody knows whether the same person
	d := of("C-2")
	d.Complainant.Phone, d.Complainant.Email = "021-55551234", ""
	f.complains(t, d)
	find := func(req *intakev1.FindSubjectsRequest) (people [][]string, err error) {
		resp, err := f.FindSubjects(as(t.Context(), "zhao", officer), req)
		for _, s := range resp.GetSubjects() {
			var ids []string
			for _, c := range s.GetComplaints() {
				ids = append(ids, c.GetComplaintId())
				if who := c.GetComplainant(); who.GetName() != "王*" || who.GetCustomerReference() != "" {
					t.Errorf("not masked: %v", who)
				}
			}
			people = append(people, ids)
		}
		return people, err
	}
	phone := func(s string) *intakev1.FindSubjectsRequest {
		return &intakev1.FindSubjectsRequest{Key: &intakev1.FindSubjectsRequest_Phone{Phone: s}}
	}
	email := func(s string) *intakev1.FindSubjectsRequest {
		return &intakev1.FindSubjectsRequest{Key: &intakev1.FindSubjectsRequest_Email{Email: s}}
	}
	reference := func(s string) *intakev1.FindSubjectsRequest {
		return &intakev1.FindSubjectsRequest{Key: &intakev1.FindSubjectsRequest_CustomerReference{CustomerReference: s}}
	}
	for name, test := range map[string]struct {
		req  *intakev1.FindSubjectsRequest
		want [][]string
	}{
		"phone":         {phone("＋86-138-1234-5678"), [][]string{{alone}, {second, first}}},
		"e-mail":        {email("WANG@example.com"), [][]string{{alone}, {second, first}}},
		"reference":     {reference(" C-1"), [][]string{{second, first}}},
		"another phone": {phone("13812345679"), nil},
		"no reference":  {reference("C-9"), nil},
		"letters count": {reference("c-1"), nil},
	} {
		got, err := find(test.req)
		if diff := cmp.Diff(test.want, got); diff != "" || err != nil {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
	recorded := f.count(t, "personal_data_access")
	if recorded != 6 {
		t.Errorf("%d accesses are recorded, want 6", recorded)
	}
	_, err := find(phone("call me"))
	wantReason(t, err, "CONTACT_INVALID", "phone")
	_, err = find(email("wang"))
	wantReason(t, err, "CONTACT_INVALID", "email")
	_, err = find(reference("  "))
	wantReason(t, err, "FIELD_INVALID", "customer_reference")
	f.cfg.FindQuota = recorded
	if _, err := find(phone("13812345678")); fault.ReasonOf(err) != "QUOTA_EXCEEDED" {
		t.Errorf("past the quota: %v", err)
	}
}

// erase has a person erased by two people.
func (f fixture) erase(t testing.TB, subjectID string) *intakev1.ApproveErasureResponse {
	t.Helper()
	asked, err := f.RequestErasure(as(t.Context(), "zhao", officer), &intakev1.RequestErasureRequest{
		RequestId: uuid.NewString(), SubjectId: subjectID, Reason: intakev1.SubjectReason_SUBJECT_REASON_SUBJECT_ASKED,
	})
	if err != nil {
		t.Fatal(err)
	}
	resp, err := f.ApproveErasure(as(t.Context(), "qian", officer), &intakev1.ApproveErasureRequest{
		RequestId: uuid.NewString(), SubjectRequestId: asked.GetRequest().GetSubjectRequestId(),
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func TestAnErasedPersonIsNowhere(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first, second, stays := f.complains(t, of("C-1")), f.complains(t, of("C-1")), f.complains(t, of("C-2"))
	f.note(t, first, "他很生气")
	kept := f.note(t, stays, "她不生气")
	who := f.subjectOf(t, first)
	f.closeAll(t, first, second)
	done := f.erase(t, who)
	if e := done.GetErasure(); e.GetSubjectId() != who || e.GetRequester() != "person:zhao" || e.GetApprover() != "person:qian" || len(e.GetProof()) != 32 {
		t.Errorf("the entry is %v", e)
	}

	for _, id := range []string{first, second} {
		got, err := f.GetComplaint(f.ctx, byID(id))
		if c := got.GetComplaint(); err != nil || proto.Size(c.GetComplainant()) != len("end_user")+2 || c.GetContent() != "" || c.GetNumber() == "" {
			t.Errorf("the complaint shows %v, %v", got, err)
		}
		shown, err := f.RevealPersonalData(as(t.Context(), "sun", officer), reveal(id, "review"))
		if err != nil || shown.GetContent() != "" || shown.GetComplainant().GetName() != "" || len(shown.GetContactNotes()) != 0 {
			t.Errorf("revealed %v, %v", shown, err)
		}
	}
	key := &intakev1.FindSubjectsRequest_CustomerReference{CustomerReference: "C-1"}
	found, err := f.FindSubjects(as(t.Context(), "sun", officer), &intakev1.FindSubjectsRequest{Key: key})
	if err != nil || len(found.GetSubjects()) != 0 {
		t.Errorf("found %v, %v", found, err)
	}
	var left int
	const q = `
		SELECT (SELECT count(*) FROM vault WHERE complaint_id = ANY ($1::text[]::uuid[]))
			+ (SELECT count(*) FROM contact WHERE complaint_id = $2 AND note IS NOT NULL)
			+ (SELECT count(*) FROM subject WHERE subject_id = $3 AND (wrapped_key IS NOT NULL OR reference IS NOT NULL))
			+ (SELECT count(*) FROM idempotency
				WHERE method <> 'redress.intake.v1.ApproveErasureRequest' AND position(convert_to($2::text, 'UTF8') in response) > 0)`
	if err := f.pool.QueryRow(t.Context(), q, []string{first, second}, first, who).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d rows still hold something, %v", left, err)
	}

	// Nobody else is touched, and the reference begins a new person.
	shown, err := f.RevealPersonalData(as(t.Context(), "sun", officer), reveal(stays, "review"))
	if err != nil || shown.GetComplainant().GetName() != "王小明" || shown.GetContactNotes()[kept] != "她不生气" {
		t.Errorf("another person shows %v, %v", shown, err)
	}
	if again := f.subjectOf(t, f.complains(t, of("C-1"))); again == who {
		t.Error("the reference leads to the erased person")
	}
	told := map[string]int64{}
	for _, e := range eventstest.Emitted(t, f.pool) {
		if e.Type == "redress.intake.v1.SubjectErased" {
			told[e.AggregateID] = e.Version
		}
	}
	if diff := cmp.Diff(map[string]int64{first: 3, second: 2}, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
	// What comes later is not kept, and the complaint goes on.
	f.note(t, first, "words")
	eventstest.Deliver(t, f.pool, f.Fold).Deliver(reopened(first))
	if n := f.count(t, "contact WHERE note IS NOT NULL"); n != 1 {
		t.Errorf("%d notes are kept, want the other person's", n)
	}
}

// The registration's retry must neither show the person again nor register anew.
func TestARetryAfterTheErasureRegistersNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	req := &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: of("C-1")}
	resp, err := f.RegisterComplaint(f.ctx, req)
	if err != nil {
		t.Fatal(err)
	}
	id := resp.GetComplaint().GetComplaintId()
	f.closeAll(t, id)
	f.erase(t, f.subjectOf(t, id))
	before := f.counts(t)
	_, err = f.RegisterComplaint(f.ctx, req)
	wantReason(t, err, "REQUEST_ID_REUSED", "request_id")
	if diff := cmp.Diff(before, f.counts(t)); diff != "" {
		t.Errorf("rows (-before +after):\n%s", diff)
	}
}

func TestErasingTakesTwoPeopleAndNoOpenComplaint(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first, second := f.complains(t, of("C-1")), f.complains(t, of("C-1"))
	who := f.subjectOf(t, second)
	zhao, qian := as(t.Context(), "zhao", officer), as(t.Context(), "qian", supervisor)
	ask := func(ctx context.Context, id string) (*intakev1.RequestErasureResponse, error) {
		return f.RequestErasure(ctx, &intakev1.RequestErasureRequest{RequestId: uuid.NewString(), SubjectId: id, Reason: 1})
	}
	approve := func(ctx context.Context, id string) error {
		_, err := f.ApproveErasure(ctx, &intakev1.ApproveErasureRequest{RequestId: uuid.NewString(), SubjectRequestId: id})
		return err
	}
	f.closeAll(t, first)
	_, err := ask(zhao, who)
	if fault.ReasonOf(err) != "SUBJECT_HAS_OPEN_COMPLAINTS" || !strings.Contains(err.Error(), "FU-") {
		t.Errorf("with an open complaint: %v", err)
	}
	_, err = ask(zhao, uuid.NewString())
	if fault.ReasonOf(err) != "SUBJECT_NOT_FOUND" {
		t.Errorf("nobody: %v", err)
	}
	f.closeAll(t, second)
	asked, err := ask(zhao, who)
	if err != nil {
		t.Fatal(err)
	}
	id := asked.GetRequest().GetSubjectRequestId()
	if _, err := ask(qian, who); fault.ReasonOf(err) != "SUBJECT_REQUEST_PENDING" {
		t.Errorf("asked twice: %v", err)
	}
	if err := approve(as(t.Context(), "zhao", supervisor), id); fault.ReasonOf(err) != "SAME_PERSON" {
		t.Errorf("the same person in another role: %v", err)
	}
	if err := approve(qian, uuid.NewString()); fault.ReasonOf(err) != "SUBJECT_REQUEST_NOT_FOUND" {
		t.Errorf("no request: %v", err)
	}
	if _, err := f.ApproveExport(qian, &intakev1.ApproveExportRequest{RequestId: uuid.NewString(), SubjectRequestId: id}); fault.ReasonOf(err) != "SUBJECT_REQUEST_NOT_FOUND" {
		t.Errorf("approved as an export: %v", err)
	}
	eventstest.Deliver(t, f.pool, f.Fold).Deliver(reopened(first))
	if err := approve(qian, id); fault.ReasonOf(err) != "SUBJECT_HAS_OPEN_COMPLAINTS" {
		t.Errorf("reopened meanwhile: %v", err)
	}
	if n := f.count(t, "erasure_ledger") + 2 - f.count(t, "vault"); n != 0 {
		t.Error("a refused approval changed something")
	}
	if _, err := f.RejectSubjectRequest(zhao, &intakev1.RejectSubjectRequestRequest{RequestId: uuid.NewString(), SubjectRequestId: id}); err != nil {
		t.Errorf("who asked cannot take it back: %v", err)
	}
	f.closeAll(t, first)
	if err := approve(qian, id); fault.ReasonOf(err) != "SUBJECT_REQUEST_DECIDED" {
		t.Errorf("rejected before: %v", err)
	}
	f.erase(t, who)
	if _, err := ask(zhao, who); fault.ReasonOf(err) != "SUBJECT_ERASED" {
		t.Errorf("erased before: %v", err)
	}
	list, err := f.ListSubjectRequests(zhao, &intakev1.ListSubjectRequestsRequest{SubjectId: who, PageSize: 1})
	if err != nil || len(list.GetRequests()) != 1 || list.GetRequests()[0].GetState() != intakev1.SubjectRequestState_SUBJECT_REQUEST_STATE_APPROVED {
		t.Fatalf("listed %v, %v", list, err)
	}
	list, err = f.ListSubjectRequests(zhao, &intakev1.ListSubjectRequestsRequest{PageToken: list.GetNextPageToken()})
	if err != nil || len(list.GetRequests()) != 1 || list.GetRequests()[0].GetState() != intakev1.SubjectRequestState_SUBJECT_REQUEST_STATE_REJECTED ||
		list.GetNextPageToken() != "" {
		t.Errorf("listed %v, %v", list, err)
	}
	_, err = f.ListSubjectRequests(zhao, &intakev1.ListSubjectRequestsRequest{PageToken: "e30"})
	wantReason(t, err, "PAGE_TOKEN_INVALID", "page_token")
}

// part collects what is exported.
type part struct {
	grpc.ServerStream
	ctx   context.Context
	parts []*intakev1.ExportPersonalDataResponse
}

func (p *part) Context() context.Context { return p.ctx }

func (p *part) Send(r *intakev1.ExportPersonalDataResponse) error {
	p.parts = append(p.parts, r)
	return nil
}

func TestAnExportHoldsEverything(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	clock := now
	f.cfg.Now = func() time.Time { return clock }
	first, second := f.complains(t, of("C-1")), f.complains(t, of("C-1"))
	f.complains(t, of("C-2"))
	contact := f.note(t, first, "他很生气")
	if _, err := f.RevealPersonalData(as(t.Context(), "sun", officer), reveal(second, "review")); err != nil {
		t.Fatal(err)
	}
	who := f.subjectOf(t, first)
	zhao, qian := as(t.Context(), "zhao", officer), as(t.Context(), "qian", supervisor)
	asked, err := f.RequestExport(zhao, &intakev1.RequestExportRequest{RequestId: uuid.NewString(), SubjectId: who, Reason: 1})
	if err != nil {
		t.Fatal(err)
	}
	id := asked.GetRequest().GetSubjectRequestId()
	fetch := func(ctx context.Context) error { return f.exported(&part{ctx: ctx}, id) }
	if err := fetch(zhao); fault.ReasonOf(err) != "EXPORT_NOT_APPROVED" {
		t.Errorf("before the approval: %v", err)
	}
	approve := &intakev1.ApproveExportRequest{RequestId: uuid.NewString(), SubjectRequestId: id}
	if _, err := f.ApproveExport(zhao, approve); fault.ReasonOf(err) != "SAME_PERSON" {
		t.Errorf("approved alone: %v", err)
	}
	if _, err := f.ApproveExport(qian, approve); err != nil {
		t.Fatal(err)
	}
	if err := fetch(as(t.Context(), "sun", officer)); fault.ReasonOf(err) != "SUBJECT_REQUEST_NOT_FOUND" {
		t.Errorf("somebody else: %v", err)
	}
	p := &part{ctx: zhao}
	if err := f.exported(p, id); err != nil {
		t.Fatal(err)
	}
	if len(p.parts) != 6 { // the person, two complaints, a contact, a reveal, this export
		t.Fatalf("%d parts: %v", len(p.parts), p.parts)
	}
	complaint := p.parts[2].GetComplaint() // the older one, with its contact after it
	diff := cmp.Diff(of("C-1").GetComplainant(), complaint.GetComplainant(), protocmp.Transform())
	if diff != "" || complaint.GetComplaintId() != first || complaint.GetContent() != "桌腿断了" {
		t.Errorf("complaint %v (-want +got):\n%s", complaint, diff)
	}
	if c := p.parts[3].GetContact(); c.GetNote() != "他很生气" || c.GetContact().GetContactId() != contact {
		t.Errorf("contact %v", c)
	}
	var seen []string
	for _, x := range p.parts[4:] {
		seen = append(seen, x.GetAccess().GetActor()+" "+x.GetAccess().GetPurpose())
	}
	if len(seen) != 2 ||
		!strings.Contains(strings.Join(seen, ", "), "person:sun review") || !strings.Contains(strings.Join(seen, ", "), "person:zhao export") {
		t.Errorf("seen by %q", seen)
	}
	clock = now.Add(7*24*time.Hour + time.Second)
	if err := fetch(zhao); fault.ReasonOf(err) != "EXPORT_EXPIRED" {
		t.Errorf("a week later: %v", err)
	}
	clock = now
	f.closeAll(t, first, second)
	f.erase(t, who)
	if err := fetch(zhao); fault.ReasonOf(err) != "SUBJECT_ERASED" {
		t.Errorf("after the erasure: %v", err)
	}
}

func (f fixture) exported(p *part, id string) error {
	return f.ExportPersonalData(&intakev1.ExportPersonalDataRequest{SubjectRequestId: id}, p)
}

func TestTheLedgerErasesWhatARestoreBroughtBack(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	first, second := f.complains(t, of("C-1")), f.complains(t, of("C-2"))
	f.note(t, first, "他很生气")
	for _, table := range []string{"subject", "vault", "contact", "complaint", "idempotency"} { // the backup
		f.exec(t, `CREATE TABLE backup_`+table+` AS SELECT * FROM `+table)
	}
	zhao := as(t.Context(), "zhao", officer)
	for _, id := range []string{first, second} {
		f.closeAll(t, id)
		f.erase(t, f.subjectOf(t, id))
	}
	page, err := f.ListErasures(zhao, &intakev1.ListErasuresRequest{PageSize: 1})
	if err != nil || len(page.GetErasures()) != 1 || page.GetNextPageToken() == "" {
		t.Fatalf("ledger %v, %v", page, err)
	}
	ledger := page.GetErasures()
	if page, err = f.ListErasures(zhao, &intakev1.ListErasuresRequest{PageToken: page.GetNextPageToken()}); err != nil || page.GetNextPageToken() != "" {
		t.Fatalf("ledger %v, %v", page, err)
	}
	ledger = append(ledger, page.GetErasures()...)
	if len(ledger) != 2 {
		t.Fatalf("ledger %v", ledger)
	}
	for _, q := range []string{`UPDATE erasure_ledger SET reason = 2`, `DELETE FROM erasure_ledger`, `TRUNCATE erasure_ledger`} {
		if _, err := f.pool.Exec(t.Context(), q); err == nil {
			t.Errorf("%s: done to a ledger that is append-only", q)
		}
	}

	f.exec(t, `ALTER TABLE erasure_ledger DISABLE TRIGGER USER; TRUNCATE erasure_ledger; ALTER TABLE erasure_ledger ENABLE TRIGGER USER`)
	for _, table := range []string{"subject", "vault", "contact", "complaint", "idempotency"} { // the restore
		f.exec(t, `TRUNCATE `+table+`; INSERT INTO `+table+` SELECT * FROM backup_`+table)
	}
	replay := func(entries ...*intakev1.Erasure) (int32, error) {
		resp, err := f.ReplayErasures(zhao, &intakev1.ReplayErasuresRequest{RequestId: uuid.NewString(), Erasures: entries})
		return resp.GetErasedCount(), err
	}
	forged := proto.CloneOf(ledger[0])
	forged.SubjectId = uuid.NewString()
	_, err = replay(ledger[1], forged)
	wantReason(t, err, "ERASURE_NOT_GENUINE", "erasures[1].proof")
	if n := f.count(t, "vault"); n != 2 {
		t.Errorf("a call that failed left %d people, want 2", n)
	}
	if n, err := replay(ledger...); n != 2 || err != nil { // though their complaints are open again: it was decided
		t.Errorf("replayed %d, %v; want 2", n, err)
	}
	if n := f.count(t, "idempotency WHERE method = 'RegisterComplaint' AND response <> ''"); n != 0 {
		t.Errorf("%d answers hold something after the replay", n)
	}
	if n, err := replay(ledger...); n != 0 || err != nil {
		t.Errorf("replayed again %d, %v; want 0", n, err)
	}
	if n := f.count(t, "vault") + f.count(t, "contact WHERE note IS NOT NULL") + f.count(t, "subject WHERE wrapped_key IS NOT NULL"); n != 0 {
		t.Errorf("%d rows hold something after the replay", n)
	}
	again, err := f.ListErasures(zhao, &intakev1.ListErasuresRequest{})
	if diff := cmp.Diff(ledger, again.GetErasures(), protocmp.Transform()); diff != "" || err != nil {
		t.Errorf("the ledger afterwards: %v (-want +got):\n%s", err, diff)
	}
	f.exec(t, `TRUNCATE vault, complaint, subject`) // a database in which they never were
	if n, err := replay(ledger...); n != 0 || err != nil {
		t.Errorf("replayed elsewhere %d, %v", n, err)
	}
}

// Whoever registers while a person is erased gets the old person, who then has an open complaint and stays, or a new one: never a complaint
// sealed under a key that is gone.
func TestNobodyIsRegisteredUnderAKeyThatGoes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for range 5 {
		f.exec(t, `UPDATE complaint SET state = 2, close_time = $1`, now)
		who := f.subjectOf(t, f.complains(t, of("C-1")))
		f.exec(t, `UPDATE complaint SET state = 2, close_time = $1`, now)
		asked, err := f.RequestErasure(as(t.Context(), "zhao", officer), &intakev1.RequestErasureRequest{RequestId: uuid.NewString(), SubjectId: who, Reason: 1})
		if fault.ReasonOf(err) == "SUBJECT_REQUEST_PENDING" { // the last round's registration was first
			f.exec(t, `DELETE FROM subject_request`)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		var g errgroup.Group
		for range 4 {
			g.Go(func() error {
				_, err := f.registerAll(f.ctx, of("C-1"), of("C-2"))
				return err
			})
		}
		g.Go(func() error {
			_, err := f.ApproveErasure(as(t.Context(), "qian", officer), &intakev1.ApproveErasureRequest{
				RequestId: uuid.NewString(), SubjectRequestId: asked.GetRequest().GetSubjectRequestId(),
			})
			if fault.ReasonOf(err) == "SUBJECT_HAS_OPEN_COMPLAINTS" {
				return nil
			}
			return err
		})
		if err := g.Wait(); err != nil {
			t.Fatal(err)
		}
		var lost int
		const q = `
			SELECT count(*) FROM complaint c JOIN subject s USING (tenant, subject_id) LEFT JOIN vault v USING (tenant, complaint_id)
			WHERE (s.wrapped_key IS NULL) <> (v.ciphertext IS NULL) OR (s.wrapped_key IS NULL AND c.state = 1)`
		if err := f.pool.QueryRow(t.Context(), q).Scan(&lost); err != nil || lost != 0 {
			t.Fatalf("%d complaints are sealed under a key that is gone, or open without a person; %v", lost, err)
		}
	}
}
