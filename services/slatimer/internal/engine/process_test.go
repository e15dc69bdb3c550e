package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/events"
	"redress.dev/pkg/postgres"
	"redress.dev/services/slatimer/internal/store"
)

// Where this is set, the test binary is a replica of the engine on that database, and nothing else, until it is killed.
const envReplica = "ENGINE_TEST_REPLICA"

func TestMain(m *testing.M) {
	if dsn := os.Getenv(envReplica); dsn != "" {
		fmt.Fprintln(os.Stderr, replicaProcess(context.Background(), dsn))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// replicaProcess runs an engine by the machine's clock.
func replicaProcess(ctx context.Context, dsn string) error {
	pool, err := postgres.Open(ctx, dsn, "slatimer")
	if err != nil {
		return err
	}
	defer pool.Close()
	firing, err := store.FiringPool(ctx, pool)
	if err != nil {
		return err
	}
	defer firing.Close()
	srv := serverOn(pool, firing, clock.System{})
	keeper, e := wire(pool, clock.System{}, slog.New(slog.NewTextHandler(os.Stderr, nil)), srv.Prepare, srv.Fire)
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return keeper.Run(ctx) })
	g.Go(func() error { return e.Run(ctx) })
	return g.Wait()
}

// process starts a replica in a process of its own, which ends with the test, and waits until it holds every shard.
func (r *rig) process() *os.Process {
	r.t.Helper()
	self, err := os.Executable()
	if err != nil {
		r.t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), envReplica+"="+r.pool.Config().ConnString())
	if os.Getenv("ENGINE_TEST_LOG") != "" {
		cmd.Stderr = os.Stderr
	}
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // killed, so it always reports an error
	})
	r.awaitOwners(1)
	return cmd.Process
}

// awaitOwners waits until every shard has an owner and there are n of them.
func (r *rig) awaitOwners(n int) {
	r.t.Helper()
	const q = `
		SELECT CASE WHEN count(*) = $1 THEN count(DISTINCT owner) ELSE 0 END
		FROM lease WHERE kind = 'timer' AND until > statement_timestamp() AND owner <> ''`
	limit := time.Now().Add(20 * time.Second)
	for r.number(q, events.Parts) != n {
		if time.Now().After(limit) {
			r.t.Fatalf("not %d owners of all shards", n)
		}
	}
}

func send(t testing.TB, p *os.Process, sig syscall.Signal) {
	t.Helper()
	if err := p.Signal(sig); err != nil {
		t.Fatal(err)
	}
}
