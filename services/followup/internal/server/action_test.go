package server_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"
	"redress.dev/pkg/rpc"
)

// actionPack: capa opens with the answer, and its end closes; people open ideas, several and alone.
const actionPack = `
code: visits
edition: "1"
name: {en: Actions}
numbering: {prefix: V, digits: 3, zone: Asia/Shanghai}
posts: [{key: agent}]
flows:
- {key: direct, steps: [{key: answer, task: {assignee: {post: agent}}, milestone: answered}]}
actions:
- key: capa
  name: {en: CAPA}
  numbering: CAPA
  open: [{milestone: answered}]
  steps: [{key: analyse, task: {assignee: {post: agent}}, milestone: effective}]
  closing: [{milestone: effective}]
- key: idea
  name: {en: Idea}
  numbering: IDEA
  many: true
  alone: true
  steps: [{key: think, task: {assignee: {post: agent}}, milestone: thought}]
  closing: [{milestone: thought}]
closing: {on: [{action_closed: capa}]}
`

// effective is what ends the capa whose id is id(n).
func effective(n, hour int) []events.Draft {
	return []events.Draft{
		draft(n, hour-1, &routingv1.WorkOpened{Step: "analyse", Round: 1, Post: "agent"}),
		draft(n, hour, &routingv1.WorkCompleted{Step: "analyse", Round: 1, Post: "agent"}),
		draft(n, hour, &routingv1.MilestoneReached{Milestone: "effective", Step: "analyse", Round: 1}),
	}
}

// dense fails where the versions of something's events are not 1, 2, 3, …
func (h *house) dense(t *testing.T) {
	t.Helper()
	last := map[string]int64{}
	for _, e := range eventstest.Emitted(t, h.pool) {
		key := e.Tenant + " " + e.AggregateID
		if e.Version != last[key]+1 {
			t.Errorf("%s of %s has version %d after %d", e.Type, key, e.Version, last[key])
		}
		last[key] = e.Version
	}
}

// Every event comes twice, in any order, and the service is killed and started anew between the opening of the action and its end.
func TestAnActionOpensAndEndsOnceAcrossARestart(t *testing.T) {
	t.Parallel()
	h := openWith(t, actionPack)
	fold := func(ctx context.Context, tx pgx.Tx, batch *events.Batch) error { return h.Fold(ctx, tx, batch) } // of whichever server runs
	in := eventstest.Deliver(t, h.pool, fold, eventstest.Twice(), eventstest.Shuffled(), eventstest.BatchSize(2))
	in.Deliver(h.registered(1), h.registered(2))
	in.Deliver(answered(1, 2, 1))
	h.restart()
	in.Deliver(effective(101, 4)...)
	h.restart()
	in.Deliver(draft(101, 5, &routingv1.WorkOpened{Step: "analyse", Round: 1, Post: "agent"}), answered(1, 6, 1)) // late news changes nothing
	edition := &typev1.Edition{Procedure: "visits", Edition: "1", Digest: procedure.Digest(h.pack)}
	want := []proto.Message{
		&followupv1.ActionOpened{Action: "capa", Number: "V-1/CAPA-1", Edition: edition, ComplaintIds: []string{id(1)}, Channel: "web", Flow: "direct", ReceiveTime: timestamppb.New(at(0))},
		&followupv1.ComplaintActionOpened{ActionId: id(101), Action: "capa", Number: "V-1/CAPA-1", Round: 1},
		&followupv1.ActionClosed{Action: "capa"},
		&followupv1.ComplaintActionEnded{ActionId: id(101), Action: "capa", Number: "V-1/CAPA-1", Round: 1},
		&followupv1.ComplaintClosed{Round: 1, Reason: followupv1.CloseReason_CLOSE_REASON_PROCEDURE},
	}
	if diff := cmp.Diff(want, eventstest.Outbox(t, h.pool), protocmp.Transform()); diff != "" {
		t.Errorf("outbox (-want +got):\n%s", diff)
	}
	h.dense(t)
	got, err := h.GetAction(caller(t, "default"), &followupv1.GetActionRequest{ActionId: id(101)})
	if err != nil || got.GetAction().GetState() != followupv1.ActionState_ACTION_STATE_CLOSED || !got.GetAction().GetEndTime().AsTime().Equal(at(4)) {
		t.Errorf("%v, %v; want it closed at the fourth hour", got, err)
	}
}

