package server_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/clock"
	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/server"
	"redress.dev/services/routing/internal/store"
)

var received = time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC)

const pack = `
code: test
edition: "1"
name: {en: Test}
numbering: {prefix: T, zone: Asia/Shanghai}
calendars: [{key: civil, zone: Asia/Shanghai, week: [{days: [mon, tue, wed, thu, fri, sat, sun], hours: ["00:00-24:00"]}]}]
fields: [{key: chair, kind: FIELD_KIND_CODE}]
rules:
  - target: handler
    cases: [{when: fields.chair != '', expression: fields.chair}, {value: desk}]
posts: [{key: desk}, {key: boss}, {key: audit}, {key: sales, name: {zh: 经销部, en: Sales}, head: boss}]
directory: {keeper: audit, renewal: {limit: {counted_days: 2}, calendar: civil}}
clocks:
  - key: reply
    start: {registered: true}
    limit: {hours: 24}
    calendar: civil
    stop: [{closed: true}]
    warnings: [{share: 0.5, notify: [{expression: values.handler}]}]
    breach: {notify: [{post: boss}]}
    ladder: [{hours: 1, notify: [{post: desk}]}, {hours: 2, notify: [{post: audit}, {post: boss}]}]
closing: {on: [{contact: response}]}
flows:
  - key: main
    steps:
      - key: plan
        guidance: {zh: 先致歉, en: Apologise first}
        task:
          assignee: {expression: values.handler}
          form: [{key: cost, kind: FIELD_KIND_NUMBER, required: true, clause: S2-14}, {key: note, kind: FIELD_KIND_CODE, required_when: answers.plan.cost > 1000.0}]
          next: [{step: decide}]
        milestone: proposed
      - key: decide
        approval:
          approvers: [{post: boss}, {post: audit}]
          approved: [{step: tell}]
          rejected: [{step: plan}]
      - {key: tell, notice: {recipients: [{post: desk}]}}
`

// A bench is a server on a database of its own, under a clock that stands still.
type bench struct {
	*server.Server
	t       testing.TB
	pool    *pgxpool.Pool
	clock   *clock.Manual
	edition *typev1.Edition
	in      *eventstest.Inbox
	pokes   atomic.Int32
	// state is where every edition stands.
	state intakev1.EditionState
	// shelf is what is published, the newest first, by "tenant/code".
	shelf map[string][]*intakev1.PublishedEdition
	// away makes intake answer UNAVAILABLE.
	away bool
	// config is what the server is made of.
	config server.Config
}

// restart puts a new server in the place of the one that there is, as after a kill: only the database is left.
func (b *bench) restart() { b.Server = server.New(b.config) }

func newBench(t testing.TB, options ...eventstest.Option) *bench {
	t.Helper()
	p := parse(t, pack)
	later, renamed := parse(t, laterPack), parse(t, renamedPack)
	elsewhere := parse(t, otherPack)
	away := parse(t, awayPack)
	known := map[string]*procedurev1.Procedure{}
	b := &bench{t: t, clock: clock.NewManual(received.Add(time.Minute)), state: intakev1.EditionState_EDITION_STATE_ACTIVE}
	b.edition = &typev1.Edition{Procedure: "test", Edition: "1", Digest: procedure.Digest(p)}
	b.pool = pgtest.New(t, "routing", events.Migrations, idempotency.Migrations, editions.Migrations, store.Migrations)
	for _, q := range []*procedurev1.Procedure{
		p, later, renamed, elsewhere, away, parse(t, draftPack), parse(t, headlessPack), parse(t, chargedPack), parse(t, actionPack),
	} {
		known[procedure.Digest(q)] = q
	}
	find := func(key string) (*procedurev1.Procedure, error) {
		if b.away {
			return nil, status.Error(codes.Unavailable, "intake is away")
		}
		if q := known[key]; q != nil {
			return q, nil
		}
		return nil, status.Error(codes.NotFound, "no such procedure")
	}
	fetch := func(_ context.Context, digest string) (*procedurev1.Procedure, error) { return find(digest) }
	b.shelf = map[string][]*intakev1.PublishedEdition{
		"default/test": {published(p, active)}, "default/away": {published(away, active)}, "elsewhere/test": {published(elsewhere, active)},
	}
	shelf := func(_ context.Context, tenant, code string) ([]*intakev1.PublishedEdition, error) {
		_, err := find(procedure.Digest(p)) // fails while intake is away
		return b.shelf[tenant+"/"+code], err
	}
	b.config = server.Config{
		Pool: b.pool, Poke: func() { b.pokes.Add(1) }, Now: b.clock.Now, NewID: newID, Editions: editions.New(b.pool, fetch), Published: shelf,
		Standing: func(_ context.Context, tenant, digest string) (*intakev1.PublishedEdition, error) {
			if tenant != "default" {
				return nil, status.Error(codes.NotFound, "no such procedure")
			}
			_, err := find(digest)
			return &intakev1.PublishedEdition{State: b.state}, err
		},
	}
	b.restart()
	fold := func(ctx context.Context, tx pgx.Tx, batch *events.Batch) error { return b.Fold(ctx, tx, batch) } // of whichever server runs
	b.in = eventstest.Deliver(t, b.pool, fold, options...)
	return b
}

