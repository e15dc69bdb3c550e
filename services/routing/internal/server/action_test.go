package server_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"
)

// actionPack has an action whose measures are confirmed, or made anew.
var actionPack = strings.NewReplacer("code: test", "code: acts", "closing: {on", `  - key: analysis
    start: {action_opened: capa}
    limit: {hours: 24}
    calendar: civil
    stop: [{milestone: analysed}]
    breach: {notify: [{expression: values.handler}]}
closing: {on`).Replace(pack) + `
actions:
  - key: capa
    name: {en: CAPA}
    numbering: CAPA
    steps:
      - key: analyse
        task: {assignee: {expression: values.handler}, form: [{key: root, kind: FIELD_KIND_CODE, required: true}], next: [{step: confirm}]}
        milestone: analysed
      - key: confirm
        question: {assignee: {post: boss}, answers: [{code: effective, next: [spread]}, {code: ineffective, next: [analyse]}]}
      - {key: spread, notice: {recipients: [{post: sales}]}, milestone: effective}
    closing: [{milestone: effective}]
`

// opened is the event of an action that has opened for a complaint whose work was the desk's.
func (b *bench) opened(action, complaint string) events.Draft {
	return events.Draft{AggregateID: action, OccurTime: received, Message: &followupv1.ActionOpened{
		Action: "capa", Number: "T-1/CAPA-1", ComplaintIds: []string{complaint}, Channel: "web", Flow: "main", Values: desk, ReceiveTime: timestamppb.New(received),
		Edition: &typev1.Edition{Procedure: "acts", Edition: "1", Digest: procedure.Digest(parse(b.t, actionPack))},
	}}
}

func about(action string, m proto.Message) events.Draft {
	return events.Draft{AggregateID: action, OccurTime: received.Add(time.Hour), Message: m}
}

// finish completes the open work of an action's step.
func (b *bench) finish(action, step, post, outcome string) {
	b.t.Helper()
	req := &routingv1.CompleteWorkRequest{RequestId: newID(), WorkId: b.work(action, step, post).GetWorkId(), Outcome: outcome}
	if step == "analyse" {
		req.Fields = map[string]*typev1.Value{"root": {Kind: &typev1.Value_Code{Code: "glue"}}}
	}
	b.complete(supervisor, req)
}

// Every event comes twice and in any order, and routing is killed and started anew between any two steps of the action.
func TestAnActionsWorkAcrossRestarts(t *testing.T) {
	t.Parallel()
	b := newBench(t, eventstest.Twice(), eventstest.Shuffled())
	complaint, action := newID(), newID()
	b.in.Deliver(b.opened(action, complaint))
	b.restart()
	b.in.Deliver(about(action, &slatimerv1.ClockBreached{Policy: "analysis", Round: 1, Edition: procedure.Digest(parse(t, actionPack))}))
	b.finish(action, "analyse", "desk", "")
	b.restart()
	b.finish(action, "confirm", "boss", "ineffective")
	b.finish(action, "analyse", "desk", "")
	b.restart()
	b.finish(action, "confirm", "boss", "effective")
	b.in.Deliver(about(action, &followupv1.ActionClosed{Action: "capa"}))
	opened := func(step, post string, kind routingv1.WorkKind) proto.Message {
		return &routingv1.WorkOpened{Step: step, Kind: kind, Round: 1, Post: post}
	}
	done := func(step, post, outcome string) proto.Message {
		m := &routingv1.WorkCompleted{Step: step, Round: 1, Post: post, Outcome: outcome}
		if step == "analyse" {
			m.Fields = map[string]*typev1.Value{"root": {Kind: &typev1.Value_Code{Code: "glue"}}}
		}
		return m
	}
	const task, question = routingv1.WorkKind_WORK_KIND_TASK, routingv1.WorkKind_WORK_KIND_QUESTION
	analysed := &routingv1.MilestoneReached{Milestone: "analysed", Step: "analyse", Round: 1}
	same(t, "events", []proto.Message{
		opened("analyse", "desk", task),
		&routingv1.NoticeIssued{About: "clock/analysis/breached", Posts: []string{"desk"}, Round: 1},
		done("analyse", "desk", ""), analysed, opened("confirm", "boss", question), done("confirm", "boss", "ineffective"), opened("analyse", "desk", task),
		done("analyse", "desk", ""), analysed, opened("confirm", "boss", question), done("confirm", "boss", "effective"),
		&routingv1.NoticeIssued{About: "spread", Posts: []string{"sales"}, Round: 1},
		&routingv1.MilestoneReached{Milestone: "effective", Step: "spread", Round: 1},
	}, b.emitted(action))
	if c := b.get(action); c.GetState() != routingv1.CaseState_CASE_STATE_CLOSED || c.GetNumber() != "T-1/CAPA-1" {
		t.Errorf("case %v, want it closed", c)
	}
	if got := b.emitted(complaint); len(got) > 0 {
		t.Errorf("the complaint, which has no case here, was told %v", got)
	}
}

