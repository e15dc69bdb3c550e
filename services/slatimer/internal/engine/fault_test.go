package engine_test

import (
	"context"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/clock"
	"redress.dev/pkg/events"
	"redress.dev/pkg/pgserver"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	"redress.dev/services/slatimer/internal/store"
)

// breaches counts the timers that fired.
const breaches = `SELECT count(*) FROM outbox_pending`

// awaitCount waits until a query counts at least n. A database that is away comes back.
func (r *rig) awaitCount(n int, q string, args ...any) {
	r.t.Helper()
	limit := time.Now().Add(30 * time.Second)
	for {
		var got int
		err := r.pool.QueryRow(r.t.Context(), q, args...).Scan(&got)
		if err == nil && got >= n {
			return
		}
		if time.Now().After(limit) {
			r.t.Fatalf("%q counts %d (%v), want %d", q, got, err, n)
		}
	}
}

// armSoon arms n timers, one each five milliseconds from now on.
func (r *rig) armSoon(n int) {
	r.t.Helper()
	first := time.Now().Truncate(time.Microsecond)
	dues := make([]time.Time, n)
	for i := range dues {
		dues[i] = first.Add(time.Duration(i) * 5 * time.Millisecond)
	}
	r.arm(dues...)
}

// An owner in a process of its own is killed while it fires: the other replica fires what it left, soon and once.
func TestOwnerIsKilled(t *testing.T) {
	t.Parallel()
	r := newRealRig(t, pgtest.New(t, "slatimer", events.Migrations, store.Migrations))
	owner := r.process()
	r.start()
	r.awaitOwners(2)
	r.armSoon(400)
	r.awaitCount(100, breaches)
	send(t, owner, syscall.SIGKILL)
	r.awaitCount(400, breaches)
	r.check()
}

// An owner is stopped while it fires, and goes on after the other replica has done its work: it does none of it again.
func TestOwnerIsStoppedAndWakesUp(t *testing.T) {
	t.Parallel()
	r := newRealRig(t, pgtest.New(t, "slatimer", events.Migrations, store.Migrations))
	owner := r.process()
	r.start()
	r.awaitOwners(2)
	for round := range 3 {
		before := 300 * round
		r.armSoon(300)
		r.awaitCount(before+60+20*round, breaches)
		send(t, owner, syscall.SIGSTOP)
		// All but what it has locked, should it stand in the middle of a transaction.
		const locked = `
			SELECT count(*) FROM (SELECT FROM outbox_pending UNION ALL SELECT FROM timer_armed WHERE complaint_id NOT IN
				(SELECT complaint_id FROM clock_file FOR UPDATE SKIP LOCKED)) done`
		r.awaitCount(before+300, locked)
		send(t, owner, syscall.SIGCONT)
		r.awaitCount(before+300, breaches)
		r.awaitOwners(2)
	}
	r.check()
}

// Postgres breaks down while timers fire, as when it is stopped in its immediate mode, and recovers from its log.
func TestPostgresBreaksDown(t *testing.T) {
	t.Parallel()
	s, err := pgserver.Start(t.Context(), pgserver.Config{Dir: t.TempDir(), Durable: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	pool, err := postgres.Open(t.Context(), s.DSN(), "slatimer")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	if err := postgres.Migrate(t.Context(), pool, "slatimer", events.Migrations, store.Migrations); err != nil {
		t.Fatal(err)
	}
	r := newRealRig(t, pool)
	r.start()
	r.start()
	r.awaitOwners(2)
	r.armSoon(300)
	for round := range 2 {
		r.awaitCount(60+100*round, breaches)
		breakDown(t, s.DSN())
	}
	r.awaitCount(300, breaches)
	pool.Reset() // some of its connections may be dead, and nobody has seen it yet
	r.check()
}

// breakDown makes a server end all its processes at once and recover, which it does when one of them is killed.
// It returns when the server has begun to.
func breakDown(t *testing.T, dsn string) {
	t.Helper()
	victim, witness := connect(t, dsn), connect(t, dsn)
	if err := syscall.Kill(int(victim.PgConn().PID()), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if _, err := witness.Exec(t.Context(), "SELECT pg_sleep(60)"); err == nil {
		t.Fatal("the server did not break down")
	}
}

// connect returns a connection to a server that may be recovering.
func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	limit := time.Now().Add(30 * time.Second)
	for {
		conn, err := pgx.Connect(t.Context(), dsn)
		if err == nil {
			return conn
		}
		if time.Now().After(limit) {
			t.Fatal(err)
		}
	}
}

// setBack is a business clock that can be set back.
type setBack struct {
	*clock.Manual

	by atomic.Int64
}

func (c *setBack) Now() time.Time { return c.Manual.Now().Add(-time.Duration(c.by.Load())) }
func (c *setBack) WaitUntil(ctx context.Context, t time.Time) error {
	return c.Manual.WaitUntil(ctx, t.Add(time.Duration(c.by.Load())))
}

// The business clock is set back: what has fired stays so, and nothing else comes before its time by the clock as it is.
func TestClockIsSetBack(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	c := &setBack{Manual: r.clock}
	r.time = c
	var dues []time.Time
	for i := range 120 {
		dues = append(dues, begin.Add(time.Duration(i)*time.Minute))
	}
	r.arm(dues...)
	r.start()
	r.start()
	c.Advance(59 * time.Minute)
	r.awaitNoneDue()
	c.by.Store(int64(40 * time.Minute)) // it is 19 minutes past
	again := r.arm(dues[15:30]...)      // some in the past, some not
	r.awaitNoneDue()
	if n := r.number(breaches); n != 60+5 {
		t.Errorf("%d have fired, want the 60 of before and the 5 that were armed in the past", n)
	}
	for range 12 {
		c.Advance(13 * time.Minute)
		r.awaitNoneDue()
	}
	r.check()
	if n := r.number(breaches); n != len(dues)+len(again) {
		t.Errorf("%d have fired, want all %d", n, len(dues)+len(again))
	}
}

// Timers that are armed for a time long past fire at once, whether or not anybody tells of them.
func TestTimersArmedInThePast(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	e := r.start()
	r.start()
	for i := range 6 {
		files := r.arm(begin.Add(-time.Hour), begin.Add(-time.Millisecond), begin)
		if i%2 == 0 {
			e.Armed(armed(files))
		}
		r.awaitNoneDue()
	}
	r.check()
}
