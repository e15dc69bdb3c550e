package engine_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/slatimer/internal/domain"
)

// killer ends a context at its n-th step: before or after a statement, BEGIN and COMMIT among them.
type killer struct {
	left int
	kill context.CancelFunc
}

func (k *killer) step() {
	if k.left--; k.left == 0 {
		k.kill()
	}
}

func (k *killer) TraceQueryStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceQueryStartData) context.Context {
	k.step()
	return ctx
}
func (k *killer) TraceQueryEnd(context.Context, *pgx.Conn, pgx.TraceQueryEndData) { k.step() }
func (k *killer) TraceBatchStart(ctx context.Context, _ *pgx.Conn, _ pgx.TraceBatchStartData) context.Context {
	k.step()
	return ctx
}
func (k *killer) TraceBatchQuery(context.Context, *pgx.Conn, pgx.TraceBatchQueryData) { k.step() }
func (k *killer) TraceBatchEnd(context.Context, *pgx.Conn, pgx.TraceBatchEndData)     { k.step() }

// fireKilled fires timers, prepared or not, and is killed at the n-th step. It reports whether there was one.
func (r *rig) fireKilled(n int, timers []domain.Timer, prepared bool) bool {
	r.t.Helper()
	ctx, cancel := context.WithCancel(r.t.Context())
	defer cancel()
	k := &killer{left: -1, kill: cancel}
	cfg := r.pool.Config()
	cfg.ConnConfig.Tracer, cfg.MaxConns, cfg.MinConns = k, 1, 0
	pool, err := pgxpool.NewWithConfig(r.t.Context(), cfg)
	if err != nil {
		r.t.Fatal(err)
	}
	defer pool.Close()
	srv := r.server(pool)
	if prepared {
		if err := srv.Prepare(ctx, timers); err != nil {
			r.t.Fatal(err)
		}
	}
	k.left = n
	_, _, err = srv.Fire(ctx, timers, r.clock.Now())
	if killed := k.left <= 0; !killed && err != nil {
		r.t.Fatal(err)
	}
	return k.left <= 0
}

// Wherever a firing is cut off, between any two steps and before or after its commit, the next one makes it whole: one that was decided ahead,
// one that is decided then, and one under locks, as of a complaint with two timers.
func TestKilledBetweenAnyTwoSteps(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		clocks   int // of each complaint
		prepared bool
		steps    int // at least
	}{{"prepared", 1, true, 4}, {"not prepared", 1, false, 6}, {"under locks", 2, false, 12}} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t)
			n := 1
			for ; ; n++ {
				timers := armed(r.armTogether(tt.clocks, r.clock.Now(), r.clock.Now(), r.clock.Now()))
				if !r.fireKilled(n, timers, tt.prepared) {
					break
				}
				r.fireAll(timers)
				r.check()
				if t.Failed() {
					t.Fatalf("killed at step %d", n)
				}
			}
			if n-1 < tt.steps {
				t.Errorf("a firing has %d steps: the kills missed some", n-1)
			}
		})
	}
}

// fireAll fires timers until none is armed. It may take a moment: Postgres must notice that the killed one's connection is gone, and
// holds its locks until then.
func (r *rig) fireAll(timers []domain.Timer) {
	r.t.Helper()
	limit, srv := time.Now().Add(10*time.Second), r.server(r.pool)
	for r.number(`SELECT count(*) FROM timer_armed`) > 0 {
		if _, _, err := srv.Fire(r.t.Context(), timers, r.clock.Now()); err != nil {
			r.t.Fatal(err)
		}
		if time.Now().After(limit) {
			r.t.Fatal("timers stay armed after a kill")
		}
	}
}

// Seeded lives of two engines: clocks are armed and cancelled, time passes, engines are killed and started, firings are cut off.
func TestSimulation(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			simulate(newRig(t), rand.New(rand.NewPCG(seed, 3)))
		})
	}
}

func simulate(r *rig, random *rand.Rand) {
	var files []domain.File
	var engines []*replica
	within := func(d time.Duration) time.Duration {
		return time.Duration(random.Int64N(int64(d))).Truncate(time.Microsecond)
	}
	for range 60 {
		switch random.IntN(7) {
		case 0, 1: // some in the past, some far beyond the horizon
			var dues []time.Time
			for range random.IntN(80) {
				dues = append(dues, r.clock.Now().Add(within(20*time.Minute)-time.Minute))
			}
			files = append(files, r.armTogether(1+random.IntN(2), dues...)...)
		case 2:
			for range min(len(files), 10) {
				r.cancel(files[random.IntN(len(files))])
			}
		case 3, 4:
			r.clock.Advance(within(7 * time.Minute))
		case 5:
			if len(engines) < 2 {
				engines = append(engines, r.start())
			} else {
				engines[0].kill()
				engines = engines[1:]
			}
		case 6:
			r.fireKilled(1+random.IntN(16), armed(files), random.IntN(2) == 0)
		}
	}
	r.start()
	r.clock.Advance(time.Hour)
	r.awaitNoneDue()
	r.check()
	if n := r.number(`SELECT count(*) FROM timer_armed`); n != 0 {
		r.t.Errorf("%d timers are left", n)
	}
}
