package server_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"

	"redress.dev/services/routing/internal/domain"
)

var (
	head  = as("wu.gang", optionsv1.Role_ROLE_HANDLER)
	asker = as("li.wei", optionsv1.Role_ROLE_HANDLER)
)

// staffed returns a bench where wu.gang is the head and li.wei sits in sales.
func staffed(t testing.TB) *bench {
	b := newBench(t)
	assign(b, "boss", "wu.gang", received.Add(-time.Hour))
	assign(b, "sales", "li.wei", received.Add(-time.Hour))
	return b
}

func (b *bench) request(person string, start *timestamppb.Timestamp) *routingv1.DutyChange {
	b.t.Helper()
	resp, err := b.RequestDutyChange(asker, &routingv1.RequestDutyChangeRequest{
		RequestId: newID(), Procedure: "test", Post: "sales", Person: person, StartTime: start, Reason: "rotation",
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.GetChange()
}

// rows returns how many rows the directory's tables have.
func (b *bench) rows() map[string]int {
	b.t.Helper()
	got := map[string]int{}
	for _, table := range []string{"duty", "duty_change", "duty_renewal", "duty_confirmation", "absence", "deputy", "idempotency", "outbox_pending"} {
		var n int
		if err := b.pool.QueryRow(context.Background(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
			b.t.Fatal(err)
		}
		got[table] = n
	}
	return got
}

// holder returns who sits in a post of the procedure test at a time.
func (b *bench) holder(post string, at time.Time) string {
	b.t.Helper()
	resp, err := b.ListDuties(supervisor, &routingv1.ListDutiesRequest{Procedure: "test", Post: post, AtTime: timestamppb.New(at)})
	if err != nil {
		b.t.Fatal(err)
	}
	switch len(resp.GetDuties()) {
	case 0:
		return ""
	case 1:
		return resp.GetDuties()[0].GetPerson()
	}
	b.t.Fatalf("%d people sit in %s at %v", len(resp.GetDuties()), post, at)
	return ""
}

// T-S1-14: a slip before the approval goes to P, one after it to Q; the keeper of the directory is told with the approval (S1-19). Work
// that P had open moves with the post.
func TestAChangeTakesEffectByItsApproval(t *testing.T) {
	t.Parallel()
	b := staffed(t)
	salesWork := func() *routingv1.Work {
		id := newID()
		b.in.Deliver(b.registered(id, chair("sales")))
		return b.work(id, "plan", "sales")
	}
	change := b.request("chen.lan", timestamppb.New(received.Add(-30*time.Minute)))
	before := salesWork()
	if got := before.GetPerson(); got != "li.wei" {
		t.Errorf("before the approval work goes to %q", got)
	}
	b.clock.Advance(time.Hour)
	approved := b.clock.Now()
	resp, err := b.DecideDutyChange(head, &routingv1.DecideDutyChangeRequest{RequestId: newID(), ChangeId: change.GetChangeId(), Approve: true})
	if err != nil {
		t.Fatal(err)
	}
	if got := resp.GetDuty().GetStartTime().AsTime(); !got.Equal(approved) {
		t.Errorf("it takes effect at %v, want with the approval at %v: what was asked for was past", got, approved)
	}
	for at, want := range map[time.Time]string{received.Add(-2 * time.Hour): "", received: "li.wei", approved.Add(-time.Microsecond): "li.wei", approved: "chen.lan"} {
		if got := b.holder("sales", at); got != want {
			t.Errorf("at %v %q sits there, want %q", at, got, want)
		}
	}
	b.in.Deliver(b.registeredAt(newID(), approved, chair("sales")))
	list, err := b.ListWork(supervisor, &routingv1.ListWorkRequest{Person: "chen.lan"})
	if err != nil || len(list.GetWork()) != 1 {
		t.Errorf("after the approval the next work is chen.lan's: %v, %v", list, err)
	}
	newcomer := as("chen.lan", optionsv1.Role_ROLE_HANDLER)
	b.complete(newcomer, &routingv1.CompleteWorkRequest{RequestId: newID(), WorkId: before.GetWorkId(), Fields: cost()})

	change = resp.GetChange()
	same(t, "the change", &routingv1.DutyChange{
		ChangeId: change.GetChangeId(), Procedure: "test", Post: "sales", Person: "chen.lan", StartTime: timestamppb.New(received.Add(-30 * time.Minute)),
		Reason: "rotation", Requester: "li.wei", RequestTime: timestamppb.New(received.Add(time.Minute)), Head: "boss",
		State: routingv1.DutyChangeState_DUTY_CHANGE_STATE_APPROVED, Decider: "wu.gang", DecideTime: timestamppb.New(approved), DutyId: resp.GetDuty().GetDutyId(),
	}, change)
	same(t, "events of the change", []proto.Message{
		&routingv1.DutyChangeRequested{ChangeId: change.GetChangeId(), Procedure: "test", Post: "sales", Person: "chen.lan", Head: "boss"},
		&routingv1.DutyChangeDecided{ChangeId: change.GetChangeId(), Procedure: "test", Post: "sales", Approved: true},
	}, b.emitted("duty-change/"+change.GetChangeId()))
	same(t, "the notice", &routingv1.DutyChanged{
		DutyId: resp.GetDuty().GetDutyId(), Procedure: "test", Post: "sales", Person: "chen.lan", StartTime: timestamppb.New(approved),
		ChangeId: change.GetChangeId(), Approver: "wu.gang", ApproveTime: timestamppb.New(approved), Told: []string{"audit"},
	}, b.emitted("duty/test/sales")[1])
	all, err := b.ListDutyChanges(supervisor, &routingv1.ListDutyChangesRequest{Post: "sales", State: routingv1.DutyChangeState_DUTY_CHANGE_STATE_APPROVED})
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the list", []*routingv1.DutyChange{change}, all.GetChanges())
}

func TestARejectedChangeChangesNothing(t *testing.T) {
	t.Parallel()
	b := staffed(t)
	change := b.request("chen.lan", nil)
	req := &routingv1.DecideDutyChangeRequest{RequestId: newID(), ChangeId: change.GetChangeId()}
	first, err := b.DecideDutyChange(head, req)
	if err != nil {
		t.Fatal(err)
	}
	b.clock.Advance(time.Hour)
	again, err := b.DecideDutyChange(head, req)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "the retry's answer", first, again)
	if first.GetDuty() != nil || first.GetChange().GetState() != routingv1.DutyChangeState_DUTY_CHANGE_STATE_REJECTED || b.holder("sales", b.clock.Now()) != "li.wei" {
		t.Errorf("decided %v", first)
	}
	b.request("ma.jun", nil) // another may be asked for now
}

func TestRefusedChangesLeaveNoTrace(t *testing.T) {
	t.Parallel()
	b := staffed(t)
	change := b.request("chen.lan", nil)
	ask := func(procedure, post string, start *timestamppb.Timestamp) func() error {
		return func() error {
			_, err := b.RequestDutyChange(asker, &routingv1.RequestDutyChangeRequest{
				RequestId: newID(), Procedure: procedure, Post: post, Person: "ma.jun", StartTime: start})
			return err
		}
	}
	decide := func(by context.Context, id string) func() error {
		return func() error {
			_, err := b.DecideDutyChange(by, &routingv1.DecideDutyChangeRequest{RequestId: newID(), ChangeId: id, Approve: true})
			return err
		}
	}
	stranger := auth.With(context.Background(), auth.Principal{Tenant: "elsewhere", Subject: "wu.gang", Roles: []optionsv1.Role{optionsv1.Role_ROLE_HANDLER}})
	tests := []struct {
		name          string
		call          func() error
		kind          fault.Kind
		reason, field string
	}{
		{"assigned past the head", func() error {
			_, err := b.AssignDuty(supervisor, &routingv1.AssignDutyRequest{RequestId: newID(), Procedure: "test", Post: "sales", Person: "ma.jun"})
			return err
		}, fault.Precondition, domain.ReasonApprovalRequired, ""},
		{"no head to ask", ask("test", "desk", nil), fault.Precondition, domain.ReasonApprovalNotRequired, "post"},
		{"another waits", ask("test", "sales", nil), fault.Precondition, domain.ReasonChangePending, ""},
		{"no procedure", ask("none", "sales", nil), fault.Invalid, domain.ReasonPostUnknown, "procedure"},
		{"no post", ask("test", "king", nil), fault.Invalid, domain.ReasonPostUnknown, "post"},
		{"no time", ask("test", "sales", &timestamppb.Timestamp{Nanos: -1}), fault.Invalid, domain.ReasonTimeInvalid, "start_time"},
		{"no such change", decide(head, newID()), fault.NotFound, domain.ReasonChangeNotFound, "change_id"},
		{"of another tenant", decide(stranger, change.GetChangeId()), fault.NotFound, domain.ReasonChangeNotFound, "change_id"},
		{"decided by a supervisor", decide(supervisor, change.GetChangeId()), fault.Denied, domain.ReasonNotOnDuty, ""},
		{"decided by who asked", decide(asker, change.GetChangeId()), fault.Denied, domain.ReasonNotOnDuty, ""},
	}
	before := b.rows()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) { wantFault(t, tt.call(), tt.kind, tt.reason, tt.field) })
	}
	t.Run("the head asks and decides", func(t *testing.T) {
		b := staffed(t)
		resp, err := b.RequestDutyChange(head, &routingv1.RequestDutyChangeRequest{RequestId: newID(), Procedure: "test", Post: "sales", Person: "ma.jun"})
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.DecideDutyChange(head, &routingv1.DecideDutyChangeRequest{RequestId: newID(), ChangeId: resp.GetChange().GetChangeId(), Approve: true})
		wantFault(t, err, fault.Denied, domain.ReasonSelfApproval, "")
	})
	if diff := cmp.Diff(before, b.rows()); diff != "" {
		t.Errorf("refusals changed rows (-before +after):\n%s", diff)
	}
	if got := b.holder("sales", b.clock.Now()); got != "li.wei" {
		t.Errorf("%q sits there", got)
	}
}

