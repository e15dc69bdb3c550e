package server

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/testing/protocmp"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
)

const (
	agent      = optionsv1.Role_ROLE_AGENT
	handler    = optionsv1.Role_ROLE_HANDLER
	supervisor = optionsv1.Role_ROLE_SUPERVISOR
	officer    = optionsv1.Role_ROLE_PRIVACY_OFFICER
)

func reveal(id, purpose string) *intakev1.RevealPersonalDataRequest {
	return &intakev1.RevealPersonalDataRequest{ComplaintId: id, Purpose: purpose}
}

// note records a contact in which something was said, and returns its id.
func (f fixture) note(t testing.TB, complaintID, said string) string {
	t.Helper()
	resp, err := f.RecordContact(f.ctx, &intakev1.RecordContactRequest{
		RequestId: uuid.NewString(), ComplaintId: complaintID, Direction: 1, Medium: "phone", Purpose: "progress", Note: said,
	})
	if err != nil {
		t.Fatal(err)
	}
	return resp.GetContact().GetContactId()
}

func TestRevealingShowsAllAndIsRecorded(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	c := f.register(t)
	contact := f.note(t, c.GetComplaintId(), "他很生气")
	f.note(t, c.GetComplaintId(), "")
	resp, err := f.RevealPersonalData(as(t.Context(), "zhao", officer), reveal(c.GetComplaintId(), "answer"))
	if err != nil {
		t.Fatal(err)
	}
	want := &intakev1.RevealPersonalDataResponse{
		Complainant: draft().GetComplainant(), Content: "桌腿断了", PersonalFields: draft().GetPersonalFields(),
		ContactNotes: map[string]string{contact: "他很生气"},
	}
	if diff := cmp.Diff(want, resp, protocmp.Transform()); diff != "" {
		t.Errorf("revealed (-want +got):\n%s", diff)
	}
	if got := f.accesses(t); len(got) != 1 || got[0] != "person:zhao answer true" {
		t.Errorf("recorded %q", got)
	}
	e := eventstest.Emitted(t, f.pool)[3]
	if e.Type != "redress.intake.v1.PersonalDataRevealed" || e.Version != 4 || e.Actor != "person:zhao" || len(e.Payload) != 0 {
		t.Errorf("event %+v", e)
	}
}

// accesses returns what is recorded, in order: who, why, and whether they saw it.
func (f fixture) accesses(t testing.TB) (list []string) {
	t.Helper()
	const q = `SELECT coalesce(array_agg(concat_ws(' ', actor, purpose, granted::text) ORDER BY access_id), '{}') FROM personal_data_access`
	if err := f.pool.QueryRow(t.Context(), q).Scan(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// Whoever has nothing to do with a complaint does not learn that it is there; that they asked is recorded.
func TestWhoSeesPersonalData(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	assigned, visited, foreign, closed := f.register(t).GetComplaintId(), f.register(t).GetComplaintId(), f.register(t).GetComplaintId(), f.register(t).GetComplaintId()
	f.near.assigned = map[string]string{assigned: "li.wei", closed: "li.wei"}
	f.near.visit = map[string]bool{visited: true, closed: true}
	f.exec(t, `UPDATE complaint SET state = 2, close_time = $2 WHERE complaint_id = $1`, closed, now)
	tests := []struct {
		name      string
		role      optionsv1.Role
		complaint string
		purpose   string
		want      string // reason; "" for shown
	}{
		{"who has work on it", handler, assigned, "answer", ""},
		{"an agent who has work on it", agent, assigned, "answer", ""},
		{"an agent who visits", agent, visited, "return_visit", ""},
		{"an agent who does not say that they visit", agent, visited, "answer", "COMPLAINT_NOT_FOUND"},
		{"a handler does not visit", handler, visited, "return_visit", "COMPLAINT_NOT_FOUND"},
		{"an agent without anything", agent, foreign, "return_visit", "COMPLAINT_NOT_FOUND"},
		{"a handler without work on it", handler, foreign, "answer", "COMPLAINT_NOT_FOUND"},
		{"the right ends with the complaint", handler, closed, "answer", "COMPLAINT_NOT_FOUND"},
		{"for visits too", agent, closed, "return_visit", "COMPLAINT_NOT_FOUND"},
		{"a supervisor", supervisor, foreign, "review", ""},
		{"a supervisor, closed", supervisor, closed, "review", ""},
		{"a privacy officer, closed", officer, closed, "subject_request", ""},
		{"nobody, what is not there", officer, uuid.NewString(), "answer", "COMPLAINT_NOT_FOUND"},
	}
	for _, test := range tests {
		f.exec(t, `TRUNCATE personal_data_access`)
		resp, err := f.RevealPersonalData(as(t.Context(), "li.wei", test.role), reveal(test.complaint, test.purpose))
		if fault.ReasonOf(err) != test.want || (err == nil) != (test.want == "") || (resp != nil) != (err == nil) {
			t.Errorf("%s: got %v, %v; want %q", test.name, resp, err, test.want)
		}
		if want := test.name != "nobody, what is not there"; (f.count(t, "personal_data_access") == 1) != want {
			t.Errorf("%s: recorded %q", test.name, f.accesses(t))
		}
	}
	stranger := as(t.Context(), "zhao", officer)
	f.exec(t, `UPDATE complaint SET tenant = 'other' WHERE complaint_id = $1`, foreign)
	if _, err := f.RevealPersonalData(stranger, reveal(foreign, "answer")); fault.ReasonOf(err) != "COMPLAINT_NOT_FOUND" {
		t.Errorf("another tenant's: %v", err)
	}
	f.cfg.Assigned = nil // is not asked where the office says it
	if _, err := f.RevealPersonalData(stranger, reveal(closed, "answer")); err != nil {
		t.Error(err)
	}
}

func TestNobodySeesMoreThanTheirQuota(t *testing.T) {
	t.Parallel()
	f := newFixture(t) // five an hour
	clock := now
	f.cfg.Now = func() time.Time { return clock }
	id := f.register(t).GetComplaintId()
	see := func(who string) error {
		_, err := f.RevealPersonalData(as(t.Context(), who, officer), reveal(id, "answer"))
		return err
	}
	var g errgroup.Group
	results := make(chan error, 12)
	for range 12 { // at once: none slips through beside another
		g.Go(func() error { results <- see("zhao"); return nil })
	}
	_ = g.Wait()
	close(results)
	shown := 0
	for err := range results {
		var f *fault.Error
		switch {
		case err == nil:
			shown++
		case !errors.As(err, &f) || f.Reason != "QUOTA_EXCEEDED" || f.Kind != fault.Exhausted || f.RetryDelay != time.Hour || f.Meta["limit"] != "5":
			t.Errorf("got %+v", err)
		}
	}
	if shown != 5 {
		t.Errorf("%d of 12 were shown, want 5", shown)
	}
	if got := f.accesses(t); len(got) != 12 {
		t.Errorf("%d are recorded, want the refused too", len(got))
	}
	if err := see("qian"); err != nil {
		t.Errorf("somebody else's quota: %v", err)
	}
	if clock = now.Add(time.Hour - time.Second); fault.ReasonOf(see("zhao")) != "QUOTA_EXCEEDED" {
		t.Error("a second before the hour is over the quota is free")
	}
	if clock = now.Add(time.Hour); see("zhao") != nil {
		t.Error("after the hour the quota is still used up")
	}
}
