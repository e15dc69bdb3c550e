package server

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

func TestPublishProcedure(t *testing.T) {
	t.Parallel()
	f := emptyFixture(t)
	first := f.publish(t, furniture("2026-01"))
	if first.GetEdition().GetDigest() != procedure.Digest(furniture("2026-01")) || first.GetActive() ||
		first.GetState() != intakev1.EditionState_EDITION_STATE_DRAFT || first.GetPublisher() != "person:li.wei" {
		t.Errorf("published %v", first)
	}
	if again := f.publish(t, furniture("2026-01")); !proto.Equal(first, again) {
		t.Errorf("the same content again: got %v, want %v", again, first)
	}
	other := furniture("2026-01")
	other.Name.Zh = "别的"
	_, err := f.PublishProcedure(f.ctx, &intakev1.PublishProcedureRequest{RequestId: uuid.NewString(), Procedure: other})
	wantReason(t, err, "EDITION_EXISTS", "procedure.edition")
	second := f.publish(t, furniture("2026-02"))

	emitted := eventstest.Emitted(t, f.pool)
	if len(emitted) != 2 || emitted[0].AggregateID != "furniture" || emitted[0].Version != 1 || emitted[1].Version != 2 {
		t.Fatalf("emitted %+v", emitted)
	}
	want := []proto.Message{&intakev1.ProcedurePublished{Edition: first.GetEdition()}, &intakev1.ProcedurePublished{Edition: second.GetEdition()}}
	if diff := cmp.Diff(want, eventstest.Outbox(t, f.pool), protocmp.Transform()); diff != "" {
		t.Errorf("outbox (-want +got):\n%s", diff)
	}
	list, err := f.ListProcedures(f.ctx, &intakev1.ListProceduresRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]*intakev1.PublishedEdition{second, first}, list.GetEditions(), protocmp.Transform()); diff != "" {
		t.Errorf("list (-want +got):\n%s", diff)
	}
}