// A kill after the fold and before the commit leaves nothing, neither of the action's opening nor of its end.
func TestAKillBeforeTheCommitLeavesNothingOfAnAction(t *testing.T) {
	t.Parallel()
	h := openWith(t, actionPack)
	killed := errors.New("killed")
	apply := func(d events.Draft, end error) error {
		e := eventOf(t, d)
		return postgres.InTx(t.Context(), h.pool, func(tx pgx.Tx) error {
			if err := h.Fold(t.Context(), tx, events.NewBatch([]events.Event{e})); err != nil {
				return err
			}
			return end
		})
	}
	if err := apply(h.registered(1), nil); err != nil {
		t.Fatal(err)
	}
	steps := []events.Draft{answered(1, 2, 1), effective(102, 4)[2]} // the first try used up the id 101
	for i, d := range steps {
		before := len(eventstest.Outbox(t, h.pool))
		if err := apply(d, killed); !errors.Is(err, killed) {
			t.Fatalf("%d: %v", i, err)
		}
		if after := len(eventstest.Outbox(t, h.pool)); after != before {
			t.Errorf("%d: %d events are left of what was killed", i, after-before)
		}
		h.restart()
		if err := apply(d, nil); err != nil {
			t.Fatalf("%d again: %v", i, err)
		}
	}
	if n := len(eventstest.Outbox(t, h.pool)); n != 5 {
		t.Errorf("%d events, want the two of the opening and the three of the end", n)
	}
	h.dense(t)
}

// openAction opens one by hand.
func (h *house) openAction(t *testing.T, tenant, action string, complaints ...int) (*followupv1.Action, error) {
	t.Helper()
	req := &followupv1.OpenActionRequest{RequestId: uuid.NewString(), Action: action}
	for _, n := range complaints {
		req.ComplaintIds = append(req.ComplaintIds, id(n))
	}
	if len(complaints) == 0 {
		req.Edition = procedure.Digest(h.pack)
	}
	resp, err := h.OpenAction(caller(t, tenant), req)
	return resp.GetAction(), err
}

func TestOpenActionRefuses(t *testing.T) {
	t.Parallel()
	h := openWith(t, actionPack)
	in := eventstest.Deliver(t, h.pool, h.Fold)
	elsewhere := h.registered(3)
	elsewhere.Message.(*intakev1.ComplaintRegistered).Edition.Procedure = "another"
	theirs := h.registered(4)
	theirs.Tenant = "other"
	in.Deliver(h.registered(1), h.registered(2), elsewhere, theirs, answered(2, 1, 1)) // the second has its capa, 101
	before := len(eventstest.Outbox(t, h.pool))
	digest := procedure.Digest(h.pack)
	for _, c := range []struct {
		name   string
		req    *followupv1.OpenActionRequest
		reason string
		kind   fault.Kind
	}{
		{"unknown key", &followupv1.OpenActionRequest{Action: "kapa", ComplaintIds: []string{id(1)}}, "ACTION_UNKNOWN", fault.Invalid},
		{"unknown key, alone", &followupv1.OpenActionRequest{Action: "kapa", Edition: digest}, "ACTION_UNKNOWN", fault.Invalid},
		{"alone, and may not be", &followupv1.OpenActionRequest{Action: "capa", Edition: digest}, "COMPLAINT_NEEDED", fault.Invalid},
		{"no such edition", &followupv1.OpenActionRequest{Action: "idea", Edition: strings.Repeat("0", 64)}, "EDITION_NOT_FOUND", fault.NotFound},
		{"neither complaint nor edition", &followupv1.OpenActionRequest{Action: "idea"}, "EDITION_NOT_FOUND", fault.Invalid},
		{"both", &followupv1.OpenActionRequest{Action: "idea", ComplaintIds: []string{id(1)}, Edition: digest}, "EDITION_NOT_FOUND", fault.Invalid},
		{"no such complaint", &followupv1.OpenActionRequest{Action: "idea", ComplaintIds: []string{id(1), id(9)}}, "COMPLAINT_NOT_FOUND", fault.NotFound},
		{"another tenant's", &followupv1.OpenActionRequest{Action: "idea", ComplaintIds: []string{id(4)}}, "COMPLAINT_NOT_FOUND", fault.NotFound},
		{"an action in a complaint's place", &followupv1.OpenActionRequest{Action: "idea", ComplaintIds: []string{id(101)}}, "COMPLAINT_NOT_FOUND", fault.NotFound},
		{"of two procedures", &followupv1.OpenActionRequest{Action: "idea", ComplaintIds: []string{id(1), id(3)}}, "PROCEDURE_MIXED", fault.Invalid},
		{"one of them has one open", &followupv1.OpenActionRequest{Action: "capa", ComplaintIds: []string{id(1), id(2)}}, "ACTION_OPEN_ALREADY", fault.Precondition},
	} {
		c.req.RequestId = uuid.NewString()
		_, err := h.OpenAction(caller(t, "default"), c.req)
		var f *fault.Error
		if !errors.As(err, &f) || f.Reason != c.reason || f.Kind != c.kind {
			t.Errorf("%s: %v, want %s of kind %v", c.name, err, c.reason, c.kind)
		}
	}
	if _, err := h.openAction(t, "stranger", "idea"); fault.ReasonOf(err) != "EDITION_NOT_FOUND" {
		t.Errorf("by an edition that the tenant does not have: %v", err)
	}
	h.state = intakev1.EditionState_EDITION_STATE_DRAFT // by one person alone
	if _, err := h.openAction(t, "default", "idea"); fault.ReasonOf(err) != "EDITION_NOT_ACTIVE" {
		t.Errorf("by an edition that is not active: %v", err)
	}
	h.state = intakev1.EditionState_EDITION_STATE_ACTIVE
	if after := len(eventstest.Outbox(t, h.pool)); after != before {
		t.Errorf("what was refused left %d events", after-before)
	}
	if n, err := h.openAction(t, "default", "idea"); err != nil || n.GetNumber() != "V-IDEA-202603-001" {
		t.Errorf("%v, %v: the refused ones used numbers up", n, err)
	}
}

