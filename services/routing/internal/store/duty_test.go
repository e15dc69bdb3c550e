package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"

	"redress.dev/services/routing/internal/domain"
)

func TestDuties(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	seat := domain.Seat{Tenant: "default", Procedure: "test", Post: "desk"}
	first := domain.Duty{ID: newID(), Seat: seat, Person: "a", StartTime: now, EndTime: now.Add(time.Hour), Version: 1}
	second := domain.Duty{ID: newID(), Seat: seat, Person: "b", StartTime: first.EndTime, Version: 2}
	boss := domain.Duty{ID: newID(), Seat: domain.Seat{Tenant: "default", Procedure: "test", Post: "boss"}, Person: "c", StartTime: now, Version: 1}
	foreign := domain.Duty{ID: newID(), Seat: domain.Seat{Tenant: "other", Procedure: "test", Post: "desk"}, Person: "d", StartTime: now, Version: 1}

	inTx(t, pool, func(tx pgx.Tx) error {
		last, err := LockSeat(ctx, tx, seat)
		if last != (domain.Duty{}) || err != nil {
			t.Errorf("a seat that nobody had: %+v, %v", last, err)
		}
		unended := first
		unended.EndTime = time.Time{}
		return SaveDuties(ctx, tx, unended, boss, foreign)
	})
	inTx(t, pool, func(tx pgx.Tx) error { return SaveDuties(ctx, tx, first, second) })
	inTx(t, pool, func(tx pgx.Tx) error {
		last, err := LockSeat(ctx, tx, seat)
		if diff := cmp.Diff(second, last); diff != "" {
			t.Errorf("newest duty (-want +got):\n%s", diff)
		}
		return err
	})

	of := Directory{"default", "test"}
	for name, tt := range map[string]struct {
		first, last time.Time
		want        domain.Roster
	}{
		"all":       {now, now.Add(time.Hour), domain.Roster{"desk": {first, second}, "boss": {boss}}},
		"the early": {now, now.Add(time.Hour - 1000), domain.Roster{"desk": {first}, "boss": {boss}}},
		"the late":  {now.Add(time.Hour), now.Add(2 * time.Hour), domain.Roster{"desk": {second}, "boss": {boss}}},
		"none":      {now.Add(-time.Hour), now.Add(-1000), domain.Roster{}},
	} {
		inTx(t, pool, func(tx pgx.Tx) error {
			got, err := Rosters(ctx, tx, []Directory{of}, tt.first, tt.last)
			for _, duties := range got[of] {
				slices.SortFunc(duties, func(a, b domain.Duty) int { return int(a.Version - b.Version) })
			}
			if diff := cmp.Diff(tt.want, got[of]); diff != "" {
				t.Errorf("roster of %s (-want +got):\n%s", name, diff)
			}
			return err
		})
	}

	at := now.Add(time.Hour)
	for i, tt := range []struct {
		seat domain.Seat
		at   *time.Time
		want []domain.Duty
	}{
		{domain.Seat{Tenant: "default"}, nil, []domain.Duty{boss, first, second}},
		{domain.Seat{Tenant: "default", Post: "desk"}, nil, []domain.Duty{first, second}},
		{domain.Seat{Tenant: "default", Procedure: "test"}, &at, []domain.Duty{boss, second}},
		{domain.Seat{Tenant: "default", Procedure: "other"}, nil, []domain.Duty{}},
	} {
		got, err := ListDuties(ctx, pool, tt.seat, tt.at)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("list %d, %v (-want +got):\n%s", i, err, diff)
		}
	}
}

// Two transactions that change one seat come one after the other, also when it has no duty yet.
func TestASeatIsLockedWhenItIsEmpty(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	seat := domain.Seat{Tenant: "default", Procedure: "test", Post: "desk"}
	failed := make(chan error, 8)
	for i := range cap(failed) {
		go func() {
			failed <- postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
				last, err := LockSeat(ctx, tx, seat)
				if err != nil {
					return err
				}
				return SaveDuties(ctx, tx, domain.Duty{ID: newID(), Seat: seat, Person: fmt.Sprint(i), StartTime: now, Version: last.Version + 1})
			})
		}()
	}
	for range cap(failed) {
		if err := <-failed; err != nil {
			t.Error(err)
		}
	}
	got, err := ListDuties(ctx, pool, seat, nil)
	if err != nil || len(got) != cap(failed) {
		t.Errorf("%d of %d changes were kept (%v)", len(got), cap(failed), err)
	}
}
