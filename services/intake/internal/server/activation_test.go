package server

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
)

// at returns a server on the same database at another time.
func (f fixture) at(now time.Time) fixture {
	cfg := f.cfg
	cfg.Now = func() time.Time { return now }
	return fixture{New(cfg), f.pool, f.ctx, f.near}
}

func (f fixture) request(digest string, from time.Time) (*intakev1.PublishedEdition, error) {
	req := &intakev1.RequestActivationRequest{RequestId: uuid.NewString(), Digest: digest, Reason: "the new handbook"}
	if !from.IsZero() {
		req.ActivateTime = timestamppb.New(from)
	}
	resp, err := f.RequestActivation(f.ctx, req)
	return resp.GetEdition(), err
}

func (f fixture) approve(ctx context.Context, digest string) (*intakev1.PublishedEdition, error) {
	resp, err := f.ApproveActivation(ctx, &intakev1.ApproveActivationRequest{RequestId: uuid.NewString(), Digest: digest, Reason: "read and agreed"})
	return resp.GetEdition(), err
}

// An edition that two people have scheduled becomes active at its time, by itself; until then complaints begin on the old one.
func TestTwoPeopleActivateAnEditionForLater(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	chen := as(f.ctx, "chen.lan", optionsv1.Role_ROLE_SUPERVISOR)
	next := f.publish(t, furniture("2026-02")).GetEdition()
	later := now.Add(24 * time.Hour)
	asked, err := f.request(next.GetDigest(), later)
	if err != nil || asked.GetState() != intakev1.EditionState_EDITION_STATE_ACTIVATION_REQUESTED || !asked.GetActivateTime().AsTime().Equal(later) {
		t.Fatalf("requested: %v, %v", asked, err)
	}
	_, err = f.approve(f.ctx, next.GetDigest())
	wantReason(t, err, "SAME_PERSON", "")
	_, err = f.request(next.GetDigest(), later)
	wantReason(t, err, "ACTIVATION_PENDING", "")
	approved, err := f.approve(chen, next.GetDigest())
	if err != nil || approved.GetState() != intakev1.EditionState_EDITION_STATE_SCHEDULED || approved.GetApprover() != "person:chen.lan" {
		t.Fatalf("approved: %v, %v", approved, err)
	}
	want := []proto.Message{&intakev1.ProcedurePublished{Edition: next}, &intakev1.ProcedureActivated{Edition: next, ActivateTime: timestamppb.New(later)}}
	if diff := cmp.Diff(want, eventstest.Outbox(t, f.pool), protocmp.Transform()); diff != "" {
		t.Errorf("outbox (-want +got):\n%s", diff)
	}
	var editions []string
	for _, when := range []time.Time{now, later.Add(-time.Microsecond), later} {
		editions = append(editions, f.at(when).register(t).GetEdition().GetEdition())
	}
	if diff := cmp.Diff([]string{"2026-01", "2026-01", "2026-02"}, editions); diff != "" {
		t.Errorf("complaints before, just before and at the time begin on (-want +got):\n%s", diff)
	}
	list, err := f.at(later).ListProcedures(f.ctx, &intakev1.ListProceduresRequest{CountOpenComplaints: true})
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []*intakev1.PublishedEdition{
		{State: intakev1.EditionState_EDITION_STATE_ACTIVE, Active: true, OpenComplaintCount: proto.Int64(1)},
		{State: intakev1.EditionState_EDITION_STATE_SUPERSEDED, OpenComplaintCount: proto.Int64(2)},
	} {
		got := list.GetEditions()[i]
		if got.GetState() != want.GetState() || got.GetActive() != want.GetActive() || got.GetOpenComplaintCount() != want.GetOpenComplaintCount() {
			t.Errorf("edition %d is %v, want %v", i, got, want)
		}
	}
	acts := list.GetEditions()[0].GetActs()
	if len(acts) != 3 || acts[0].GetActor() != "person:chen.lan" || acts[0].GetReason() != "read and agreed" || acts[1].GetReason() != "the new handbook" {
		t.Errorf("acts %v", acts)
	}
}