// A closed or withdrawn complaint may have actions (the contract of OpenAction); their end leaves it as it is.
func TestAnActionOfAComplaintThatHasEnded(t *testing.T) {
	t.Parallel()
	h := openWith(t, actionPack)
	in := eventstest.Deliver(t, h.pool, h.Fold, eventstest.Twice())
	in.Deliver(h.registered(1), h.registered(2), draft(2, 1, &intakev1.ComplaintWithdrawn{}), answered(1, 1, 1))
	in.Deliver(effective(101, 3)...) // closes the first
	for n, want := range map[int]string{1: "V-1/CAPA-2", 2: "V-2/CAPA-1"} {
		a, err := h.openAction(t, "default", "capa", n)
		if err != nil || a.GetNumber() != want {
			t.Fatalf("of complaint %d: %v, %v; want %s", n, a, err, want)
		}
		before := len(eventstest.Outbox(t, h.pool))
		for _, d := range effective(0, 5) {
			d.AggregateID = a.GetActionId()
			in.Deliver(d)
		}
		ended := eventstest.Outbox(t, h.pool)[before:]
		wantEnd := []proto.Message{&followupv1.ActionClosed{Action: "capa"}, &followupv1.ComplaintActionEnded{ActionId: a.GetActionId(), Action: "capa", Number: want, Round: 1}}
		if diff := cmp.Diff(wantEnd, ended, protocmp.Transform()); diff != "" {
			t.Errorf("complaint %d (-want +got):\n%s", n, diff)
		}
	}
	h.dense(t)
}

func TestOpenActionIsAnsweredAgainAsTheFirstTime(t *testing.T) {
	t.Parallel()
	h := openWith(t, actionPack)
	eventstest.Deliver(t, h.pool, h.Fold).Deliver(h.registered(1))
	req := &followupv1.OpenActionRequest{RequestId: uuid.NewString(), Action: "idea", ComplaintIds: []string{id(1)}}
	first, err := h.OpenAction(caller(t, "default"), req)
	if err != nil {
		t.Fatal(err)
	}
	again, err := h.OpenAction(caller(t, "default"), req)
	if diff := cmp.Diff(first, again, protocmp.Transform()); diff != "" || err != nil {
		t.Errorf("%v (-first +again):\n%s", err, diff)
	}
	other := proto.CloneOf(req)
	other.Action = "capa"
	if _, err := h.OpenAction(caller(t, "default"), other); fault.ReasonOf(err) != "REQUEST_ID_REUSED" {
		t.Errorf("another body under the same request: %v", err)
	}
	if n := len(eventstest.Outbox(t, h.pool)); n != 2 {
		t.Errorf("%d events, want the two of one opening", n)
	}
}