// An action opens while its complaint, of another part, goes on; two tenants may use one id.
func TestActionsOfTwoTenantsAreApart(t *testing.T) {
	t.Parallel()
	b := newBench(t, eventstest.Twice(), eventstest.Shuffled())
	action := newID()
	theirs := b.opened(action, newID())
	theirs.Tenant = "elsewhere"
	b.in.Deliver(b.opened(action, newID()))
	b.in.Deliver(theirs)
	b.in.Deliver(about(action, &followupv1.ActionCancelled{Action: "capa", Reason: "in_error"}))
	if c := b.get(action); c.GetState() != routingv1.CaseState_CASE_STATE_CLOSED || len(openSteps(c)) > 0 {
		t.Errorf("case %v, want it closed and without work", c)
	}
	elsewhere := auth.With(t.Context(), auth.Principal{Tenant: "elsewhere", Subject: "jones.lea", Roles: []optionsv1.Role{optionsv1.Role_ROLE_SUPERVISOR}})
	resp, err := b.GetCase(elsewhere, &routingv1.GetCaseRequest{ComplaintId: action})
	if err != nil || resp.GetCase().GetState() != routingv1.CaseState_CASE_STATE_OPEN || len(openSteps(resp.GetCase())) != 1 {
		t.Errorf("the other tenant's case %v, %v; want it open with its work", resp.GetCase(), err)
	}
}

func openSteps(c *routingv1.Case) []string {
	var open []*routingv1.Work
	for _, w := range c.GetWork() {
		if w.GetState() == routingv1.WorkState_WORK_STATE_OPEN {
			open = append(open, w)
		}
	}
	return steps(open)
}

// News of an action's cancelling comes while somebody completes its work: whoever is first, no work is left open, and nothing opens after.
func TestCancellingRacesCompletion(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	first := map[bool]int{}
	for range 12 {
		action := newID()
		b.in.Deliver(b.opened(action, newID()))
		req := &routingv1.CompleteWorkRequest{
			RequestId: newID(), WorkId: b.work(action, "analyse", "desk").GetWorkId(), Fields: map[string]*typev1.Value{"root": {Kind: &typev1.Value_Code{Code: "glue"}}},
		}
		payload, err := proto.Marshal(&followupv1.ActionCancelled{Action: "capa", Reason: "in_error"})
		if err != nil {
			t.Fatal(err)
		}
		e := events.Event{Tenant: "default", AggregateID: action, OccurTime: received.Add(time.Hour), Type: "redress.followup.v1.ActionCancelled", Payload: payload}
		var wg sync.WaitGroup
		var completed, cancelled error
		wg.Go(func() { _, completed = b.CompleteWork(supervisor, req) })
		wg.Go(func() {
			cancelled = postgres.InTx(t.Context(), b.pool, func(tx pgx.Tx) error {
				return b.Fold(t.Context(), tx, events.NewBatch([]events.Event{e}))
			})
		})
		wg.Wait()
		if cancelled != nil || completed != nil && fault.ReasonOf(completed) != "WORK_NOT_OPEN" {
			t.Fatalf("cancelled: %v, completed: %v", cancelled, completed)
		}
		first[completed == nil]++
		if c := b.get(action); c.GetState() != routingv1.CaseState_CASE_STATE_CLOSED || len(openSteps(c)) > 0 {
			t.Errorf("completed %v: case %v, want it closed and without work", completed == nil, c)
		}
		last := b.emitted(action)
		if _, ok := last[len(last)-1].(*routingv1.WorkCancelled); !ok {
			t.Errorf("completed %v: the last event is %v, want the cancelling of work", completed == nil, last[len(last)-1])
		}
	}
	t.Logf("completed first: %d, cancelled first: %d", first[true], first[false])
}
