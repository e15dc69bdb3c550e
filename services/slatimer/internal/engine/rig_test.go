package engine_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/events"
	"redress.dev/pkg/lease"
	"redress.dev/pkg/pgtest"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/engine"
	"redress.dev/services/slatimer/internal/server"
	"redress.dev/services/slatimer/internal/store"
)

// begin has just passed when the clock of every test starts: a timer fires when its moment has passed.
var begin = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// rig is a database and a clock on which engines run.
type rig struct {
	t     testing.TB
	pool  *pgxpool.Pool
	clock *clock.Manual // nil where the machine's clock counts
	time  clock.Clock
	fired chan struct{} // receives after engines have fired; several firings perhaps as one
	count int           // clocks so far
	// note, where it is set, is told of every firing that took something away.
	note func(timers []domain.Timer)
}

func newRig(t testing.TB) *rig {
	t.Helper()
	manual := clock.NewManual(begin.Add(time.Microsecond))
	return &rig{t: t, pool: pgtest.New(t, "slatimer", events.Migrations, store.Migrations), clock: manual, time: manual, fired: make(chan struct{}, 1)}
}

// newRealRig is a rig on the machine's clock, which processes share.
func newRealRig(t testing.TB, pool *pgxpool.Pool) *rig {
	return &rig{t: t, pool: pool, time: clock.System{}, fired: make(chan struct{}, 1)}
}

// replica is one running engine.
type replica struct {
	*engine.Engine
	kill func() // ends the engine at once; its leases live on, as a stopped process's do
	stop func() // ends the engine and gives back its leases
}

// start runs an engine, with a lease keeper that lives as long as the test.
func (r *rig) start(options ...func(*engine.Engine)) *replica {
	r.t.Helper()
	srv := r.server(r.pool)
	keeper, e := wire(r.pool, r.time, slog.New(slog.DiscardHandler), srv.Prepare,
		func(ctx context.Context, timers []domain.Timer, until time.Time) (int, []domain.Timer, error) {
			n, next, err := srv.Fire(ctx, timers, until)
			if n > 0 && r.note != nil {
				r.note(timers)
			}
			select {
			case r.fired <- struct{}{}:
			default: // a signal waits there already
			}
			return n, next, err
		})
	for _, option := range options {
		option(e)
	}
	leave, kill := r.run(keeper.Run), r.run(e.Run)
	return &replica{e, kill, func() { kill(); leave() }}
}

// wire puts an engine and the keeper of its shards together, as the service does.
func wire(pool *pgxpool.Pool, c clock.Clock, log *slog.Logger, prepare func(context.Context, []domain.Timer) error, fire fireFunc) (*lease.Keeper, *engine.Engine) {
	keeper := lease.New(lease.Config{Pool: pool, Kind: "timer", Shards: events.Parts, Owner: uuid.NewString(), Log: log})
	return keeper, engine.New(engine.Config{Pool: pool, Clock: c, Shards: keeper, AllShards: events.Parts, Log: log, Prepare: prepare, Fire: fire})
}

type fireFunc = func(context.Context, []domain.Timer, time.Time) (int, []domain.Timer, error)

// run runs f until the returned function is called, or the test ends.
func (r *rig) run(f func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- f(ctx); close(done) }()
	stop = func() {
		cancel()
		if err := <-done; err != nil {
			r.t.Error(err)
		}
	}
	r.t.Cleanup(stop)
	return stop
}

// server returns a server on pool whose connections end with the test.
func (r *rig) server(pool *pgxpool.Pool) *server.Server {
	r.t.Helper()
	firing, err := store.FiringPool(context.Background(), pool)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(firing.Close)
	return serverOn(pool, firing, r.time)
}

func serverOn(pool, firing *pgxpool.Pool, c clock.Clock) *server.Server {
	return server.New(server.Config{
		Pool: pool, Firing: firing, Now: c.Now, NewID: newID, Poke: func() {}, Armed: func([]domain.Timer) {},
	})
}

// newID returns ids like the services': they rise.
func newID() string { return uuid.Must(uuid.NewV7()).String() }

// arm starts a clock for each due time, each of a complaint of its own, and returns the files.
func (r *rig) arm(dues ...time.Time) []domain.File { return r.armTogether(1, dues...) }

// armTogether starts n clocks for each due time, of a complaint of their own.
func (r *rig) armTogether(n int, dues ...time.Time) []domain.File {
	r.t.Helper()
	files := r.files(dues)
	for i := range files {
		for range n - 1 {
			c := files[i].Clocks[0]
			c.ID = newID()
			files[i].Clocks = append(files[i].Clocks, c)
		}
	}
	if err := save(r.t.Context(), r.pool, files); err != nil {
		r.t.Fatal(err)
	}
	return files
}

