package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/events"
	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

var begin = time.Date(2026, 3, 2, 1, 0, 0, 0, time.UTC)

// full returns a file that has something in every column.
func full(shard int) domain.File {
	return domain.File{
		Key: domain.Key{Tenant: "default", ComplaintID: uuid.NewString()}, Shard: shard, Edition: "abc", EndTime: begin.Add(time.Hour), EventVersion: 3,
		Facts: procedure.Facts{
			Channel: "web", Flow: "only", Round: 2, Received: begin, Values: map[string]string{"grade": "high"},
			Fields:  map[string]procedure.Value{"cost": procedure.Number(3), "agreed": procedure.Time(begin)},
			Answers: map[string]map[string]procedure.Value{"act": {"ok": procedure.Flag(true), "why": procedure.Code("x")}},
		},
		Contacts: []domain.Contact{{Purpose: "response", Content: []string{"progress"}, Time: begin}},
		Clocks: []domain.Clock{
			{ID: uuid.Must(uuid.NewV7()).String(), Policy: "long", Round: 2, WorkID: "w", StartEventID: uuid.NewString(), TriggerTime: begin,
				CountTime: begin.Add(time.Second), StartTime: begin.Add(time.Minute), Terms: domain.Terms{
					Edition: "abc", Holidays: "cn:2026", LimitCase: 2, DueTime: begin.Add(8 * time.Hour), Provisional: true,
					WarnTimes:     []time.Time{begin.Add(4 * time.Hour), begin.Add(5*time.Hour + time.Microsecond)},
					EscalateTimes: []time.Time{begin.Add(9 * time.Hour)},
					Revisions:     []domain.Revision{{Kind: domain.RevisionPaused, Time: begin, EventID: "e", Actor: "a", DueBefore: begin, DueAfter: begin}},
				},
				Soft: true, Internal: true, State: domain.StateRunning, NextTime: begin.Add(4 * time.Hour), Warned: 5, Escalated: 1 << 29, ExcuseTime: begin},
			{ID: uuid.Must(uuid.NewV7()).String(), Policy: "short", Round: 2, StartEventID: uuid.NewString(), TriggerTime: begin, CountTime: begin, StartTime: begin,
				Terms: domain.Terms{DueTime: begin.Add(time.Hour)}, State: domain.StateBreached, BreachTime: begin.Add(time.Hour)},
		},
	}
}

// inTx runs f in a transaction.
func inTx(t *testing.T, pool *pgxpool.Pool, f func(tx pgx.Tx) error) {
	t.Helper()
	if err := pgx.BeginFunc(t.Context(), pool, f); err != nil {
		t.Fatal(err)
	}
}

// save keeps files that are new.
func save(t *testing.T, pool *pgxpool.Pool, files ...domain.File) {
	t.Helper()
	var changes []domain.Change
	for _, f := range files {
		changes = append(changes, domain.Diff(domain.File{}, f))
	}
	inTx(t, pool, func(tx pgx.Tx) error { return store.Save(t.Context(), tx, files, changes) })
}

// unsharded leaves out the shards of files, which LockFiles does not tell.
var unsharded = cmpopts.IgnoreFields(domain.File{}, "Shard")

func TestFilesComeBackAsTheyWere(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "slatimer", store.Migrations)
	one, two, bare := full(7), full(7), domain.File{Key: domain.Key{Tenant: "default", ComplaintID: uuid.NewString()}, Shard: 7, Edition: "abc"}
	save(t, pool, one, two, bare)
	stranger := domain.Key{Tenant: "other", ComplaintID: one.ComplaintID}
	var got map[domain.Key]domain.File
	inTx(t, pool, func(tx pgx.Tx) (err error) {
		got, err = store.LockFiles(t.Context(), tx, []domain.Key{two.Key, one.Key, bare.Key, stranger})
		return err
	})
	want := map[domain.Key]domain.File{one.Key: one, two.Key: two, bare.Key: bare}
	if diff := cmp.Diff(want, got, unsharded); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// A plan is kept from when the tables were empty: what is there by now is found by its key all the same.
func TestFilesAreFoundByTheirKeys(t *testing.T) {
	t.Parallel()
	const n = 50
	pool := pgtest.New(t, "slatimer", store.Migrations)
	files, changes, keys := make([]domain.File, n), make([]domain.Change, n), make([]domain.Key, n)
	for i := range files {
		files[i] = full(i % events.Parts)
		changes[i], keys[i] = domain.Diff(domain.File{}, files[i]), files[i].Key
	}
	inTx(t, pool, func(tx pgx.Tx) error {
		pgtest.KeepPlans(t, tx)
		lock := func() error {
			_, err := store.LockFiles(t.Context(), tx, keys)
			return err
		}
		if err := lock(); err != nil {
			return err
		}
		if err := store.Save(t.Context(), tx, files, changes); err != nil {
			return err
		}
		if read := pgtest.Fetched(t, tx, "clock", lock); read > 2*n {
			t.Errorf("%d clocks were read for the two of each of %d files", read, n)
		}
		if read := pgtest.Fetched(t, tx, "clock_file", lock); read > 2*n { // a row that is locked is read again
			t.Errorf("%d files were read for %d", read, n)
		}
		return nil
	})
}

