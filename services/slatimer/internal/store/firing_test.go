package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/pgtest"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

// A firing that was decided ahead does everything when all is as it was read, and otherwise nothing.
func TestAFiringOfWhatHasChangedDoesNothing(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change string // of one of the two complaints, after it was read; $1 is its id
		fires  bool
	}{
		{"as it was", `SELECT $1::text`, true},
		{"another event", `UPDATE clock_file SET event_version = event_version + 1 WHERE complaint_id::text = $1`, false},
		{"another clock", `UPDATE clock SET warned = 1 WHERE complaint_id::text = $1`, false},
		{"no timer", `DELETE FROM timer_armed WHERE complaint_id::text = $1`, false},
		{"a timer of another time", `UPDATE timer_armed SET fire_time = fire_time + interval '1 s' WHERE complaint_id::text = $1`, false},
		{"no file", `DELETE FROM clock_file WHERE complaint_id::text = $1`, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t, "slatimer", store.Migrations)
			one, two := full(3), full(3)
			save(t, pool, one, two)
			firing := firingPool(t, pool)
			firings := firingsOf(t, firing, one, two)
			if _, err := pool.Exec(t.Context(), tt.change, one.ComplaintID); err != nil {
				t.Fatal(err)
			}
			also := false
			err := store.SaveFirings(t.Context(), firing, firings, func(*pgx.Batch) { also = true })
			if (err == nil) != tt.fires || (err != nil && !errors.Is(err, store.ErrChanged)) || !also {
				t.Fatalf("SaveFirings = %v", err)
			}
			const q = `
				SELECT (SELECT count(*) FROM clock WHERE complaint_id::text = $1 AND warned = 7)
					+ (SELECT count(*) FROM clock_file WHERE complaint_id::text = $1 AND event_version = 4)
					+ (SELECT count(*) FROM timer_armed WHERE complaint_id::text = $1 AND fire_time = $2)`
			want := 0
			if tt.fires {
				want = 3
			}
			var done int
			if err := pool.QueryRow(t.Context(), q, two.ComplaintID, two.Clocks[0].WarnTimes[1]).Scan(&done); err != nil || done != want {
				t.Errorf("of the other complaint, clock, file and timer are changed %d times (%v), want %d", done, err, want)
			}
		})
	}
}

// It waits for nobody: what somebody is working on counts as changed.
func TestAFiringDoesNotWaitForWhoHasTheComplaint(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "slatimer", store.Migrations)
	f := full(3)
	save(t, pool, f)
	firing := firingPool(t, pool)
	firings := firingsOf(t, firing, f)
	inTx(t, pool, func(tx pgx.Tx) error {
		if _, err := store.LockFiles(t.Context(), tx, []domain.Key{f.Key}); err != nil {
			return err
		}
		if err := store.SaveFirings(t.Context(), firing, firings, func(*pgx.Batch) {}); !errors.Is(err, store.ErrChanged) {
			t.Errorf("SaveFirings = %v of a complaint that is locked", err)
		}
		return nil
	})
	if err := store.SaveFirings(t.Context(), firing, firings, func(*pgx.Batch) {}); err != nil {
		t.Errorf("SaveFirings = %v once it is free", err)
	}
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

// firingsOf returns the first firing of each file, as it is read from Postgres: the second warning comes for the first time.
func firingsOf(t *testing.T, pool *pgxpool.Pool, files ...domain.File) []*store.Firing {
	t.Helper()
	var timers []domain.Timer
	for _, f := range files {
		timers = append(timers, domain.Diff(domain.File{}, f).Armed...)
	}
	moved := timers[0]
	moved.ClockID, moved.FireTime = files[0].Clocks[0].ID, moved.FireTime.Add(time.Hour)
	if known, err := store.Standings(t.Context(), pool, []domain.Timer{moved}); len(known) != 0 || err != nil {
		t.Fatalf("a timer that is not armed has standings %v, %v", known, err)
	}
	known, err := store.Standings(t.Context(), pool, timers)
	if err != nil {
		t.Fatal(err)
	}
	var firings []*store.Firing
	for _, timer := range timers {
		was := known[timer.ClockID]
		after := was.File
		after.EventVersion++
		after.Clocks = []domain.Clock{was.Clocks[0]}
		after.Clocks[0].Warned |= 2
		after.Clocks[0].NextTime = after.Clocks[0].WarnTimes[1]
		f := was.Firing(after)
		firings = append(firings, &f)
	}
	return firings
}
