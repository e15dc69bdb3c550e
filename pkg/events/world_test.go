package events_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	"redress.dev/pkg/events"
	"redress.dev/pkg/eventstest"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// patience bounds every wait for an outcome.
const patience = 60 * time.Second

// tables are those of the tests' consumer: what it applied, in the order of n.
var tables = postgres.Migrations{Name: "applied", FS: fstest.MapFS{"0001_applied.sql": {Data: []byte(`-- +goose Up
	CREATE TABLE applied (
		n bigint GENERATED ALWAYS AS IDENTITY, producer text, part smallint, seq bigint, aggregate_id text, version bigint);`)}}}

// world is a set of services that reach each other.
type world struct {
	t        testing.TB
	nats     *eventstest.Server
	services map[string]*service
	feeds    map[string]eventsv1.EventFeedServiceClient // in place of a service's own
}

// service is one replica of a service in the test's process.
type service struct {
	world *world
	name  string
	pool  *pgxpool.Pool
	conn  *nats.Conn
	bus   *events.Bus
}

func newWorld(t testing.TB, names ...string) *world {
	w := &world{t: t, nats: eventstest.NATS(t), services: map[string]*service{}, feeds: map[string]eventsv1.EventFeedServiceClient{}}
	w.add(names...)
	return w
}

// add adds services, each with a database of its own.
func (w *world) add(names ...string) {
	for _, name := range names {
		w.services[name] = w.replica(name, pgtest.New(w.t, name, events.Migrations, tables))
	}
}

// replica returns a further replica of a service, on the same database.
func (w *world) replica(name string, pool *pgxpool.Pool) *service {
	s := &service{world: w, name: name, pool: pool, conn: w.nats.Conn(w.t)}
	s.bus = events.NewBus(events.Config{
		Service: name, Pool: pool, NATS: s.conn, Log: logger(), Now: time.Now,
		Feed: func(producer string) eventsv1.EventFeedServiceClient {
			if feed := w.feeds[producer]; feed != nil {
				return feed
			}
			return local{w.services[producer].bus.Feed()}
		},
	})
	return s
}

// logger logs to standard error where EVENTS_TEST_LOG is set: failures that tests provoke are many.
func logger() *slog.Logger {
	if os.Getenv("EVENTS_TEST_LOG") == "" {
		return slog.New(slog.DiscardHandler)
	}
	return slog.New(slog.NewTextHandler(os.Stderr, nil))
}

// run runs f until the returned function is called or the test ends; f must then return nil.
func run(t testing.TB, fs ...func(ctx context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var g errgroup.Group
	for _, f := range fs {
		g.Go(func() error { return f(ctx) })
	}
	stop = func() {
		cancel()
		if err := g.Wait(); err != nil {
			t.Errorf("did not stop in good order: %v", err)
		}
	}
	t.Cleanup(stop)
	return stop
}

// relay and consume run the two halves of the service's bus.
func (s *service) relay() func() { s.world.t.Helper(); return run(s.world.t, s.bus.Relay) }

func (s *service) consume(fold events.Fold, producers ...string) func() {
	sub := events.Subscription{Producers: map[string][]string{}, Fold: fold}
	for _, p := range producers {
		sub.Producers[p] = nil
	}
	return run(s.world.t, func(ctx context.Context) error { return s.bus.Consume(ctx, sub) })
}

// emit commits n events about aggregates that are spread over the parts, in transactions of ten.
func (s *service) emit(n int) {
	s.world.t.Helper()
	for done := 0; done < n; done += 10 {
		s.emitDrafts(drafts(min(10, n-done))...)
	}
}

func (s *service) emitDrafts(ds ...events.Draft) {
	s.world.t.Helper()
	err := postgres.InTx(context.Background(), s.pool, func(tx pgx.Tx) error {
		return events.Emit(context.Background(), tx, time.Now(), ds...)
	})
	if err != nil {
		s.world.t.Fatal(err)
	}
	s.bus.Poke()
}

// drafts returns n events, each about an aggregate of its own.
func drafts(n int) []events.Draft {
	ds := make([]events.Draft, n)
	for i := range ds {
		ds[i] = draft(fmt.Sprintf("complaint-%d", time.Now().UnixNano()), 1)
	}
	return ds
}

func draft(aggregate string, version int64) events.Draft {
	return events.Draft{Tenant: "default", AggregateID: aggregate, Version: version, Actor: "service:test", OccurTime: time.Now(),
		Message: &intakev1.ContactRecorded{ContactId: "c", Outbound: true}}
}

// record is a Fold that writes down what it sees.
func record(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
	var rows [][]any
	for e := range batch.All() {
		if e.Actor == "person:poison" {
			return errors.New("cannot be applied")
		}
		rows = append(rows, []any{e.Producer, e.Part, e.Seq, e.AggregateID, e.Version})
	}
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"applied"}, []string{"producer", "part", "seq", "aggregate_id", "version"}, pgx.CopyFromRows(rows))
	return err
}