func TestEndedClocksAreNotLoaded(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "slatimer", store.Migrations)
	before := full(7)
	save(t, pool, before)
	after := before
	after.Clocks = []domain.Clock{before.Clocks[0], before.Clocks[1]}
	after.Clocks[0].State, after.Clocks[0].EndTime, after.Clocks[0].NextTime = domain.StateMet, begin.Add(2*time.Hour), time.Time{}
	inTx(t, pool, func(tx pgx.Tx) error {
		return store.Save(t.Context(), tx, []domain.File{after}, []domain.Change{domain.Diff(before, after)})
	})
	inTx(t, pool, func(tx pgx.Tx) error {
		files, err := store.LockFiles(t.Context(), tx, []domain.Key{before.Key})
		if diff := cmp.Diff(after.Clocks[1:], files[before.Key].Clocks); diff != "" {
			t.Errorf("open clocks (-want +got):\n%s", diff)
		}
		return err
	})
	if timers := timers(t, pool, []int{7}, time.Time{}, begin.Add(24*time.Hour), 10); len(timers) != 0 {
		t.Errorf("the stopped clock's timer is armed: %v", timers)
	}
}

func timers(t *testing.T, pool *pgxpool.Pool, shards []int, from, to time.Time, limit int) []domain.Timer {
	t.Helper()
	list, err := store.Timers(t.Context(), pool, shards, from, to, limit)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func TestTimersAreThoseOfTheShardsAndTheTime(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "slatimer", store.Migrations)
	var files []domain.File
	for i := range 6 {
		f := full(i % 2)
		f.Clocks = f.Clocks[:1]
		f.Clocks[0].NextTime = begin.Add(time.Duration(i) * time.Minute)
		files = append(files, f)
	}
	save(t, pool, files...)
	minute := func(n int) time.Time { return begin.Add(time.Duration(n) * time.Minute) }
	tests := []struct {
		name     string
		shards   []int
		from, to time.Time
		limit    int
		want     []int // minutes
	}{
		{"all", []int{0, 1}, time.Time{}, minute(5), 10, []int{0, 1, 2, 3, 4, 5}},
		{"one shard", []int{1}, time.Time{}, minute(5), 10, []int{1, 3, 5}},
		{"after one time and up to another", []int{0, 1}, minute(1), minute(3), 10, []int{2, 3}},
		{"the earliest", []int{0, 1}, time.Time{}, minute(5), 2, []int{0, 1}},
		{"no shard", nil, time.Time{}, minute(5), 10, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var got []int
			for _, timer := range timers(t, pool, tt.shards, tt.from, tt.to, tt.limit) {
				n := int(timer.FireTime.Sub(begin) / time.Minute)
				if want := files[n].Clocks[0].ID; timer.ClockID != want || timer.Key != files[n].Key || timer.Shard != n%2 {
					t.Errorf("timer of minute %d is %+v", n, timer)
				}
				got = append(got, n)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("minutes (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTakeTimersTakesWhatIsArmedAndDueOnce(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "slatimer", store.Migrations)
	f := full(3)
	save(t, pool, f)
	armed := domain.Diff(domain.File{}, f).Armed
	moved := []domain.Timer{armed[0]}
	moved[0].FireTime = moved[0].FireTime.Add(-time.Hour) // as it was before it was set anew
	for _, tt := range []struct {
		name   string
		timers []domain.Timer
		now    time.Time
		want   int
	}{
		{"early", armed, armed[0].FireTime.Add(-time.Microsecond), 0},
		{"of another time", moved, begin.Add(24 * time.Hour), 0},
		{"due", armed, armed[0].FireTime, 1},
		{"again", armed, armed[0].FireTime, 0},
	} {
		inTx(t, pool, func(tx pgx.Tx) error {
			versions, err := store.LockIdle(t.Context(), tx, []domain.Key{f.Key})
			if err != nil || versions[f.Key] != f.EventVersion {
				t.Fatalf("LockIdle = %v, %v", versions, err)
			}
			taken, _, err := store.TakeTimers(t.Context(), tx, tt.timers, tt.now)
			if len(taken) != tt.want {
				t.Errorf("%s: %d files are taken, want %d", tt.name, len(taken), tt.want)
			}
			if tt.want > 0 {
				c := f.Clocks[0] // what firing does not look at is not read
				c.WorkID, c.StartEventID, c.EndEventID, c.TriggerTime, c.CountTime, c.Soft, c.Internal = "", "", "", time.Time{}, time.Time{}, false, false
				c.LimitCase, c.Provisional, c.Holidays, c.Revisions = 0, false, "", nil
				if diff := cmp.Diff([]domain.Clock{c}, taken[f.Key].Clocks); diff != "" {
					t.Errorf("clocks taken (-want +got):\n%s", diff)
				}
			}
			return errors.Join(err, store.SaveFired(t.Context(), tx, versions, nil, nil, nil))
		})
	}
}

// LockIdle guesses one event for each file; SaveFired keeps the number that there were, and the facts as they are.
func TestFiringKeepsVersionsAndFacts(t *testing.T) {
	t.Parallel()
	for _, events := range []int64{0, 1, 2} {
		pool := pgtest.New(t, "slatimer", store.Migrations)
		f := full(3)
		save(t, pool, f)
		inTx(t, pool, func(tx pgx.Tx) error {
			versions, err := store.LockIdle(t.Context(), tx, []domain.Key{f.Key})
			if err != nil {
				return err
			}
			if diff := cmp.Diff(map[domain.Key]int64{f.Key: f.EventVersion}, versions); diff != "" {
				t.Errorf("versions (-want +got):\n%s", diff)
			}
			var fired []domain.File
			if events > 0 { // a file of which nothing was taken is not among those that fired
				fired = []domain.File{{Key: f.Key, Shard: 3, EventVersion: f.EventVersion + events}}
			}
			return store.SaveFired(t.Context(), tx, versions, nil, fired, nil)
		})
		f.EventVersion += events
		inTx(t, pool, func(tx pgx.Tx) error {
			files, err := store.LockFiles(t.Context(), tx, []domain.Key{f.Key})
			if diff := cmp.Diff(f, files[f.Key], unsharded); diff != "" {
				t.Errorf("after %d events the file is (-want +got):\n%s", events, diff)
			}
			return err
		})
	}
}