// laterPack is another edition, which has others told of a breach.
var laterPack = strings.NewReplacer(`edition: "1"`, `edition: "2"`, "breach: {notify: [{post: boss}]}", "breach: {notify: [{post: audit}]}").Replace(pack)

// renamedPack is another edition, in which the first step has another key and other work goes to the boss alone.
var renamedPack = strings.NewReplacer(`edition: "1"`, `edition: "3"`, "answers.plan", "answers.draft", "key: plan", "key: draft", "[{step: plan}]", "[{step: draft}]",
	"{value: desk}", "{value: audit}").Replace(pack)

// published is an edition as intake lists it.
func published(p *procedurev1.Procedure, state intakev1.EditionState) *intakev1.PublishedEdition {
	return &intakev1.PublishedEdition{Edition: &typev1.Edition{Procedure: p.GetCode(), Edition: p.GetEdition(), Digest: procedure.Digest(p)}, State: state}
}

// States of editions.
const (
	draft      = intakev1.EditionState_EDITION_STATE_DRAFT
	active     = intakev1.EditionState_EDITION_STATE_ACTIVE
	superseded = intakev1.EditionState_EDITION_STATE_SUPERSEDED
)

// headlessPack is a draft in which nobody heads the post of sales.
var headlessPack = strings.NewReplacer(`edition: "1"`, `edition: "5"`, ", head: boss}", "}").Replace(pack)

// draftPack is an edition to come: it has a new post with a head, and no post of sales.
var draftPack = strings.NewReplacer(`edition: "1"`, `edition: "4"`, "{key: sales, name: {zh: 经销部, en: Sales}, head: boss}", "{key: envoy, head: boss}").Replace(pack)

// otherPack is what another tenant has under the same code; awayPack wants deputies, and no renewal.
var (
	otherPack = strings.NewReplacer(`edition: "1"`, `edition: "9"`, "{key: audit},", "{key: audit}, {key: king},").Replace(pack)
	awayPack  = strings.NewReplacer("code: test", "code: away",
		"directory: {keeper: audit, renewal: {limit: {counted_days: 2}, calendar: civil}}", "directory: {deputies: true}").Replace(pack)
)