// Of requests that race for one post one waits, whatever else happens to the post meanwhile; of decisions that race one counts.
func TestChangesThatRace(t *testing.T) {
	t.Parallel()
	b := staffed(t)
	const callers = 8
	race := func(call func() error) (won int, reasons map[string]int) {
		t.Helper()
		results := make(chan error, callers)
		for range callers {
			go func() { results <- call() }()
		}
		reasons = map[string]int{}
		for range callers {
			err := <-results
			var f *fault.Error
			switch {
			case err == nil:
				won++
			case errors.As(err, &f):
				reasons[f.Reason]++
			default:
				t.Error(err)
			}
		}
		return won, reasons
	}
	won, reasons := race(func() error {
		_, err := b.RequestDutyChange(asker, &routingv1.RequestDutyChangeRequest{RequestId: newID(), Procedure: "test", Post: "sales", Person: "chen.lan"})
		return err
	})
	if won != 1 || reasons[domain.ReasonChangePending] != callers-1 {
		t.Errorf("%d requests went in, the others %v", won, reasons)
	}
	list, err := b.ListDutyChanges(supervisor, &routingv1.ListDutyChangesRequest{State: routingv1.DutyChangeState_DUTY_CHANGE_STATE_PENDING})
	if err != nil || len(list.GetChanges()) != 1 {
		t.Fatalf("pending: %v, %v", list, err)
	}
	id := list.GetChanges()[0].GetChangeId()
	won, reasons = race(func() error {
		_, err := b.DecideDutyChange(head, &routingv1.DecideDutyChangeRequest{RequestId: newID(), ChangeId: id, Approve: true})
		return err
	})
	if won != 1 || reasons[domain.ReasonChangeDecided] != callers-1 {
		t.Errorf("%d decisions went in, the others %v", won, reasons)
	}
	if n := len(b.emitted("duty/test/sales")); n != 2 {
		t.Errorf("%d notices, want that of the first holder and that of the change", n)
	}
}