func TestActivationIsRejected(t *testing.T) {
	t.Parallel()
	f := emptyFixture(t)
	digest := f.publish(t, furniture("2026-01")).GetEdition().GetDigest()
	if _, err := f.request(digest, time.Time{}); err != nil {
		t.Fatal(err)
	}
	req := &intakev1.RejectActivationRequest{RequestId: uuid.NewString(), Digest: digest, Reason: "the limits are wrong"}
	for range 2 { // the second is a retry
		resp, err := f.RejectActivation(f.ctx, req)
		if err != nil || resp.GetEdition().GetState() != intakev1.EditionState_EDITION_STATE_DRAFT {
			t.Errorf("rejected: %v, %v", resp, err)
		}
	}
	_, err := f.approve(as(f.ctx, "chen.lan"), digest)
	wantReason(t, err, "ACTIVATION_NOT_REQUESTED", "")
	_, err = f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()})
	wantReason(t, err, "PROCEDURE_UNKNOWN", "draft.procedure")
	_, err = f.request("00"+digest[2:], time.Time{})
	wantReason(t, err, "EDITION_NOT_FOUND", "")
}

// Two approvals at once are one: the second finds nothing that waits.
func TestApprovedAtOnceFromTwoSides(t *testing.T) {
	t.Parallel()
	f := emptyFixture(t)
	digest := f.publish(t, furniture("2026-01")).GetEdition().GetDigest()
	if _, err := f.request(digest, time.Time{}); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	reasons := make([]string, 4)
	for i := range reasons {
		wg.Go(func() {
			_, err := f.approve(as(f.ctx, "chen.lan"), digest)
			reasons[i] = fault.ReasonOf(err)
		})
	}
	wg.Wait()
	granted := 0
	for _, r := range reasons {
		if r == "" {
			granted++
		} else if r != "ACTIVATION_NOT_REQUESTED" {
			t.Errorf("an approval failed with %s", r)
		}
	}
	if granted != 1 || len(eventstest.Emitted(t, f.pool)) != 2 {
		t.Errorf("%d approvals were granted, %d events", granted, len(eventstest.Emitted(t, f.pool)))
	}
}

// A retired procedure takes no new complaints and says so; those that run go on; another activation ends the retirement.
func TestRetireProcedure(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	before := f.register(t)
	f.exec(t, `TRUNCATE outbox_pending`)
	req := &intakev1.RetireProcedureRequest{RequestId: uuid.NewString(), Procedure: "furniture", Reason: "the shop closes"}
	resp, err := f.RetireProcedure(f.ctx, req)
	if err != nil || resp.GetEdition().GetState() != intakev1.EditionState_EDITION_STATE_RETIRED {
		t.Fatalf("retired: %v, %v", resp, err)
	}
	want := []proto.Message{&intakev1.ProcedureRetired{Edition: resp.GetEdition().GetEdition(), RetireTime: timestamppb.New(now)}}
	if diff := cmp.Diff(want, eventstest.Outbox(t, f.pool), protocmp.Transform()); diff != "" {
		t.Errorf("outbox (-want +got):\n%s", diff)
	}
	_, err = f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft()})
	wantReason(t, err, "PROCEDURE_RETIRED", "draft.procedure")
	_, err = f.RetireProcedure(f.ctx, &intakev1.RetireProcedureRequest{RequestId: uuid.NewString(), Procedure: "furniture", Reason: "again"})
	wantReason(t, err, "PROCEDURE_RETIRED", "procedure")
	_, err = f.RetireProcedure(f.ctx, &intakev1.RetireProcedureRequest{RequestId: uuid.NewString(), Procedure: "gardens", Reason: "none"})
	wantReason(t, err, "PROCEDURE_UNKNOWN", "procedure")
	_, err = f.GetProcedure(f.ctx, &intakev1.GetProcedureRequest{Key: &intakev1.GetProcedureRequest_Procedure{Procedure: "furniture"}})
	wantReason(t, err, "EDITION_NOT_FOUND", "")
	_, err = f.WithdrawComplaint(f.ctx, &intakev1.WithdrawComplaintRequest{RequestId: uuid.NewString(), ComplaintId: before.GetComplaintId()})
	if err != nil {
		t.Errorf("a complaint that runs: %v", err)
	}
	f.activate(t, furniture("2026-02"))
	if c := f.register(t); c.GetEdition().GetEdition() != "2026-02" {
		t.Errorf("after the retirement it begins on %v", c.GetEdition())
	}
}
