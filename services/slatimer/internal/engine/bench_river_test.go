package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"golang.org/x/sync/errgroup"
)

// rivers is River's scheduled jobs, on a database of its own.
type rivers struct {
	tally

	b      *testing.B
	label  string
	tune   func(*river.Config)
	pool   *pgxpool.Pool
	client *river.Client[pgx.Tx]
}

// wake is the job: what wakes, as one of our timers says it. It notes in memory that it ran, and when: it writes no event, and its
// lag ends before River's own commit.
type wake struct {
	Tenant      string `json:"tenant"`
	ComplaintID string `json:"complaint_id"`
	ClockID     string `json:"clock_id"`
}

func (wake) Kind() string { return "wake" }

type waker struct {
	river.WorkerDefaults[wake]

	r *rivers
}

// Work implements river.Worker.
func (w *waker) Work(_ context.Context, job *river.Job[wake]) error {
	w.r.add(fmt.Sprint(job.ID), job.ScheduledAt, time.Now())
	return nil
}

func riverPool(b *testing.B, h host) *pgxpool.Pool {
	b.Helper()
	cfg, err := pgxpool.ParseConfig(h.database(b, "river"))
	if err != nil {
		b.Fatal(err)
	}
	cfg.MaxConns = 20
	pool, err := pgxpool.NewWithConfig(b.Context(), cfg)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	m, err := rivermigrate.New(riverpgxv5.New(pool), nil)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := m.Migrate(b.Context(), rivermigrate.DirectionUp, nil); err != nil {
		b.Fatal(err)
	}
	return pool
}

// newRivers returns River with its defaults, but for what tune changes.
func newRivers(b *testing.B, pool *pgxpool.Pool, label string, tune func(*river.Config)) *rivers {
	b.Helper()
	return &rivers{b: b, label: label, tune: tune, pool: pool}
}

func (r *rivers) name() string { return r.label }

// lead is longer than the five seconds between two runs of the scheduler, so that it moves every job before its time.
func (r *rivers) lead() time.Duration { return 7 * time.Second }

func (r *rivers) load(n int) {
	r.b.Helper()
	const q = `
		INSERT INTO river_job (state, max_attempts, scheduled_at, args, kind)
		SELECT 'scheduled', 25, now() + interval '30 days' + g * interval '100 ms',
			jsonb_build_object('tenant', 'default', 'complaint_id', gen_random_uuid(), 'clock_id', gen_random_uuid()), 'wake'
		FROM generate_series(1, $1::int) g`
	bulk(r.b, r.pool, q, n)
	r.rest()
}

func (r *rivers) rest() {
	bulk(r.b, r.pool, `VACUUM (ANALYZE) river_job`)
	bulk(r.b, r.pool, `CHECKPOINT`)
}

func (r *rivers) start() {
	r.b.Helper()
	workers := river.NewWorkers()
	river.AddWorker(workers, &waker{r: r})
	cfg := &river.Config{
		Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 100}}, Workers: workers, Logger: slog.New(slog.DiscardHandler),
	}
	r.tune(cfg)
	client, err := river.NewClient(riverpgxv5.New(r.pool), cfg)
	if err != nil {
		r.b.Fatal(err)
	}
	if err := client.Start(r.b.Context()); err != nil {
		r.b.Fatal(err)
	}
	r.client = client
}

func (r *rivers) stop() {
	if err := r.client.Stop(context.WithoutCancel(r.b.Context())); err != nil {
		r.b.Error(err)
	}
}

func (r *rivers) armOnly(dues []time.Time) { r.armAll(dues) }

func (r *rivers) armAll(dues []time.Time) {
	r.b.Helper()
	client := r.client
	if client == nil { // one that only inserts
		var err error
		if client, err = river.NewClient(riverpgxv5.New(r.pool), &river.Config{Logger: slog.New(slog.DiscardHandler)}); err != nil {
			r.b.Fatal(err)
		}
	}
	batches := make(chan []river.InsertManyParams)
	g, ctx := errgroup.WithContext(r.b.Context())
	for range armers {
		g.Go(func() error {
			for jobs := range batches {
				if _, err := client.InsertMany(ctx, jobs); err != nil {
					return err
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		defer close(batches)
		return inBatches(ctx, dues, func(dues []time.Time) {
			jobs := make([]river.InsertManyParams, len(dues))
			for i, due := range dues {
				jobs[i] = river.InsertManyParams{Args: wake{"default", newID(), newID()}, InsertOpts: &river.InsertOpts{ScheduledAt: due}}
			}
			batches <- jobs
		})
	})
	if err := g.Wait(); err != nil {
		r.b.Fatal(err)
	}
}
