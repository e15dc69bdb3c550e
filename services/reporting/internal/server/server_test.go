package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/server"
	"redress.dev/services/reporting/internal/store"
)

const pack = `
code: figures
edition: "%s"
name: {en: Figures}
numbering: {prefix: F, zone: Asia/Shanghai}
calendars:
- {key: always, zone: Asia/Shanghai, week: [{days: [mon, tue, wed, thu, fri, sat, sun], hours: ["00:00-24:00"]}]}
fields: [{key: line, kind: FIELD_KIND_CODE}, {key: cost, kind: FIELD_KIND_NUMBER}, {key: phone, name: {zh: 电话, en: Telephone}, kind: FIELD_KIND_PHONE},
  {key: content, name: {zh: 内容, en: Content}, kind: FIELD_KIND_TEXT}]
posts: [{key: agent}, {key: head}, {key: office}]
vocabularies: [{key: party, terms: [{code: shop, name: {zh: 车间, en: Workshop}}, {code: store, name: {zh: 成品库}}]}]
currency: CNY
charges:
- key: deduction
  name: {zh: 扣款, en: Deduction}
  kind: CHARGE_KIND_DEDUCTION
  on: [{milestone: answered}]
  amount: fields.cost
  parties: party
  liable: [{party: "'shop'"}]
rules:
- {target: grade, cases: [{when: 'fields.cost > 10.0', value: high}, {value: low}]}
flows:
- key: direct
  steps:
  - {key: answer, task: {assignee: {post: agent}}, milestone: answered}
clocks:
- {key: reply, start: {registered: true}, limit: {hours: 48}, calendar: always, stop: [{milestone: answered}]}
- {key: work, start: {work_opened: answer}, limit: {hours: 1}, calendar: always, stop: [{work_completed: answer}]}
visits:
- {key: main, after: {milestone: answered}, assignee: {post: agent}, satisfied: VISIT_CONSEQUENCE_CLOSE, dissatisfied: VISIT_CONSEQUENCE_REOPEN}
forms:
- key: slip
  name: {zh: 投诉处理单, en: Complaint slip}
  prefix: CL
  opens: {work_opened: answer}
  stages:
  - key: sent
    name: {zh: 投诉, en: The complaint}
    done: {work_opened: answer}
    items: [{ref: received}, {ref: channel}, {ref: fields.line, name: {zh: 产品线}}, {ref: fields.cost, name: {en: Cost}}, {ref: fields.phone}, {ref: fields.content}, {ref: values.grade}]
  - {key: answered, name: {zh: 答复, en: The answer}, done: {milestone: answered}, items: [{ref: milestones.answered, name: {zh: 答复时间, en: Answered}}]}
  - {key: visited, name: {zh: 回访, en: Return visit}, done: {visit_recorded: main}, items: [{ref: visits.main}]}
  signers: [answer]
metrics:
%s
- {key: complaints, numerator: "1"}
- {key: in_time, numerator: clocks.reply.met, denominator: clocks.reply.started - clocks.reply.cancelled}
- {key: contacted, numerator: contacts > 0, denominator: "1"}
- {key: happy, numerator: visits.main.satisfied, denominator: visits.main.satisfied + visits.main.dissatisfied + visits.main.unreached}
- {key: closed, numerator: closed, denominator: "!withdrawn"}
- {key: grave, numerator: values.grade == "high" && fields.line == "door"}
scorecards:
- key: staff
  name: {zh: 考核, en: Appraisal}
  subject: SCORE_SUBJECT_PERSON
  posts: [agent]
  by: [answer]
  start: 100
  rows:
  - {key: speed, weight: 10, ratio: {metric: in_time, bands: [{from: 50, deduct: 0}, {below: 50, deduct: 5}]}}
  - {key: truth, weight: 10, ratio: {entered_by: head, bands: [{from: 95, deduct: 0}, {below: 95, deduct: 2.5}]}}
  - {key: skill, weight: 10, entries: {each: 2, cap: 10, entered_by: head}}
  - {key: notices, weight: 10, decided: {min: 2, max: 10, decided_by: [office, head]}}
  bonuses: [{key: praise, each: 2, entered_by: head}]
- key: line
  subject: SCORE_SUBJECT_GROUP
  group: fields.line
  start: 10
  rows: [{key: speed, ratio: {metric: in_time, bands: [{from: 50, deduct: 0}, {below: 50, deduct: 5}]}}]
- key: post
  subject: SCORE_SUBJECT_POST
  posts: [agent]
  start: 10
  rows: [{key: speed, ratio: {metric: in_time, bands: [{from: 50, deduct: 0}, {below: 50, deduct: 5}]}}]
reports:
- key: monthly
  name: {zh: 月报, en: Monthly report}
  period: REPORT_PERIOD_MONTH
  tables:
  - {key: lines, name: {zh: 各线汇总, en: By line}, metrics: [complaints, in_time], group_by: [fields.line, flow]}
  - {key: total, name: {en: In all}, metrics: [complaints, happy]}
  recipients: [office]
  prepared_by: [agent]
  approved_by: [head]
  clauses: [S1-57]
`

