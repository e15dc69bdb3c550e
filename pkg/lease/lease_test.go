package lease_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/events"
	"redress.dev/pkg/lease"
	"redress.dev/pkg/pgtest"
)

const shards = 16

func TestOneHolderTakesAllAndTwoShare(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "intake", events.Migrations)
	a := start(t, pool, "a")
	await(t, a, shards)
	b := start(t, pool, "b")
	await(t, a.Keeper, shards/2)
	await(t, b.Keeper, shards/2)
	for shard := range a.Held() {
		if b.Holds(shard) {
			t.Errorf("shard %d is held twice", shard)
		}
	}
	b.stop()
	await(t, a, shards)
}

func TestEpochRisesWithEveryHolder(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "intake", events.Migrations)
	a := start(t, pool, "a")
	await(t, a, shards)
	before := a.Held()
	a.stop()
	b := start(t, pool, "b")
	await(t, b, shards)
	for shard, epoch := range b.Held() {
		if epoch <= before[shard] {
			t.Errorf("shard %d: epoch %d after %d", shard, epoch, before[shard])
		}
	}
}

// A holder whose database does not answer must stop by its own clock, before another can take over.
func TestHolderWithoutDatabaseLetsGo(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "intake", events.Migrations)
	own, err := pgxpool.NewWithConfig(t.Context(), pool.Config())
	if err != nil {
		t.Fatal(err)
	}
	a := start(t, own, "a")
	await(t, a, shards)
	own.Close()
	await(t, a, 0)
	b := start(t, pool, "b")
	await(t, b, shards)
}

type running struct {
	*lease.Keeper
	stop func()
}

// start runs a keeper until stop or the end of the test.
func start(t *testing.T, pool *pgxpool.Pool, owner string) running {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	k := lease.New(lease.Config{Pool: pool, Kind: "test", Shards: shards, Owner: owner, Log: slog.New(slog.DiscardHandler)})
	done := make(chan error, 1)
	go func() { done <- k.Run(ctx); close(done) }()
	stop := func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("keeper %s: %v", owner, err)
		}
	}
	t.Cleanup(stop)
	return running{k, stop}
}

// await waits until k holds n shards.
func await(t *testing.T, k interface {
	Held() map[int]int64
	Changed() <-chan struct{}
}, n int) {
	t.Helper()
	limit := time.After(20 * time.Second)
	for len(k.Held()) != n {
		select {
		case <-k.Changed():
		case <-limit:
			t.Fatalf("%d shards held, want %d", len(k.Held()), n)
		}
	}
}