func TestListActions(t *testing.T) {
	t.Parallel()
	h := openWith(t, actionPack)
	in := eventstest.Deliver(t, h.pool, h.Fold)
	theirs := h.registered(1) // the same complaint id at another tenant's
	theirs.Tenant = "other"
	in.Deliver(h.registered(1), h.registered(2), answered(1, 1, 1), theirs)
	var ideas []string
	for range 5 { // all at one moment: the id decides
		a, err := h.openAction(t, "default", "idea", 2, 1)
		if err != nil {
			t.Fatal(err)
		}
		ideas = append(ideas, a.GetNumber())
	}
	if _, err := h.openAction(t, "default", "idea"); err != nil {
		t.Fatal(err)
	}
	other, err := h.openAction(t, "other", "idea", 1)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.CancelAction(caller(t, "default"), &followupv1.CancelActionRequest{RequestId: uuid.NewString(), ActionId: id(101), Reason: "in_error"}); err != nil {
		t.Fatal(err)
	}
	list := func(tenant string, req *followupv1.ListActionsRequest) (numbers []string, pages int) {
		for pages = 1; ; pages++ {
			resp, err := h.ListActions(caller(t, tenant), req)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range resp.GetActions() {
				numbers = append(numbers, a.GetNumber())
			}
			if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
				return numbers, pages
			}
		}
	}
	all := []followupv1.ActionState{followupv1.ActionState_ACTION_STATE_OPEN, followupv1.ActionState_ACTION_STATE_CLOSED, followupv1.ActionState_ACTION_STATE_CANCELLED}
	const alone, capa = "V-IDEA-202603-001", "V-1/CAPA-1"
	for _, c := range []struct {
		name   string
		tenant string
		req    *followupv1.ListActionsRequest
		want   []string
		pages  int
	}{
		{"open ones", "default", &followupv1.ListActionsRequest{}, append(slices.Clone(ideas), alone), 1},
		{"in pages of two", "default", &followupv1.ListActionsRequest{PageSize: 2}, append(slices.Clone(ideas), alone), 3},
		{"in every state, pages of three", "default", &followupv1.ListActionsRequest{States: all, PageSize: 3}, append(append([]string{capa}, ideas...), alone), 3},
		{"cancelled", "default", &followupv1.ListActionsRequest{States: all[2:]}, []string{capa}, 1},
		{"of a complaint that is not the first", "default", &followupv1.ListActionsRequest{ComplaintId: id(1)}, ideas, 1},
		{"of a complaint, of a key", "default", &followupv1.ListActionsRequest{ComplaintId: id(1), Action: "capa", States: all}, []string{capa}, 1},
		{"of no such key", "default", &followupv1.ListActionsRequest{Action: "kapa"}, nil, 1},
		{"of another procedure", "default", &followupv1.ListActionsRequest{Procedure: "another", States: all}, nil, 1},
		{"of another tenant", "other", &followupv1.ListActionsRequest{States: all}, []string{"V-1/IDEA-1"}, 1},
	} {
		got, pages := list(c.tenant, c.req)
		if diff := cmp.Diff(c.want, got); diff != "" || pages != c.pages {
			t.Errorf("%s: %d pages, want %d (-want +got):\n%s", c.name, pages, c.pages, diff)
		}
	}
	for _, token := range []string{
		"none of ours", rpc.PageToken(map[string]string{"a": "42"}), rpc.PageToken(map[string]string{"a": "urn:uuid:0190c1de-0000-7000-8000-000000000001"}),
	} {
		if _, err := h.ListActions(caller(t, "default"), &followupv1.ListActionsRequest{PageToken: token}); fault.ReasonOf(err) != "PAGE_TOKEN_INVALID" {
			t.Errorf("the strange page token %q gives %v", token, err)
		}
	}
	for name, err := range map[string]error{
		"get": func() error {
			_, err := h.GetAction(caller(t, "default"), &followupv1.GetActionRequest{ActionId: other.GetActionId()})
			return err
		}(),
		"cancel":      h.cancel(t, "default", other.GetActionId()),
		"no such":     h.cancel(t, "default", id(999)),
		"a complaint": h.cancel(t, "default", id(1)),
	} {
		if fault.ReasonOf(err) != "ACTION_NOT_FOUND" {
			t.Errorf("%s: %v, want ACTION_NOT_FOUND", name, err)
		}
	}
}

func (h *house) cancel(t *testing.T, tenant, actionID string) error {
	t.Helper()
	_, err := h.CancelAction(caller(t, tenant), &followupv1.CancelActionRequest{RequestId: uuid.NewString(), ActionId: actionID, Reason: "in_error"})
	return err
}