// editionOf returns an edition whose metrics begin with the ones given.
func editionOf(t testing.TB, name, metrics string) *procedurev1.Procedure {
	t.Helper()
	p, err := procedure.Parse(fmt.Appendf(nil, pack, name, metrics))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// house is reporting's server on a database of its own, with two editions of a procedure to be had.
type house struct {
	*server.Server
	pool         *pgxpool.Pool
	older, newer *procedurev1.Procedure
	charged      *procedurev1.Procedure            // has a figure of money
	held         map[string]*procedurev1.Procedure // that intake has, by digest
}

// publish gives intake another edition.
func (h *house) publish(p *procedurev1.Procedure) { h.held[procedure.Digest(p)] = p }

func open(t testing.TB) *house {
	t.Helper()
	h := &house{
		pool:  pgtest.New(t, "reporting", events.Migrations, idempotency.Migrations, editions.Migrations, store.Migrations),
		older: editionOf(t, "1", ""), newer: editionOf(t, "2", "- {key: rounds, numerator: rounds}"),
		charged: editionOf(t, "3", "- {key: deducted, numerator: charges.deduction.amount}"),
	}
	h.held = map[string]*procedurev1.Procedure{procedure.Digest(h.older): h.older, procedure.Digest(h.newer): h.newer, procedure.Digest(h.charged): h.charged}
	h.Server = server.New(server.Config{
		Pool: h.pool, Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return at(24 * 20) },
		NewID:    func() string { return uuid.Must(uuid.NewV7()).String() },
		Editions: editions.New(h.pool, func(_ context.Context, digest string) (*procedurev1.Procedure, error) { return h.held[digest], nil }),
	})
	return h
}

// caller returns a context with a supervisor of the tenant.
func caller(t testing.TB, tenant string) context.Context { return person(t, tenant, "zhou.min") }

// person returns a context with a certain supervisor of the tenant.
func person(t testing.TB, tenant, subject string) context.Context {
	return auth.With(t.Context(), auth.Principal{Tenant: tenant, Subject: subject, Roles: []optionsv1.Role{optionsv1.Role_ROLE_SUPERVISOR}})
}

var start = time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC)

// at is so many hours after the beginning.
func at(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }

// id returns the n-th UUID.
func id(n int) string { return fmt.Sprintf("0190c1de-0000-7000-8000-%012d", n) }

// event is one of the n-th complaint that occurred so many hours after the beginning.
func event(t testing.TB, n, hour int, m proto.Message) events.Event {
	t.Helper()
	payload, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return events.Event{
		ID: id(0), Tenant: "default", AggregateID: id(n), Type: string(proto.MessageName(m)), Payload: payload, Actor: "person:li",
		OccurTime: at(hour), RecordTime: at(hour),
	}
}

// fold applies events in batches of at most size. Each event gets an id by its place.
func (h *house) fold(t testing.TB, evs []events.Event, size int) {
	t.Helper()
	for i := range evs {
		evs[i].ID = id(i + 1)
	}
	for len(evs) > 0 {
		n := min(size, len(evs))
		batch := events.NewBatch(evs[:n])
		if err := postgres.InTx(t.Context(), h.pool, func(tx pgx.Tx) error { return h.Fold(t.Context(), tx, batch) }); err != nil {
			t.Fatal(err)
		}
		evs = evs[n:]
	}
}
