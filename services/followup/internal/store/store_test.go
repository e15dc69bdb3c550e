package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"

	"redress.dev/services/followup/internal/domain"
	"redress.dev/services/followup/internal/store"
)

var start = time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC)

// id returns the n-th UUID.
func id(n int) string { return fmt.Sprintf("0190c1de-0000-7000-8000-%012d", n) }

func file(n int) domain.File {
	return domain.File{
		Tenant: "default", ComplaintID: id(n), Number: fmt.Sprint("V-", n), Procedure: "visits", Edition: "digest", State: domain.Open, Version: 3,
		Facts: procedure.Facts{
			Channel: "web", Flow: "direct", Round: 2, Received: start, Values: map[string]string{"grade": "high"},
			Fields: map[string]procedure.Value{"line": procedure.Code("door"), "cost": procedure.Number(2.5), "day": procedure.Time(start), "big": procedure.Flag(true)},
		}.Complete("check", "yes", nil),
	}
}

func inTx(t *testing.T, pool *pgxpool.Pool, f func(tx pgx.Tx) error) {
	t.Helper()
	if err := postgres.InTx(t.Context(), pool, f); err != nil {
		t.Fatal(err)
	}
}

func save(t *testing.T, pool *pgxpool.Pool, files ...domain.File) {
	t.Helper()
	inTx(t, pool, func(tx pgx.Tx) error {
		var visits []store.Visit
		for _, f := range files {
			for _, v := range f.Visits {
				visits = append(visits, store.VisitOf(f, v))
			}
		}
		if err := store.SaveFiles(t.Context(), tx, files); err != nil {
			return err
		}
		return store.SaveVisits(t.Context(), tx, visits)
	})
}

func TestAFileComesBackWithItsDueVisits(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "followup", store.Migrations)
	one, two := file(1), file(2)
	due := domain.Visit{ID: id(11), Plan: "main", Round: 2, Post: "agent", State: domain.Due, Attempts: 1, ScheduleTime: start}
	done := domain.Visit{ID: id(12), Plan: "main", Round: 1, Post: "agent", State: domain.Done, ScheduleTime: start, EndTime: start.Add(time.Hour), Outcome: procedure.Dissatisfied}
	one.Visits = []domain.Visit{due, done}
	save(t, pool, one, two)

	key := func(n int) store.Key { return store.Key{Tenant: "default", ComplaintID: id(n)} }
	want := map[store.Key]domain.File{key(1): one, key(2): two}
	one.Visits = []domain.Visit{due}
	want[key(1)] = one
	var got map[store.Key]domain.File
	load := func(tx pgx.Tx) (err error) {
		got, err = store.LockFiles(t.Context(), tx, []store.Key{key(2), key(1), key(3), {Tenant: "other", ComplaintID: id(1)}})
		return err
	}
	inTx(t, pool, load)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}

	one.State, one.Version, one.Facts.Round = domain.Closed, 4, 3
	one.Visits[0].State, one.Visits[0].EndTime = domain.Cancelled, start
	save(t, pool, one)
	inTx(t, pool, load)
	one.Visits = nil
	if diff := cmp.Diff(one, got[key(1)]); diff != "" {
		t.Errorf("after an update (-want +got):\n%s", diff)
	}
}

func TestFindVisit(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "followup", store.Migrations)
	f := file(1)
	f.Visits = []domain.Visit{{ID: id(11), Plan: "main", Round: 1, Post: "agent", State: domain.Due, ScheduleTime: start}}
	save(t, pool, f)
	inTx(t, pool, func(tx pgx.Tx) error {
		v, ok, err := store.FindVisit(t.Context(), tx, "default", id(11))
		if diff := cmp.Diff(store.VisitOf(f, f.Visits[0]), v); diff != "" || !ok {
			t.Errorf("found %v (-want +got):\n%s", ok, diff)
		}
		if err != nil {
			return err
		}
		_, ok, err = store.FindVisit(t.Context(), tx, "other", id(11))
		if ok {
			t.Error("found another tenant's visit")
		}
		return err
	})
}

func TestListVisits(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "followup", store.Migrations)
	var files []domain.File
	for n := range 6 {
		f := file(n)
		f.Procedure = []string{"visits", "other"}[n%2]
		v := domain.Visit{ID: id(10 + n), Plan: "main", Round: 1, Post: []string{"agent", "chief"}[n/3], State: domain.Due, ScheduleTime: start.Add(time.Duration(n/2) * time.Hour)}
		if n == 5 {
			v.State, v.EndTime = domain.Cancelled, start
		}
		f.Visits = []domain.Visit{v}
		files = append(files, f)
	}
	save(t, pool, files...)
	tests := []struct {
		name   string
		filter store.Filter
		after  store.Position
		want   []int
	}{
		{"all due", store.Filter{State: domain.Due}, store.Position{}, []int{0, 1, 2, 3, 4}},
		{"after a row with an equal time", store.Filter{State: domain.Due}, store.Position{ScheduleTime: start, VisitID: id(10)}, []int{1, 2, 3, 4}},
		{"of a post", store.Filter{State: domain.Due, Post: "chief"}, store.Position{}, []int{3, 4}},
		{"of a procedure", store.Filter{State: domain.Due, Procedure: "other"}, store.Position{}, []int{1, 3}},
		{"of a complaint", store.Filter{State: domain.Due, ComplaintID: id(2)}, store.Position{}, []int{2}},
		{"in a state", store.Filter{State: domain.Cancelled}, store.Position{}, []int{5}},
		{"of another tenant", store.Filter{State: domain.Due, Tenant: "other"}, store.Position{}, nil},
	}
	for _, tt := range tests {
		if tt.filter.Tenant == "" {
			tt.filter.Tenant = "default"
		}
		got, err := store.ListVisits(t.Context(), pool, tt.filter, tt.after, 10)
		if err != nil {
			t.Fatal(err)
		}
		want := []store.Visit{}
		for _, n := range tt.want {
			want = append(want, store.VisitOf(files[n], files[n].Visits[0]))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	if got, err := store.ListVisits(t.Context(), pool, store.Filter{Tenant: "default", State: domain.Due}, store.Position{}, 2); err != nil || len(got) != 2 {
		t.Errorf("a page of 2 has %d visits, error %v", len(got), err)
	}
}