func parse(t testing.TB, text string) *procedurev1.Procedure {
	t.Helper()
	p, err := procedure.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// as returns the context of a call by somebody with a role.
func as(subject string, roles ...optionsv1.Role) context.Context {
	return auth.With(context.Background(), auth.Principal{Tenant: "default", Subject: subject, Roles: roles})
}

var supervisor = as("jones.lea", optionsv1.Role_ROLE_SUPERVISOR)

// registered returns the event of a new complaint.
func (b *bench) registered(complaint string, fields ...func(*intakev1.ComplaintRegistered)) events.Draft {
	m := &intakev1.ComplaintRegistered{Number: "T-1", Edition: b.edition, Flow: "main", Channel: "web", CountTime: timestamppb.New(received)}
	for _, change := range fields {
		change(m)
	}
	return events.Draft{AggregateID: complaint, OccurTime: received, Actor: "person:zhou.min", Message: m}
}

// registeredAt returns the event of a complaint received at another time.
func (b *bench) registeredAt(complaint string, at time.Time, fields ...func(*intakev1.ComplaintRegistered)) events.Draft {
	d := b.registered(complaint, fields...)
	d.OccurTime = at
	return d
}

// chair makes a post the one that a complaint's first work is for.
func chair(post string) func(*intakev1.ComplaintRegistered) {
	return func(m *intakev1.ComplaintRegistered) {
		m.Fields = map[string]*typev1.Value{"chair": {Kind: &typev1.Value_Code{Code: post}}}
	}
}

// cost is what the first work asks for.
func cost() map[string]*typev1.Value {
	return map[string]*typev1.Value{"cost": {Kind: &typev1.Value_Number{Number: 12.5}}}
}

// begin registers a complaint and returns it.
func (b *bench) begin() string {
	b.t.Helper()
	id := newID()
	b.in.Deliver(b.registered(id))
	return id
}

func (b *bench) get(complaint string) *routingv1.Case {
	b.t.Helper()
	resp, err := b.GetCase(supervisor, &routingv1.GetCaseRequest{ComplaintId: complaint})
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.GetCase()
}

// work returns the open work of a complaint's step at a post.
func (b *bench) work(complaint, step, post string) *routingv1.Work {
	b.t.Helper()
	for _, w := range b.get(complaint).GetWork() {
		if w.GetState() == routingv1.WorkState_WORK_STATE_OPEN && w.GetStep() == step && w.GetPost() == post {
			return w
		}
	}
	b.t.Fatalf("no open work of step %s at %s", step, post)
	return nil
}

func (b *bench) plan(complaint string) *routingv1.CompleteWorkRequest {
	b.t.Helper()
	return &routingv1.CompleteWorkRequest{
		RequestId: newID(), WorkId: b.work(complaint, "plan", "desk").GetWorkId(),
		Fields: cost(),
	}
}

func (b *bench) complete(ctx context.Context, req *routingv1.CompleteWorkRequest) *routingv1.Case {
	b.t.Helper()
	resp, err := b.CompleteWork(ctx, req)
	if err != nil {
		b.t.Fatal(err)
	}
	return resp.GetCase()
}

// emitted returns the messages about an aggregate, and sees that their versions are dense.
func (b *bench) emitted(aggregate string) []proto.Message {
	b.t.Helper()
	var messages []proto.Message
	for _, e := range eventstest.Emitted(b.t, b.pool) {
		if e.AggregateID != aggregate {
			continue
		}
		m, err := e.Message()
		if err != nil {
			b.t.Fatal(err)
		}
		messages = append(messages, m)
		if want := int64(len(messages)); e.Version != want {
			b.t.Errorf("%s of %s has version %d, want %d", e.Type, aggregate, e.Version, want)
		}
	}
	return messages
}

func same(t testing.TB, what string, want, got any) {
	t.Helper()
	options := cmp.Options{
		protocmp.Transform(),
		protocmp.IgnoreFields(&routingv1.WorkCompleted{}, "work_id"), protocmp.IgnoreFields(&routingv1.WorkCancelled{}, "work_id"),
		protocmp.IgnoreFields(&routingv1.WorkOpened{}, "work_id"), protocmp.IgnoreFields(&routingv1.Work{}, "work_id"),
	}
	if diff := cmp.Diff(want, got, options); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func wantFault(t *testing.T, err error, kind fault.Kind, reason, field string) {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want the fault %s", err, reason)
	}
	if f.Kind != kind || f.Reason != reason || f.Meta["field"] != field {
		t.Errorf("got kind %d, %s at %q (%s), want kind %d, %s at %q", f.Kind, f.Reason, f.Meta["field"], f.Detail, kind, reason, field)
	}
	if _, known := routingv1.ErrorReason_value["ERROR_REASON_"+f.Reason]; !known {
		t.Errorf("the contract does not know the reason %s", f.Reason)
	}
}

func steps(work []*routingv1.Work) []string {
	var names []string
	for _, w := range work {
		names = append(names, w.GetStep()+"@"+w.GetPost())
	}
	slices.Sort(names)
	return names
}