// applied returns how many events of a producer the service has applied.
func (s *service) applied(producer string) int {
	return count(s.world.t, s.pool, `SELECT count(*) FROM applied WHERE producer = $1`, producer)
}

// awaitApplied waits until n events of a producer are applied, and checks that each was applied once and in order.
func (s *service) awaitApplied(producer string, n int) {
	s.world.t.Helper()
	await(s.world.t, func() bool { return s.applied(producer) >= n }, func() string {
		return fmt.Sprintf("%d of %d events of %s are applied", s.applied(producer), n, producer)
	})
	const disorder = `
		SELECT count(*) FROM (
			SELECT seq, row_number() OVER (PARTITION BY part ORDER BY n) AS want FROM applied WHERE producer = $1) a
		WHERE seq <> want`
	if wrong := count(s.world.t, s.pool, disorder, producer); wrong != 0 || s.applied(producer) != n {
		s.world.t.Fatalf("%d events of %s applied, %d of them in the wrong place; want %d and none", s.applied(producer), producer, wrong, n)
	}
}

// checkDense checks that the service's own stream has n events and no hole.
func (s *service) checkDense(n int) {
	s.world.t.Helper()
	const q = `SELECT count(*) FROM (SELECT seq, row_number() OVER (PARTITION BY part ORDER BY seq) AS want FROM event_stream) e WHERE seq <> want`
	if wrong := count(s.world.t, s.pool, q); wrong != 0 {
		s.world.t.Errorf("%d events of %s have a sequence that leaves a hole", wrong, s.name)
	}
	if got := count(s.world.t, s.pool, `SELECT count(DISTINCT event_id) FROM event_stream`); got != n {
		s.world.t.Errorf("the stream of %s has %d events, want %d", s.name, got, n)
	}
}

func count(t testing.TB, pool *pgxpool.Pool, q string, args ...any) int {
	t.Helper()
	var n int
	if err := pool.QueryRow(context.Background(), q, args...).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// await waits for an outcome that nothing signals, because it is in a database or at the broker.
func await(t testing.TB, ok func() bool, otherwise func() string) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	limit := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-limit:
			t.Fatalf("after %s: %s", patience, otherwise())
		}
	}
}

// local calls a feed without a network.
type local struct {
	eventsv1.EventFeedServiceServer
}

func (l local) ReadEvents(ctx context.Context, r *eventsv1.ReadEventsRequest, _ ...grpc.CallOption) (*eventsv1.ReadEventsResponse, error) {
	return l.EventFeedServiceServer.ReadEvents(ctx, r)
}

func (l local) ListHeads(ctx context.Context, r *eventsv1.ListHeadsRequest, _ ...grpc.CallOption) (*eventsv1.ListHeadsResponse, error) {
	return l.EventFeedServiceServer.ListHeads(ctx, r)
}

func (l local) ListCursors(ctx context.Context, r *eventsv1.ListCursorsRequest, _ ...grpc.CallOption) (*eventsv1.ListCursorsResponse, error) {
	return l.EventFeedServiceServer.ListCursors(ctx, r)
}

func (l local) ListParkedEvents(ctx context.Context, r *eventsv1.ListParkedEventsRequest, _ ...grpc.CallOption) (*eventsv1.ListParkedEventsResponse, error) {
	return l.EventFeedServiceServer.ListParkedEvents(ctx, r)
}

func (l local) ReleaseParkedEvents(ctx context.Context, r *eventsv1.ReleaseParkedEventsRequest, _ ...grpc.CallOption) (*eventsv1.ReleaseParkedEventsResponse, error) {
	return l.EventFeedServiceServer.ReleaseParkedEvents(ctx, r)
}

// messages returns the events of the service's stream.
func (s *service) messages() []events.Event {
	s.world.t.Helper()
	var all []events.Event
	for part := range int32(events.Parts) {
		res, err := s.bus.Feed().ReadEvents(context.Background(), &eventsv1.ReadEventsRequest{Part: part, FromSeq: 1, Limit: 1000})
		if err != nil {
			s.world.t.Fatal(err)
		}
		for _, e := range res.GetEvents() {
			all = append(all, events.Event{
				Producer: s.name, Incarnation: res.GetIncarnation(), Part: int(part), Seq: e.GetSeq(), ID: e.GetEventId(), Tenant: e.GetTenant(),
				AggregateID: e.GetAggregateId(), Version: e.GetVersion(), Type: e.GetType(), Payload: e.GetPayload(), Actor: e.GetActor(),
				OccurTime: e.GetOccurTime().AsTime(), RecordTime: e.GetRecordTime().AsTime(), After: e.GetAfter(),
			})
		}
	}
	return all
}
