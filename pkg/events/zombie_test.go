package events_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/events"
	"redress.dev/pkg/postgres"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

// Where these are set, the test binary is a replica of routing, and nothing else, until it is killed.
const (
	envRouting = "EVENTS_TEST_ROUTING"
	envIntake  = "EVENTS_TEST_INTAKE"
	envNATS    = "EVENTS_TEST_NATS"
)

func TestMain(m *testing.M) {
	if os.Getenv(envRouting) == "" {
		os.Exit(m.Run())
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	if err := replica(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// replica runs routing in this process until ctx ends.
func replica(ctx context.Context) error {
	routing, err := postgres.Open(ctx, os.Getenv(envRouting), "routing")
	if err != nil {
		return err
	}
	defer routing.Close()
	intake, err := postgres.Open(ctx, os.Getenv(envIntake), "intake")
	if err != nil {
		return err
	}
	defer intake.Close()
	conn, err := nats.Connect(os.Getenv(envNATS))
	if err != nil {
		return err
	}
	defer conn.Close()
	config := func(name string, pool *pgxpool.Pool) events.Config {
		return events.Config{Service: name, Pool: pool, NATS: conn, Log: slog.New(slog.NewTextHandler(os.Stderr, nil)), Now: time.Now}
	}
	feed := local{events.NewBus(config("intake", intake)).Feed()}
	cfg := config("routing", routing)
	cfg.Feed = func(string) eventsv1.EventFeedServiceClient { return feed }
	bus := events.NewBus(cfg)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return bus.Relay(ctx) })
	g.Go(func() error {
		return bus.Consume(ctx, events.Subscription{Producers: map[string][]string{"intake": nil}, Fold: recordAndAnswer})
	})
	return g.Wait()
}

// recordAndAnswer writes down what it sees and emits one event for each.
func recordAndAnswer(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
	if err := record(ctx, tx, batch); err != nil {
		return err
	}
	return answer(ctx, tx, batch)
}

// A process that is stopped with everything in its hands, loses its leases, and goes on as if nothing had happened, must not
// apply, sequence or publish anything twice or out of order.
func TestOwnerThatWakesUpAfterItsLeaseWasTakenDoesNoHarm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "intake", "routing", "reporting")
	intake, routing, reporting := w.services["intake"], w.services["routing"], w.services["reporting"]
	intake.relay()
	reporting.consume(record, "intake", "routing")
	zombie := startReplica(t, w)
	total := 0
	emit := func(n int) { intake.emit(n); total += n }

	emit(100)
	routing.awaitApplied("intake", total)
	for round := range 3 {
		emit(300)
		at := total - 250 + 40*round // in the middle of its work
		await(t, func() bool { return routing.applied("intake") >= at }, func() string { return "the replica does not get on" })
		signalProcess(t, zombie, syscall.SIGSTOP)
		stop := run(t, routing.bus.Relay, func(ctx context.Context) error {
			return routing.bus.Consume(ctx, events.Subscription{Producers: map[string][]string{"intake": nil}, Fold: recordAndAnswer})
		})
		emit(100)
		routing.awaitApplied("intake", total)
		signalProcess(t, zombie, syscall.SIGCONT)
		emit(300)
		routing.awaitApplied("intake", total)
		stop()
		emit(50)
		routing.awaitApplied("intake", total)
	}
	reporting.awaitApplied("intake", total)
	reporting.awaitApplied("routing", total)
	routing.checkDense(total)
}

// startReplica starts a replica of routing in a process of its own, which ends with the test.
func startReplica(t *testing.T, w *world) *os.Process {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dsn := func(name string) string { return w.services[name].pool.Config().ConnString() }
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), envRouting+"="+dsn("routing"), envIntake+"="+dsn("intake"), envNATS+"="+w.nats.URL())
	if os.Getenv("EVENTS_TEST_LOG") != "" {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, so it always reports an error
	})
	return cmd.Process
}

func signalProcess(t *testing.T, p *os.Process, sig syscall.Signal) {
	t.Helper()
	if err := p.Signal(sig); err != nil {
		t.Fatal(err)
	}
}
