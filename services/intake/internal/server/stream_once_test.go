package server

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"
	"google.golang.org/protobuf/testing/protocmp"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// identified is an item with a request id.
func identified(sequence int64, id string, d *intakev1.ComplaintDraft) *intakev1.StreamIntakeRequest {
	req := item(sequence, d)
	req.GetItem().RequestId = id
	return req
}

func TestARequestIDIsRegisteredOnceInWhateverSession(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	g, _ := dial(t, client)
	ids := []string{uuid.NewString(), uuid.NewString(), uuid.NewString()}
	g.send(identified(1, ids[0], draft()))
	g.send(identified(2, ids[1], draft()))
	g.send(identified(3, ids[0], draft())) // in the same session, most likely in the same batch
	first := g.results(3)
	if first[2].GetNumber() != first[0].GetNumber() || first[2].GetComplaintId() != first[0].GetComplaintId() || !first[2].GetRepeated() || first[0].GetRepeated() {
		t.Errorf("the same request became %v and %v", first[0], first[2])
	}
	g.drop()

	other := start(t, client)
	other.send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: &intakev1.OpenIntake{GatewayId: "g1", SessionId: "s2"}}})
	other.recv()
	changed, bad := draft(), draft()
	changed.Content, bad.Complainant.Phone = "别的", "none"
	other.send(identified(1, ids[2], bad)) // refused: the id stays free
	other.send(identified(2, ids[1], draft()))
	other.send(identified(3, ids[0], changed))
	other.send(identified(4, ids[2], draft()))
	other.send(item(5, draft()))
	other.send(identified(6, "1", draft()))
	got := other.results(6)
	if got[1].GetNumber() != first[1].GetNumber() || !got[1].GetRepeated() {
		t.Errorf("in another session the request became %v, was %v", got[1], first[1])
	}
	for i, want := range map[int]string{0: "CONTACT_INVALID", 2: "REQUEST_ID_REUSED", 5: "REQUEST_INVALID"} {
		if _, reason, _ := reasonOf(got[i].GetError()); reason != want {
			t.Errorf("item %d: %v, want %s", i+1, got[i], want)
		}
	}
	if got[3].GetNumber() != "FU-202603-000003" || got[4].GetNumber() != "FU-202603-000004" {
		t.Errorf("the new ones are %v and %v", got[3], got[4])
	}
	if rows := f.counts(t); rows["complaint"] != 4 || rows["idempotency"] != 3 {
		t.Errorf("rows: %v", rows)
	}

	// A call shares the ids with the stream, both ways.
	caller := f.ctx
	byCall, err := client.RegisterComplaint(t.Context(), &intakev1.RegisterComplaintRequest{RequestId: ids[1], Draft: draft()})
	if err != nil || byCall.GetComplaint().GetNumber() != first[1].GetNumber() {
		t.Errorf("by a call: %v, %v", byCall, err)
	}
	if somebody, err := f.RegisterComplaint(caller, &intakev1.RegisterComplaintRequest{RequestId: ids[1], Draft: draft()}); err != nil || somebody.GetComplaint().GetNumber() == first[1].GetNumber() {
		t.Errorf("another caller's id: %v, %v", somebody, err)
	}
}

// A UUID is the same in capitals: in one batch of a stream, in one group of calls, and as a retry.
func TestARequestIDMayBeSpelledOtherwise(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	g, _ := dial(t, client)
	id := uuid.NewString()
	letGo := f.held()
	g.send(identified(1, id, draft()))
	g.send(identified(2, strings.ToUpper(id), draft()))
	f.gathered(t, 1)
	letGo()
	got := g.results(2)
	if got[1].GetNumber() != got[0].GetNumber() || !got[1].GetRepeated() {
		t.Errorf("in a stream the same request became %v and %v", got[0], got[1])
	}

	id = uuid.NewString()
	letGo = f.held()
	numbers := make([]string, 2)
	var calls errgroup.Group
	for i, spelled := range []string{id, strings.ToUpper(id)} {
		calls.Go(func() error {
			resp, err := f.RegisterComplaint(f.ctx, &intakev1.RegisterComplaintRequest{RequestId: spelled, Draft: draft()})
			numbers[i] = resp.GetComplaint().GetNumber()
			return err
		})
	}
	f.gathered(t, 2)
	letGo()
	if err := calls.Wait(); err != nil || numbers[0] != numbers[1] {
		t.Errorf("two calls became %v, %v", numbers, err)
	}
	if rows := f.counts(t); rows["complaint"] != 2 || rows["idempotency"] != 2 {
		t.Errorf("rows: %v", rows)
	}
}

func TestManyRepeatedRequests(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	client, _ := f.serve(t)
	const n = 600
	var first []*intakev1.IntakeResult
	for session := range 2 {
		g := start(t, client)
		g.send(&intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Open{Open: &intakev1.OpenIntake{GatewayId: "g1", SessionId: fmt.Sprint(session)}}})
		g.recv()
		go func() {
			for i := int64(1); i <= n; i++ {
				_ = g.stream.Send(identified(i, uuid.NewSHA1(uuid.Nil, fmt.Append(nil, i)).String(), draft())) // what is lost is missed below
			}
		}()
		got := g.results(n)
		if session == 0 {
			first = got
		} else if diff := cmp.Diff(first, got, protocmp.Transform(), protocmp.IgnoreFields(&intakev1.IntakeResult{}, "repeated")); diff != "" {
			t.Errorf("results of the second session (-first +second):\n%s", diff)
		}
	}
	if rows := f.count(t, "complaint"); rows != n {
		t.Errorf("%d complaints, want %d", rows, n)
	}
}

func TestValidateOnlyWritesNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	good := &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft(), ValidateOnly: true}
	before := f.counts(t)
	resp, err := f.RegisterComplaint(f.ctx, good)
	if c := resp.GetComplaint(); err != nil || c.GetNumber() != "" || c.GetComplaintId() != "" || c.GetFlow() != "direct" || c.GetComplainant().GetName() != "王*" {
		t.Errorf("got %v, %v; want the complaint as it would be, masked, without number and id", resp, err)
	}
	bad := &intakev1.RegisterComplaintRequest{RequestId: uuid.NewString(), Draft: draft(), ValidateOnly: true}
	bad.Draft.Complainant.Phone = "none"
	_, err = f.RegisterComplaint(f.ctx, bad)
	wantReason(t, err, "CONTACT_INVALID", "draft.complainant.phone")
	bad.Draft.Procedure = "gardens"
	_, err = f.RegisterComplaint(f.ctx, bad)
	wantReason(t, err, "PROCEDURE_UNKNOWN", "draft.procedure")
	if diff := cmp.Diff(before, f.counts(t)); diff != "" {
		t.Errorf("rows were written (-before +after):\n%s", diff)
	}

	good.ValidateOnly = false
	earnest, err := f.RegisterComplaint(f.ctx, good)
	if err != nil {
		t.Fatal(err)
	}
	good.ValidateOnly = true
	again, err := f.RegisterComplaint(f.ctx, good)
	if diff := cmp.Diff(earnest, again, protocmp.Transform()); diff != "" || err != nil {
		t.Errorf("what is registered already (-registered +validated): %v\n%s", err, diff)
	}
	good.Draft.Content = "别的"
	_, err = f.RegisterComplaint(f.ctx, good)
	wantReason(t, err, "REQUEST_ID_REUSED", "request_id")
}
