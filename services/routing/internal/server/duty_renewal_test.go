package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/fault"

	"redress.dev/services/routing/internal/domain"
)

// S1-17, S1-39: the structure is fixed, every post is confirmed within two counted days, and what is late shows.
func TestADirectoryIsRenewed(t *testing.T) {
	t.Parallel()
	b := staffed(t)
	assign(b, "audit", "xiao.hong", received.Add(-time.Hour)) // keeps the directory
	keeper := as("xiao.hong")
	begin := &routingv1.BeginDutyRenewalRequest{RequestId: newID(), Procedure: "test", StructureTime: timestamppb.New(received)}
	begun, err := b.BeginDutyRenewal(supervisor, begin)
	if err != nil {
		t.Fatal(err)
	}
	again, err := b.BeginDutyRenewal(supervisor, begin)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the retry's answer", begun, again)
	due := received.AddDate(0, 0, 2)
	r := begun.GetRenewal()
	same(t, "the renewal", &routingv1.DutyRenewal{
		RenewalId: r.GetRenewalId(), Procedure: "test", StructureTime: timestamppb.New(received), DueTime: timestamppb.New(due),
		Posts:   []*routingv1.DutyConfirmation{{Post: "desk"}, {Post: "boss"}, {Post: "audit"}, {Post: "sales"}},
		Missing: []string{"desk", "boss", "audit", "sales"},
	}, r)
	confirm := func(by context.Context, post, person string) *routingv1.DutyRenewal {
		t.Helper()
		req := &routingv1.ConfirmDutyRequest{RequestId: newID(), RenewalId: r.GetRenewalId(), Post: post, Person: person}
		resp, err := b.ConfirmDuty(by, req)
		if err != nil {
			t.Fatal(err)
		}
		retry, err := b.ConfirmDuty(by, req)
		if err != nil {
			t.Fatal(err)
		}
		same(t, "the retry's answer", resp, retry)
		return resp.GetRenewal()
	}
	confirm(keeper, "boss", "wu.gang")
	confirm(keeper, "audit", "xiao.hong")
	confirm(head, "sales", "hu.bin") // the department files another person: its head's approval
	b.clock.Set(due.Add(time.Hour))
	list, err := b.ListDutyRenewals(supervisor, &routingv1.ListDutyRenewalsRequest{Procedure: "test", Open: true})
	if err != nil || len(list.GetRenewals()) != 1 {
		t.Fatalf("open renewals: %v, %v", list, err)
	}
	if r := list.GetRenewals()[0]; !r.GetLate() || !r.GetPosts()[0].GetLate() || r.GetPosts()[3].GetLate() || len(r.GetMissing()) != 1 {
		t.Errorf("past its due time: %v", r)
	}
	complete := func() (*routingv1.CompleteDutyRenewalResponse, error) {
		return b.CompleteDutyRenewal(keeper, &routingv1.CompleteDutyRenewalRequest{RequestId: newID(), RenewalId: r.GetRenewalId()})
	}
	_, err = complete()
	wantFault(t, err, fault.Precondition, domain.ReasonRenewalIncomplete, "")
	confirm(keeper, "desk", "zhou.min") // the first holder
	done, err := complete()
	if err != nil || !done.GetRenewal().GetLate() || done.GetRenewal().GetCompleteTime() == nil {
		t.Fatalf("completed %v, %v", done, err)
	}
	for post, want := range map[string]string{"desk": "zhou.min", "sales": "hu.bin", "boss": "wu.gang"} {
		if got := b.holder(post, b.clock.Now()); got != want {
			t.Errorf("%q sits in %s, want %q", got, post, want)
		}
	}
	notice := b.emitted("duty/test/sales")[1].(*routingv1.DutyChanged)
	if notice.GetApprover() != "wu.gang" || notice.GetApproveTime() == nil {
		t.Errorf("the notice of what the head filed: %v", notice)
	}
	confirmed := func(post, person string, late bool) proto.Message {
		return &routingv1.DutyConfirmed{RenewalId: r.GetRenewalId(), Procedure: "test", Post: post, Person: person, Late: late}
	}
	same(t, "events", []proto.Message{
		&routingv1.DutyRenewalBegun{RenewalId: r.GetRenewalId(), Procedure: "test", StructureTime: timestamppb.New(received), DueTime: timestamppb.New(due),
			Posts: []string{"desk", "boss", "audit", "sales"}},
		confirmed("boss", "wu.gang", false), confirmed("audit", "xiao.hong", false), confirmed("sales", "hu.bin", false), confirmed("desk", "zhou.min", true),
		&routingv1.DutyRenewalCompleted{RenewalId: r.GetRenewalId(), Procedure: "test", Late: true},
	}, b.emitted("duty-renewal/"+r.GetRenewalId()))
	if list, err = b.ListDutyRenewals(supervisor, &routingv1.ListDutyRenewalsRequest{Open: true}); err != nil || len(list.GetRenewals()) != 0 {
		t.Errorf("still open: %v, %v", list, err)
	}
	if list, err = b.ListDutyRenewals(supervisor, &routingv1.ListDutyRenewalsRequest{}); err != nil {
		t.Error(err)
	}
	same(t, "the list", []*routingv1.DutyRenewal{done.GetRenewal()}, list.GetRenewals())
}

func TestRefusedRenewalsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	b := staffed(t)
	begin := func(procedure string, fixed *timestamppb.Timestamp) error {
		_, err := b.BeginDutyRenewal(supervisor, &routingv1.BeginDutyRenewalRequest{RequestId: newID(), Procedure: procedure, StructureTime: fixed})
		return err
	}
	wantFault(t, begin("test", timestamppb.New(b.clock.Now().Add(time.Hour))), fault.Invalid, domain.ReasonTimeInvalid, "structure_time")
	if err := begin("test", nil); err != nil {
		t.Fatal(err)
	}
	list, err := b.ListDutyRenewals(supervisor, &routingv1.ListDutyRenewalsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	id := list.GetRenewals()[0].GetRenewalId()
	confirm := func(by context.Context, id, post, person string) error {
		_, err := b.ConfirmDuty(by, &routingv1.ConfirmDutyRequest{RequestId: newID(), RenewalId: id, Post: post, Person: person})
		return err
	}
	complete := func(by context.Context, id string) error {
		_, err := b.CompleteDutyRenewal(by, &routingv1.CompleteDutyRenewalRequest{RequestId: newID(), RenewalId: id})
		return err
	}
	before := b.rows()
	wantFault(t, begin("test", nil), fault.Precondition, domain.ReasonRenewalOpen, "")
	wantFault(t, begin("away", nil), fault.Precondition, domain.ReasonRenewalNotUsed, "procedure")
	wantFault(t, begin("none", nil), fault.Invalid, domain.ReasonPostUnknown, "procedure")
	wantFault(t, confirm(supervisor, newID(), "desk", "x"), fault.NotFound, domain.ReasonRenewalNotFound, "renewal_id")
	wantFault(t, confirm(supervisor, id, "king", "x"), fault.Invalid, domain.ReasonPostUnknown, "post")
	wantFault(t, confirm(supervisor, id, "sales", "x"), fault.Precondition, domain.ReasonApprovalRequired, "")
	wantFault(t, confirm(asker, id, "sales", "li.wei"), fault.Denied, domain.ReasonNotOnDuty, "")
	wantFault(t, complete(supervisor, newID()), fault.NotFound, domain.ReasonRenewalNotFound, "renewal_id")
	wantFault(t, complete(asker, id), fault.Denied, domain.ReasonNotOnDuty, "")
	wantFault(t, complete(supervisor, id), fault.Precondition, domain.ReasonRenewalIncomplete, "")
	if diff := cmp.Diff(before, b.rows()); diff != "" {
		t.Errorf("refusals changed rows (-before +after):\n%s", diff)
	}
}

// Of renewals that race one opens; of confirmations that race each counts, and the renewal's events stay in order.
func TestRenewalsThatRace(t *testing.T) {
	t.Parallel()
	b := staffed(t)
	const callers = 6
	results := make(chan error, callers)
	for range callers {
		go func() {
			_, err := b.BeginDutyRenewal(supervisor, &routingv1.BeginDutyRenewalRequest{RequestId: newID(), Procedure: "test"})
			results <- err
		}()
	}
	begun := 0
	for range callers {
		if err := <-results; err == nil {
			begun++
		} else if fault.ReasonOf(err) != domain.ReasonRenewalOpen {
			t.Error(err)
		}
	}
	list, err := b.ListDutyRenewals(supervisor, &routingv1.ListDutyRenewalsRequest{})
	if err != nil || begun != 1 || len(list.GetRenewals()) != 1 {
		t.Fatalf("%d renewals begun, %d kept (%v)", begun, len(list.GetRenewals()), err)
	}
	id := list.GetRenewals()[0].GetRenewalId()
	posts := map[string]string{"desk": "zhou.min", "boss": "wu.gang", "audit": "xiao.hong", "sales": "li.wei"}
	for post, person := range posts {
		go func() {
			_, err := b.ConfirmDuty(supervisor, &routingv1.ConfirmDutyRequest{RequestId: newID(), RenewalId: id, Post: post, Person: person})
			results <- err
		}()
	}
	for range posts {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
	if _, err := b.CompleteDutyRenewal(supervisor, &routingv1.CompleteDutyRenewalRequest{RequestId: newID(), RenewalId: id}); err != nil {
		t.Error(err)
	}
	if n := len(b.emitted("duty-renewal/" + id)); n != 6 {
		t.Errorf("%d events, want 6", n)
	}
}
