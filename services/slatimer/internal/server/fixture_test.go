package server_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/editions"
	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/server"
	"redress.dev/services/slatimer/internal/store"
)

// at reads "2026-03-02 10:00" on a clock in Shanghai.
func at(s string) time.Time {
	t, err := time.ParseInLocation("2006-01-02 15:04", s, time.FixedZone("CST", 8*3600))
	if err != nil {
		panic(err)
	}
	return t.UTC()
}

// fixture is a server on a database of its own, under a clock that the test moves.
type fixture struct {
	t      *testing.T
	pool   *pgxpool.Pool
	clock  *clock.Manual
	srv    *server.Server
	digest string
	in     *eventstest.Inbox
	armed  []domain.Timer
	pack   *procedurev1.Procedure
	packs  map[string]*procedurev1.Procedure // that intake has, by digest
}

func newFixture(t *testing.T, options ...eventstest.Option) *fixture {
	t.Helper()
	data, err := os.ReadFile("../domain/testdata/limits.yaml")
	if err != nil {
		t.Fatal(err)
	}
	pack, err := procedure.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	f := &fixture{
		t: t, pool: pgtest.New(t, "slatimer", events.Migrations, idempotency.Migrations, editions.Migrations, store.Migrations),
		clock: clock.NewManual(at("2026-03-02 08:00")), digest: procedure.Digest(pack),
		pack: pack, packs: map[string]*procedurev1.Procedure{},
	}
	f.publish(pack)
	f.srv = server.New(server.Config{
		Pool: f.pool, Firing: firingPool(t, f.pool),
		Editions: editions.New(f.pool, func(_ context.Context, digest string) (*procedurev1.Procedure, error) {
			if p, ok := f.packs[digest]; ok {
				return p, nil
			}
			return nil, fmt.Errorf("no edition %s", digest)
		}),
		Now: f.clock.Now, NewID: newID, Poke: func() {}, Armed: func(armed []domain.Timer) { f.armed = append(f.armed, armed...) },
		Log: slog.New(slog.DiscardHandler),
	})
	f.in = eventstest.Deliver(t, f.pool, f.srv.Fold, options...)
	return f
}

// firingPool returns connections for firings that end with the test.
func firingPool(t *testing.T, pool *pgxpool.Pool) *pgxpool.Pool {
	t.Helper()
	firing, err := store.FiringPool(t.Context(), pool)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(firing.Close)
	return firing
}

// publish gives intake editions.
func (f *fixture) publish(packs ...*procedurev1.Procedure) {
	for _, p := range packs {
		f.packs[procedure.Digest(p)] = p
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// The events of complaints, in the order in which their drafts are delivered.

func (f *fixture) registered(complaint, when string) events.Draft {
	return draft(complaint, when, &intakev1.ComplaintRegistered{
		Edition: &typev1.Edition{Digest: f.digest}, Channel: "none", Flow: "only", CountTime: timestamppb.New(at(when)),
	})
}

func opened(complaint, work, when string) events.Draft {
	return draft(complaint, when, &routingv1.WorkOpened{WorkId: work, Step: "act", Round: 1})
}

func completed(complaint, work, when string) events.Draft {
	return draft(complaint, when, &routingv1.WorkCompleted{WorkId: work, Step: "act", Round: 1})
}

func closed(complaint, when string) events.Draft {
	return draft(complaint, when, &followupv1.ComplaintClosed{Round: 1})
}

func draft(complaint, when string, m proto.Message) events.Draft {
	return events.Draft{AggregateID: complaint, OccurTime: at(when), Message: m}
}

// emitted writes what the outbox holds, one line an event, in the order of the complaint's versions; it checks that these are dense.
func (f *fixture) emitted(complaint string) []string {
	f.t.Helper()
	var evs []events.Event
	for _, e := range eventstest.Emitted(f.t, f.pool) {
		if e.AggregateID == complaint {
			evs = append(evs, e)
		}
	}
	slices.SortFunc(evs, func(a, b events.Event) int { return int(a.Version - b.Version) })
	var lines []string
	for i, e := range evs {
		if e.Version != int64(i+1) || e.Actor != "service:slatimer" && !strings.HasSuffix(e.Type, "ClockReplaced") || e.Tenant != "default" {
			f.t.Errorf("event %d of the complaint has version %d, actor %q, tenant %q", i+1, e.Version, e.Actor, e.Tenant)
		}
		m, err := e.Message()
		if err != nil {
			f.t.Fatal(err)
		}
		lines = append(lines, show(e.OccurTime)+" "+tell(m))
	}
	return lines
}

func (f *fixture) expect(complaint string, want ...string) {
	f.t.Helper()
	if diff := cmp.Diff(want, f.emitted(complaint)); diff != "" {
		f.t.Errorf("events of the complaint (-want +got):\n%s", diff)
	}
}

func show(t time.Time) string { return t.In(time.FixedZone("CST", 8*3600)).Format("01-02 15:04") }

func tell(m proto.Message) string {
	switch m := m.(type) {
	case *slatimerv1.ClockStarted:
		return m.GetPolicy() + " started, due " + show(m.GetDueTime().AsTime())
	case *slatimerv1.ClockWarned:
		return fmt.Sprintf("%s warned, warning %d", m.GetPolicy(), m.GetWarning())
	case *slatimerv1.ClockMet:
		return m.GetPolicy() + " met"
	case *slatimerv1.ClockBreached:
		return m.GetPolicy() + " breached"
	case *slatimerv1.ClockStopped:
		return m.GetPolicy() + " stopped, late " + m.GetLateDuration().AsDuration().String()
	case *slatimerv1.ClockReplaced:
		return m.GetPolicy() + " replaced, due " + show(m.GetDueTime().AsTime())
	case *slatimerv1.ClockCancelled:
		return m.GetPolicy() + " cancelled"
	}
	return fmt.Sprintf("%T", m)
}

// count returns what a query counts.
func (f *fixture) count(q string, args ...any) int {
	f.t.Helper()
	var n int
	if err := f.pool.QueryRow(f.t.Context(), q, args...).Scan(&n); err != nil {
		f.t.Fatal(err)
	}
	return n
}
