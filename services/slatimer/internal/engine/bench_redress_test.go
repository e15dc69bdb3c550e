package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"redress.dev/pkg/events"
	"redress.dev/pkg/postgres"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

// redress is the engine, with the server's real firing, on a database of its own.
type redress struct {
	*rig
	tally

	b      *testing.B
	engine *replica
	events int // that are to be in the outbox
}

func newRedress(b *testing.B, h host) *redress {
	b.Helper()
	pool, err := postgres.Open(b.Context(), h.database(b, "redress"), "slatimer")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(pool.Close)
	if err := postgres.Migrate(b.Context(), pool, "slatimer", events.Migrations, store.Migrations); err != nil {
		b.Fatal(err)
	}
	r := &redress{rig: newRealRig(b, pool), b: b}
	r.note = func(timers []domain.Timer) {
		now := time.Now()
		for _, t := range timers {
			r.add(t.ClockID, t.FireTime, now)
		}
	}
	return r
}

func (r *redress) name() string { return "redress" }

// lead is how long before its time a timer is armed at the latest.
func (r *redress) lead() time.Duration { return 2 * time.Second }

// load arms n timers in the days after the next month, by one statement for each table.
func (r *redress) load(n int) {
	r.b.Helper()
	const clocks = `
		INSERT INTO clock (tenant, complaint_id, clock_id, policy, round, start_event_id, trigger_time, count_time, start_time, due_time, soft,
			internal, provisional, edition, state, next_time)
		SELECT 'default', gen_random_uuid(), gen_random_uuid(), 'answer', 1, gen_random_uuid(), now(), now(), now(), due, false, false, false, 'e', 1, due
		FROM (SELECT now() + interval '30 days' + g * interval '100 ms' AS due FROM generate_series(1, $1::int) g) d`
	const files = `
		INSERT INTO clock_file (tenant, complaint_id, edition, facts, event_version)
		SELECT tenant, complaint_id, 'e', '{}', 1 FROM clock ON CONFLICT DO NOTHING`
	const timers = `
		INSERT INTO timer_armed (fire_time, shard, clock_id, tenant, complaint_id)
		SELECT next_time, get_byte(uuid_send(complaint_id), 15) % 16, clock_id, tenant, complaint_id FROM clock WHERE state = 1
		ON CONFLICT DO NOTHING`
	bulk(r.b, r.pool, clocks, n)
	bulk(r.b, r.pool, files)
	bulk(r.b, r.pool, timers)
	r.rest()
}

// rest checks that every timer has fired once and none early, and does what would else go on during the next measurement.
func (r *redress) rest() {
	r.b.Helper()
	if n := r.number(`SELECT count(*) FROM outbox_pending`); n != r.events {
		r.b.Errorf("%d events, want %d", n, r.events)
	}
	if n := r.number(`SELECT count(*) FROM outbox_pending WHERE record_time < occur_time`); n != 0 {
		r.b.Errorf("%d timers fired early", n)
	}
	r.events = 0
	bulk(r.b, r.pool, `TRUNCATE outbox_pending`)
	bulk(r.b, r.pool, `VACUUM (ANALYZE) clock, clock_file, timer_armed`)
	bulk(r.b, r.pool, `CHECKPOINT`)
}

// bulk runs a statement that may take long.
func bulk(b *testing.B, pool *pgxpool.Pool, q string, args ...any) {
	b.Helper()
	conn, err := pool.Acquire(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(b.Context(), `SET statement_timeout = 0`); err != nil {
		b.Fatal(err)
	}
	if _, err := conn.Exec(b.Context(), q, args...); err != nil {
		b.Fatal(err)
	}
}

// start runs the engine, and returns once it owns all shards.
func (r *redress) start() {
	r.engine = r.rig.start()
	r.awaitOwners(1)
}

func (r *redress) stop() { r.engine.stop() }

func (r *redress) expect(n int) {
	r.tally.expect(n)
	r.events += n
}

// armAll arms timers as the fold does: file, clock and timer in one transaction for each batch, and tells the engine.
func (r *redress) armAll(dues []time.Time) {
	r.b.Helper()
	r.inBatches(dues, func(ctx context.Context, files []domain.File) error {
		if err := save(ctx, r.pool, files); err != nil {
			return err
		}
		if r.engine != nil {
			r.engine.Armed(armed(files))
		}
		return nil
	})
}

// armOnly arms the timers of clocks alone.
func (r *redress) armOnly(dues []time.Time) {
	r.b.Helper()
	r.inBatches(dues, func(ctx context.Context, files []domain.File) error {
		return pgx.BeginFunc(ctx, r.pool, func(tx pgx.Tx) error {
			return store.Save(ctx, tx, nil, []domain.Change{{Armed: armed(files)}})
		})
	})
}

// inBatches makes files with clocks and hands them to armers workers, armBatch at a time.
func (r *redress) inBatches(dues []time.Time, keep func(context.Context, []domain.File) error) {
	r.b.Helper()
	batches := make(chan []domain.File)
	g, ctx := errgroup.WithContext(r.b.Context())
	for range armers {
		g.Go(func() error {
			for files := range batches {
				if err := keep(ctx, files); err != nil {
					return err
				}
			}
			return nil
		})
	}
	g.Go(func() error {
		defer close(batches)
		return inBatches(ctx, dues, func(b []time.Time) { batches <- r.files(b) })
	})
	if err := g.Wait(); err != nil {
		r.b.Fatal(err)
	}
}

// inBatches calls f with armBatch dues at a time.
func inBatches(ctx context.Context, dues []time.Time, f func([]time.Time)) error {
	for len(dues) > 0 && ctx.Err() == nil {
		n := min(armBatch, len(dues))
		f(dues[:n])
		dues = dues[n:]
	}
	return nil
}