// files makes what arm keeps.
func (r *rig) files(dues []time.Time) []domain.File {
	files := make([]domain.File, len(dues))
	for i, due := range dues {
		key := domain.Key{Tenant: "default", ComplaintID: newID()}
		r.count++
		files[i] = domain.File{
			Key: key, Shard: events.PartOf(key.ComplaintID), Edition: "e", EventVersion: 1,
			Clocks: []domain.Clock{{
				ID: newID(), Policy: fmt.Sprint("clock-", r.count), Round: 1, StartEventID: newID(),
				TriggerTime: begin, CountTime: begin, StartTime: begin, Terms: domain.Terms{DueTime: due}, State: domain.StateRunning, NextTime: due,
			}},
		}
	}
	return files
}

// save keeps files that are new.
func save(ctx context.Context, pool *pgxpool.Pool, files []domain.File) error {
	changes := make([]domain.Change, len(files))
	for i, f := range files {
		changes[i] = domain.Diff(domain.File{}, f)
	}
	return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error { return store.Save(ctx, tx, files, changes) })
}

// armed returns the timers of files as they stand at the beginning.
func armed(files []domain.File) []domain.Timer {
	var timers []domain.Timer
	for _, f := range files {
		timers = append(timers, domain.Diff(domain.File{}, f).Armed...)
	}
	return timers
}

// cancel ends the clocks of a file, unless they have ended already.
func (r *rig) cancel(f domain.File) {
	r.t.Helper()
	err := pgx.BeginFunc(r.t.Context(), r.pool, func(tx pgx.Tx) error {
		locked, err := store.LockFiles(r.t.Context(), tx, []domain.Key{f.Key})
		if err != nil {
			return err
		}
		before := locked[f.Key]
		before.Shard = f.Shard
		after := before
		after.Clocks = slices.Clone(before.Clocks)
		for i := range after.Clocks {
			if c := &after.Clocks[i]; c.State == domain.StateRunning {
				c.State, c.NextTime, c.EndTime = domain.StateCancelled, time.Time{}, r.time.Now()
			}
		}
		return store.Save(r.t.Context(), tx, []domain.File{after}, []domain.Change{domain.Diff(before, after)})
	})
	if err != nil {
		r.t.Fatal(err)
	}
}

// number returns what a query counts.
func (r *rig) number(q string, args ...any) int {
	r.t.Helper()
	var n int
	if err := r.pool.QueryRow(r.t.Context(), q, args...).Scan(&n); err != nil {
		r.t.Fatal(err)
	}
	return n
}

// awaitNoneDue waits until everything that is due by now has fired.
func (r *rig) awaitNoneDue() {
	r.t.Helper()
	limit := time.After(30 * time.Second)
	for {
		due := r.number(`SELECT count(*) FROM timer_armed WHERE fire_time < $1`, r.time.Now())
		if due == 0 {
			return
		}
		select {
		case <-r.fired:
		case <-limit:
			r.t.Fatalf("%d timers are due and do not fire", due)
		}
	}
}

// check holds what was emitted against the clocks: every clock that is past its due time and was not cancelled has one breach, no other has, and
// none came early.
func (r *rig) check() {
	r.t.Helper()
	if n := r.number(`SELECT count(*) FROM outbox_pending WHERE record_time < occur_time`); n != 0 {
		r.t.Errorf("%d timers fired early", n)
	}
	const again = `
		SELECT count(*) FROM (SELECT aggregate_id, count(*) AS events, count(DISTINCT version) AS versions FROM outbox_pending GROUP BY aggregate_id) e
		JOIN (SELECT complaint_id, count(*) AS clocks FROM clock GROUP BY complaint_id) c ON c.complaint_id::text = e.aggregate_id
		WHERE events > clocks OR versions <> events`
	if n := r.number(again); n != 0 {
		r.t.Errorf("timers of %d complaints fired more than once", n)
	}
	const q = `
		SELECT count(*) FROM (
			SELECT complaint_id, count(*) FILTER (WHERE state = 3) AS breached, bool_or(state = 1 AND due_time < $1) AS missed FROM clock GROUP BY complaint_id
		) c LEFT JOIN (
			SELECT aggregate_id, count(*) AS events FROM outbox_pending GROUP BY aggregate_id
		) e ON complaint_id::text = aggregate_id
		WHERE breached <> coalesce(events, 0) OR missed`
	if n := r.number(q, r.time.Now()); n != 0 {
		r.t.Errorf("the clocks of %d complaints say something else than their events", n)
	}
}
