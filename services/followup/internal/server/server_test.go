package server_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/procedure"

	"redress.dev/services/followup/internal/server"
	"redress.dev/services/followup/internal/store"
)

const pack = `
code: visits
edition: "1"
name: {en: Visits}
numbering: {prefix: V, zone: Asia/Shanghai}
posts: [{key: agent}]
flows:
- key: direct
  steps:
  - {key: answer, task: {assignee: {post: agent}}, milestone: answered}
visits:
- key: main
  after: {milestone: answered}
  assignee: {post: agent}
  max_attempts: 2
  satisfied: VISIT_CONSEQUENCE_CLOSE
  dissatisfied: VISIT_CONSEQUENCE_REOPEN
  unreached: VISIT_CONSEQUENCE_CLOSE
`

var start = time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC)

// at is so many hours after the beginning.
func at(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }

// id returns the n-th UUID.
func id(n int) string { return fmt.Sprintf("0190c1de-0000-7000-8000-%012d", n) }

// house is followup's server on a database of its own, at the tenth hour.
type house struct {
	*server.Server
	pool  *pgxpool.Pool
	pokes atomic.Int32
	ids   atomic.Int32
	pack  *procedurev1.Procedure
	later *procedurev1.Procedure // another edition of it, or nil
	away  bool                   // intake cannot be asked for the edition
	state intakev1.EditionState  // where it stands at the tenants "default" and "other"; others do not have it
}

func open(t *testing.T) *house { return openWith(t, pack) }

func openWith(t *testing.T, text string) *house {
	t.Helper()
	in, err := procedure.Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	h := &house{pack: in, state: intakev1.EditionState_EDITION_STATE_ACTIVE, pool: pgtest.New(t, "followup", events.Migrations, idempotency.Migrations, editions.Migrations, store.Migrations)}
	h.restart()
	return h
}

// restart puts a new server in the place of the one that there is, as after a kill: only the database is left.
func (h *house) restart() {
	h.Server = server.New(server.Config{
		Pool: h.pool, Poke: func() { h.pokes.Add(1) }, Now: func() time.Time { return at(10) },
		NewID: func() string { return id(100 + int(h.ids.Add(1))) },
		Standing: func(_ context.Context, tenant, digest string) (*intakev1.PublishedEdition, error) {
			if digest != procedure.Digest(h.pack) || tenant != "default" && tenant != "other" {
				return nil, status.Error(codes.NotFound, "no such edition")
			}
			return &intakev1.PublishedEdition{State: h.state}, nil
		},
		Editions: editions.New(h.pool, func(_ context.Context, digest string) (*procedurev1.Procedure, error) {
			if h.away {
				return nil, errors.New("intake is away")
			}
			if h.later != nil && digest == procedure.Digest(h.later) {
				return h.later, nil
			}
			if digest != procedure.Digest(h.pack) {
				return nil, status.Error(codes.NotFound, "no such edition")
			}
			return h.pack, nil
		}),
	})
}

// caller returns a context with a seat agent of the tenant.
func caller(t *testing.T, tenant string) context.Context {
	return auth.With(t.Context(), auth.Principal{Tenant: tenant, Subject: "li.wei", Roles: []optionsv1.Role{optionsv1.Role_ROLE_AGENT}})
}

// draft is an event of the n-th complaint that occurred so many hours after the beginning.
func draft(n, hour int, m proto.Message) events.Draft {
	return events.Draft{AggregateID: id(n), OccurTime: at(hour), Message: m}
}

func (h *house) registered(n int) events.Draft {
	return draft(n, 0, &intakev1.ComplaintRegistered{
		Number: fmt.Sprintf("V-%d", n), Edition: &typev1.Edition{Procedure: "visits", Digest: procedure.Digest(h.pack)}, Flow: "direct", Channel: "web",
		CountTime: timestamppb.New(at(0)),
	})
}

func answered(n, hour, round int) events.Draft {
	return draft(n, hour, &routingv1.MilestoneReached{Milestone: "answered", Step: "answer", Round: int32(round)})
}

func (h *house) list(t *testing.T, req *followupv1.ListVisitsRequest) *followupv1.ListVisitsResponse {
	t.Helper()
	resp, err := h.ListVisits(caller(t, "default"), req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}