// Somebody cancels an action while what closes it arrives: it ends once, and its complaint hears of one end.
func TestCancelRacesCompletion(t *testing.T) {
	t.Parallel()
	h := openWith(t, actionPack)
	in := eventstest.Deliver(t, h.pool, h.Fold)
	const races = 12
	for n := 1; n <= races; n++ {
		in.Deliver(h.registered(n))
	}
	won := map[bool]int{}
	for n := 1; n <= races; n++ {
		a, err := h.openAction(t, "default", "capa", n)
		if err != nil {
			t.Fatal(err)
		}
		done := eventOf(t, effective(0, 4)[2])
		done.AggregateID = a.GetActionId()
		var wg sync.WaitGroup
		var cancelled, completed error
		wg.Go(func() { cancelled = h.cancel(t, "default", a.GetActionId()) })
		wg.Go(func() {
			completed = postgres.InTx(t.Context(), h.pool, func(tx pgx.Tx) error {
				return h.Fold(t.Context(), tx, events.NewBatch([]events.Event{done}))
			})
		})
		wg.Wait()
		if completed != nil || cancelled != nil && fault.ReasonOf(cancelled) != "ACTION_NOT_OPEN" {
			t.Fatalf("cancelled: %v, completed: %v", cancelled, completed)
		}
		won[cancelled == nil]++
		wantState := map[bool]followupv1.ActionState{true: followupv1.ActionState_ACTION_STATE_CANCELLED, false: followupv1.ActionState_ACTION_STATE_CLOSED}[cancelled == nil]
		got, err := h.GetAction(caller(t, "default"), &followupv1.GetActionRequest{ActionId: a.GetActionId()})
		if err != nil || got.GetAction().GetState() != wantState {
			t.Errorf("%v, %v; want %v", got, err, wantState)
		}
	}
	t.Logf("cancelled first: %d, completed first: %d", won[true], won[false])
	ends := map[string]int{}
	for _, e := range eventstest.Emitted(t, h.pool) {
		m, err := e.Message()
		if err != nil {
			t.Fatal(err)
		}
		if m, ok := m.(*followupv1.ComplaintActionEnded); ok {
			ends[e.AggregateID+" "+m.GetActionId()]++
		}
	}
	for key, n := range ends {
		if n != 1 {
			t.Errorf("%s: %d ends", key, n)
		}
	}
	if len(ends) != races {
		t.Errorf("%d complaints heard of an end, want %d", len(ends), races)
	}
	h.dense(t)
}

// Two complaints of many parts share actions, which end while the complaints have news: nothing waits for the other for ever.
func TestActionsOfSharedComplaintsDoNotLockEachOther(t *testing.T) {
	t.Parallel()
	h := openWith(t, actionPack)
	in := eventstest.Deliver(t, h.pool, h.Fold)
	in.Deliver(h.registered(1), h.registered(2))
	var wg sync.WaitGroup
	errs := make(chan error, 64)
	for n := range 8 {
		wg.Go(func() {
			req := &followupv1.OpenActionRequest{RequestId: uuid.NewString(), Action: "idea", ComplaintIds: []string{id(1 + n%2), id(2 - n%2)}}
			resp, err := h.OpenAction(caller(t, "default"), req)
			if err == nil {
				err = h.cancel(t, "default", resp.GetAction().GetActionId())
			}
			errs <- err
		})
		wg.Go(func() {
			d := eventOf(t, draft(1+n%2, 2, &intakev1.ContactRecorded{Purpose: fmt.Sprint("p", n)}))
			errs <- postgres.InTx(t.Context(), h.pool, func(tx pgx.Tx) error { return h.Fold(t.Context(), tx, events.NewBatch([]events.Event{d})) })
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
	h.dense(t)
	open, err := h.ListActions(caller(t, "default"), &followupv1.ListActionsRequest{})
	if err != nil || len(open.GetActions()) > 0 {
		t.Errorf("still open: %v, %v", open, err)
	}
}

// Numbers of actions without a complaint are given out once each, whoever asks at the same time.
func TestNumbersOfActionsAlone(t *testing.T) {
	t.Parallel()
	h := openWith(t, actionPack)
	numbers := make([]string, 8)
	var wg sync.WaitGroup
	for i := range numbers {
		wg.Go(func() {
			a, err := h.openAction(t, "default", "idea")
			if err != nil {
				t.Error(err)
			}
			numbers[i] = a.GetNumber()
		})
	}
	wg.Wait()
	slices.Sort(numbers)
	for i, got := range numbers {
		if want := fmt.Sprintf("V-IDEA-202603-%03d", i+1); got != want {
			t.Errorf("number %d is %s, want %s", i, got, want)
		}
	}
	if theirs, err := h.openAction(t, "other", "idea"); err != nil || theirs.GetNumber() != "V-IDEA-202603-001" {
		t.Errorf("another tenant's first: %v, %v", theirs, err)
	}
}