func TestPublishedAtOnceFromTwoSidesIsPublishedOnce(t *testing.T) {
	t.Parallel()
	f := emptyFixture(t)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			if _, err := f.PublishProcedure(f.ctx, &intakev1.PublishProcedureRequest{RequestId: uuid.NewString(), Procedure: furniture("2026-01")}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(eventstest.Emitted(t, f.pool)); n != 1 {
		t.Errorf("%d events, want 1", n)
	}
}

func TestUnsoundProceduresAreNotPublished(t *testing.T) {
	t.Parallel()
	f := emptyFixture(t)
	bad := furniture("2026-01")
	bad.Fields[2].Vocabulary = "nowhere"
	bad.Flows[0].Steps[0].GetTask().GetAssignee().Who = &procedurev1.Assignee_Post{Post: "nobody"}
	_, err := f.PublishProcedure(f.ctx, &intakev1.PublishProcedureRequest{RequestId: uuid.NewString(), Procedure: bad})
	wantReason(t, err, "PROCEDURE_INVALID", "procedure")
	var found *fault.Error
	if errors.As(err, &found); len(found.Violations) < 2 || found.Violations[0].Field != "procedure.fields[category].vocabulary" {
		t.Errorf("violations: %+v", found.Violations)
	}
	for _, table := range []string{"edition", "edition_act", "procedure_head", "outbox_pending", "idempotency"} {
		if n := f.count(t, table); n != 0 {
			t.Errorf("%d rows in %s", n, table)
		}
	}
}

// What its author should look at comes with the answer; a procedure that could strand a complaint is refused, with the way.
func TestPublishProcedureVerifies(t *testing.T) {
	t.Parallel()
	f := emptyFixture(t)
	req := &intakev1.PublishProcedureRequest{RequestId: uuid.NewString(), Procedure: furniture("2026-01")}
	req.Procedure.Posts = append(req.Procedure.Posts, &procedurev1.Post{Key: "director"})
	for range 2 { // a retry answers as the first time
		resp, err := f.PublishProcedure(f.ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		want := []*intakev1.ProcedureFinding{{Code: "POST_UNUSED", Path: "posts[director]"}}
		if diff := cmp.Diff(want, resp.GetWarnings(), protocmp.Transform(), protocmp.IgnoreFields(&intakev1.ProcedureFinding{}, "detail")); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
	}
	bad := furniture("2026-02")
	bad.Closing.On[0].On = &procedurev1.Trigger_Milestone{Milestone: "agreed"}
	task := bad.Flows[0].Steps[0].GetTask()
	bad.Flows[0].Steps = append(bad.Flows[0].Steps, &procedurev1.Step{Key: "agree", Milestone: "agreed", Kind: &procedurev1.Step_Question{Question: &procedurev1.Question{
		Assignee: task.GetAssignee(), Answers: []*procedurev1.Answer{{Code: "yes"}, {Code: "no", Next: []string{"handle"}}},
	}}})
	task.Next = []*procedurev1.Next{{When: "fields.category == 'quality'", Step: "agree"}}
	_, err := f.PublishProcedure(f.ctx, &intakev1.PublishProcedureRequest{RequestId: uuid.NewString(), Procedure: bad})
	wantReason(t, err, "PROCEDURE_INVALID", "procedure")
	var found *fault.Error
	if !errors.As(err, &found) || len(found.Violations) != 1 {
		t.Fatalf("got %v", err)
	}
	v := found.Violations[0]
	if v.Field != "procedure.flows[direct].steps[handle]" || !strings.HasPrefix(v.Detail, "COMPLAINT_STRANDED: ") || !strings.Contains(v.Detail, "handle -no condition holds-> end") {
		t.Errorf("violation: %+v", v)
	}
}

func TestGetProcedure(t *testing.T) {
	t.Parallel()
	f := emptyFixture(t)
	first := f.publish(t, furniture("2026-01"))
	second := f.activate(t, furniture("2026-02"))
	byDigest := func(d string) *intakev1.GetProcedureRequest {
		return &intakev1.GetProcedureRequest{Key: &intakev1.GetProcedureRequest_Digest{Digest: d}}
	}
	byCode := func(c string) *intakev1.GetProcedureRequest {
		return &intakev1.GetProcedureRequest{Key: &intakev1.GetProcedureRequest_Procedure{Procedure: c}}
	}
	byName := func(c, e string) *intakev1.GetProcedureRequest {
		return &intakev1.GetProcedureRequest{Key: &intakev1.GetProcedureRequest_Name{Name: &intakev1.EditionName{Procedure: c, Edition: e}}}
	}
	for _, test := range []struct {
		req  *intakev1.GetProcedureRequest
		want *intakev1.GetProcedureResponse
	}{
		{byDigest(first.GetEdition().GetDigest()), &intakev1.GetProcedureResponse{Edition: first, Procedure: furniture("2026-01")}},
		{byCode("furniture"), &intakev1.GetProcedureResponse{Edition: second, Procedure: furniture("2026-02")}},
		{byName("furniture", "2026-01"), &intakev1.GetProcedureResponse{Edition: first, Procedure: furniture("2026-01")}},
	} {
		got, err := f.GetProcedure(f.ctx, test.req)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, got, protocmp.Transform()); diff != "" {
			t.Errorf("%v (-want +got):\n%s", test.req, diff)
		}
	}
	other := auth.With(t.Context(), auth.Principal{Tenant: "other"})
	_, err := f.GetProcedure(other, byDigest(first.GetEdition().GetDigest()))
	wantReason(t, err, "EDITION_NOT_FOUND", "")
	// Only a service asks for another tenant.
	ofDefault := byCode("furniture")
	ofDefault.Tenant = "default"
	_, err = f.GetProcedure(other, ofDefault)
	wantReason(t, err, "EDITION_NOT_FOUND", "")
	service := auth.With(t.Context(), auth.Principal{Tenant: "other", Roles: []optionsv1.Role{optionsv1.Role_ROLE_SERVICE}})
	if got, err := f.GetProcedure(service, ofDefault); err != nil || got.GetEdition().GetEdition().GetDigest() != second.GetEdition().GetDigest() {
		t.Errorf("a service asks for a tenant: %v, %v", got, err)
	}
	for code, want := range map[string]int{"furniture": 2, "gardens": 0} {
		if list, err := f.ListProcedures(service, &intakev1.ListProceduresRequest{Procedure: code, Tenant: "default"}); err != nil || len(list.GetEditions()) != want {
			t.Errorf("a service lists %s of a tenant: %v, %v; want %d editions", code, list, err, want)
		}
	}
	_, err = f.ListProcedures(other, &intakev1.ListProceduresRequest{Tenant: "default"})
	wantReason(t, err, "EDITION_NOT_FOUND", "")
	_, err = f.GetProcedure(f.ctx, byCode("gardens"))
	wantReason(t, err, "EDITION_NOT_FOUND", "")
}

func TestAComplaintStaysOnTheEditionThatItBeganWith(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	before := f.register(t)
	next := furniture("2026-02")
	next.Flows[0].Key = "counter"
	f.activate(t, next)
	after := f.register(t) // in another replica too: which edition is active is read from the database
	replica := New(Config{Pool: f.pool, Keys: f.cfg.Keys, Poke: func() {}, Now: func() time.Time { return now }, NewID: f.cfg.NewID})
	elsewhere := fixture{replica, f.pool, f.ctx, f.near}.register(t)
	if before.GetFlow() != "direct" || after.GetFlow() != "counter" || elsewhere.GetFlow() != "counter" {
		t.Errorf("flows: %s, %s, %s", before.GetFlow(), after.GetFlow(), elsewhere.GetFlow())
	}
	got, err := f.GetComplaint(f.ctx, byID(before.GetComplaintId()))
	if err != nil || got.GetComplaint().GetEdition().GetEdition() != "2026-01" {
		t.Errorf("got %v, %v", got, err)
	}
	if after.GetNumber() != "FU-202603-000002" {
		t.Errorf("the next number is %s", after.GetNumber())
	}
}

// A service works for all tenants under one token: what it asks for is the edition that an event of any of them named.
func TestServicesGetEditionsOfAllTenants(t *testing.T) {
	t.Parallel()
	f := emptyFixture(t)
	digest := f.activate(t, furniture("2026-01")).GetEdition().GetDigest()
	req := &intakev1.GetProcedureRequest{Key: &intakev1.GetProcedureRequest_Digest{Digest: digest}}
	elsewhere := auth.Principal{Tenant: "elsewhere", Subject: "routing", Roles: []optionsv1.Role{optionsv1.Role_ROLE_SERVICE}}
	resp, err := f.GetProcedure(auth.With(t.Context(), elsewhere), req)
	if err != nil || procedure.Digest(resp.GetProcedure()) != digest {
		t.Errorf("a service gets %v, %v", resp, err)
	}
	// Where an edition stands differs from tenant to tenant: who asks for that says whose is meant.
	req.Tenant = "default"
	if resp, err = f.GetProcedure(auth.With(t.Context(), elsewhere), req); err != nil || !resp.GetEdition().GetActive() {
		t.Errorf("a service that names the tenant gets %v, %v", resp, err)
	}
	req.Tenant = "nobody"
	_, err = f.GetProcedure(auth.With(t.Context(), elsewhere), req)
	wantReason(t, err, "EDITION_NOT_FOUND", "")
	req.Tenant = "default"
	_, err = f.GetProcedure(auth.With(t.Context(), auth.Principal{Tenant: "elsewhere"}), req)
	wantReason(t, err, "EDITION_NOT_FOUND", "")
	req.Tenant = ""
	named := &intakev1.GetProcedureRequest{Key: &intakev1.GetProcedureRequest_Procedure{Procedure: "furniture"}, Tenant: auth.From(f.ctx).Tenant}
	resp, err = f.GetProcedure(auth.With(t.Context(), elsewhere), named)
	if err != nil || procedure.Digest(resp.GetProcedure()) != digest {
		t.Errorf("a service that names the tenant gets %v, %v", resp, err)
	}
	_, err = f.GetProcedure(auth.With(t.Context(), elsewhere), &intakev1.GetProcedureRequest{Key: named.GetKey()})
	wantReason(t, err, "EDITION_NOT_FOUND", "")
	elsewhere.Roles = []optionsv1.Role{optionsv1.Role_ROLE_AGENT}
	for _, r := range []*intakev1.GetProcedureRequest{req, named} {
		_, err = f.GetProcedure(auth.With(t.Context(), elsewhere), r)
		wantReason(t, err, "EDITION_NOT_FOUND", "")
	}
}
