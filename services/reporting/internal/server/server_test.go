package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
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
fields: [{key: line, kind: FIELD_KIND_CODE}, {key: cost, kind: FIELD_KIND_NUMBER}]
posts: [{key: agent}]
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
metrics:
%s
- {key: complaints, numerator: "1"}
- {key: in_time, numerator: clocks.reply.met, denominator: clocks.reply.started - clocks.reply.cancelled}
- {key: contacted, numerator: contacts > 0, denominator: "1"}
- {key: happy, numerator: visits.main.satisfied, denominator: visits.main.satisfied + visits.main.dissatisfied + visits.main.unreached}
- {key: closed, numerator: closed, denominator: "!withdrawn"}
- {key: grave, numerator: values.grade == "high" && fields.line == "door"}
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
}

func open(t testing.TB) *house {
	t.Helper()
	h := &house{
		pool:  pgtest.New(t, "reporting", events.Migrations, editions.Migrations, store.Migrations),
		older: editionOf(t, "1", ""), newer: editionOf(t, "2", "- {key: rounds, numerator: rounds}"),
	}
	held := map[string]*procedurev1.Procedure{procedure.Digest(h.older): h.older, procedure.Digest(h.newer): h.newer}
	h.Server = server.New(server.Config{
		Pool: h.pool, Log: slog.New(slog.DiscardHandler),
		Editions: editions.New(h.pool, func(_ context.Context, digest string) (*procedurev1.Procedure, error) { return held[digest], nil }),
	})
	return h
}

// caller returns a context with a supervisor of the tenant.
func caller(t testing.TB, tenant string) context.Context {
	return auth.With(t.Context(), auth.Principal{Tenant: tenant, Subject: "zhou.min", Roles: []optionsv1.Role{optionsv1.Role_ROLE_SUPERVISOR}})
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
		batch := events.NewBatch("test", 0, evs[:n])
		if err := postgres.InTx(t.Context(), h.pool, func(tx pgx.Tx) error { return h.Fold(t.Context(), tx, batch) }); err != nil {
			t.Fatal(err)
		}
		evs = evs[n:]
	}
}