// An approval that races with a first assignment: whichever is first, both are in the directory in order, or the approval is refused.
func TestAnApprovalRacesWithTheFirstHolder(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	assign(b, "boss", "wu.gang", received)
	change := b.request("chen.lan", nil)
	done := make(chan error, 2)
	go func() {
		_, err := b.DecideDutyChange(head, &routingv1.DecideDutyChangeRequest{RequestId: newID(), ChangeId: change.GetChangeId(), Approve: true})
		done <- err
	}()
	go func() {
		_, err := b.AssignDuty(supervisor, &routingv1.AssignDutyRequest{RequestId: newID(), Procedure: "test", Post: "sales", Person: "li.wei"})
		done <- err
	}()
	for range 2 {
		if err := <-done; err != nil && fault.ReasonOf(err) != domain.ReasonApprovalRequired {
			t.Error(err)
		}
	}
	if got := b.holder("sales", b.clock.Now()); got != "chen.lan" {
		t.Errorf("%q sits there; an approved change stays", got)
	}
	b.emitted("duty/test/sales") // sees that versions are dense
}

// A post is checked against the editions of the caller's tenant, not of routing's own.
func TestPostsAreThoseOfTheCallersTenant(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	there := auth.With(context.Background(), auth.Principal{Tenant: "elsewhere", Subject: "x", Roles: []optionsv1.Role{optionsv1.Role_ROLE_SUPERVISOR}})
	put := func(by context.Context, post string) error {
		_, err := b.AssignDuty(by, &routingv1.AssignDutyRequest{RequestId: newID(), Procedure: "test", Post: post, Person: "li.wei"})
		return err
	}
	if err := put(there, "king"); err != nil {
		t.Errorf("a post that only this tenant has: %v", err)
	}
	wantFault(t, put(supervisor, "king"), fault.Invalid, domain.ReasonPostUnknown, "post")
	if got := b.holder("king", b.clock.Now()); got != "" {
		t.Errorf("the tenants share the directory: %q", got)
	}
}
