package store

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"

	"redress.dev/services/routing/internal/domain"
)

func TestDutyChanges(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	seat := domain.Seat{Tenant: "default", Procedure: "test", Post: "sales"}
	first := domain.Change{ID: newID(), Seat: seat, Person: "b", StartTime: now.Add(time.Hour), Reason: "rotation", Requester: "x", RequestTime: now,
		Head: "boss", State: domain.ChangePending}
	foreign := first
	foreign.ID, foreign.Tenant = newID(), "elsewhere"
	inTx(t, pool, func(tx pgx.Tx) error {
		if got, err := PendingChange(ctx, tx, seat); err != nil || got.ID != "" {
			t.Errorf("of an empty seat: %+v, %v", got, err)
		}
		if err := SaveChange(ctx, tx, foreign); err != nil {
			return err
		}
		return SaveChange(ctx, tx, first)
	})
	got, err := PendingChange(ctx, pool, seat)
	if diff := cmp.Diff(first, got); diff != "" || err != nil {
		t.Errorf("pending, %v (-want +got):\n%s", err, diff)
	}
	second := first
	second.ID, second.RequestTime = newID(), now.Add(time.Minute)
	if err := postgres.InTx(ctx, pool, func(tx pgx.Tx) error { return SaveChange(ctx, tx, second) }); err == nil {
		t.Error("two requests wait for one post")
	}
	first.State, first.Decider, first.DecideTime, first.DutyID = domain.ChangeApproved, "boss", now.Add(time.Minute), newID()
	second.StartTime = time.Time{}
	inTx(t, pool, func(tx pgx.Tx) error {
		if err := SaveChange(ctx, tx, first); err != nil {
			return err
		}
		return SaveChange(ctx, tx, second)
	})
	got, found, err := FindChange(ctx, pool, "default", first.ID)
	if diff := cmp.Diff(first, got); diff != "" || !found || err != nil {
		t.Errorf("decided, %v, %v (-want +got):\n%s", found, err, diff)
	}
	if _, found, err := FindChange(ctx, pool, "default", foreign.ID); found || err != nil {
		t.Errorf("another tenant's: %v, %v", found, err)
	}
	for i, tt := range []struct {
		seat  domain.Seat
		state domain.ChangeState
		want  []domain.Change
	}{
		{domain.Seat{Tenant: "default"}, 0, []domain.Change{second, first}},
		{seat, domain.ChangeApproved, []domain.Change{first}},
		{domain.Seat{Tenant: "default", Post: "desk"}, 0, []domain.Change{}},
	} {
		got, err := ListChanges(ctx, pool, tt.seat, tt.state)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("list %d, %v (-want +got):\n%s", i, err, diff)
		}
	}
}

func TestRenewals(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	of := Directory{"default", "test"}
	r := domain.Renewal{ID: newID(), Tenant: "default", Procedure: "test", Digest: "ab01", StructureTime: now, DueTime: now.Add(48 * time.Hour),
		Provisional: true, Posts: []domain.Confirmation{{Post: "desk"}, {Post: "boss"}}, EventVersion: 1}
	other := r
	other.ID, other.Procedure, other.Posts = newID(), "other", nil
	inTx(t, pool, func(tx pgx.Tx) error {
		if err := LockRenewals(ctx, tx, of); err != nil {
			return err
		}
		if err := SaveRenewal(ctx, tx, other, now.Add(-time.Hour)); err != nil {
			return err
		}
		return SaveRenewal(ctx, tx, r, now)
	})
	other.Posts = []domain.Confirmation{}
	lateOnes := func(at time.Time, want ...domain.Renewal) {
		t.Helper()
		inTx(t, pool, func(tx pgx.Tx) error {
			got, err := LockOverdue(ctx, tx, at)
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("overdue at %v (-want +got):\n%s", at, diff)
			}
			inTx(t, pool, func(tx pgx.Tx) error { // what one transaction holds another one leaves alone
				left, err := LockOverdue(ctx, tx, at)
				if len(left) > 0 {
					t.Errorf("overdue for a second one: %v", left)
				}
				return err
			})
			return err
		})
	}
	first, second := r, other
	if other.ID < r.ID {
		first, second = other, r
	}
	lateOnes(r.DueTime)
	lateOnes(r.DueTime.Add(time.Microsecond), first, second)
	other.OverdueTime, other.EventVersion = r.DueTime.Add(time.Hour), 2
	inTx(t, pool, func(tx pgx.Tx) error { return SaveRenewal(ctx, tx, other, now) })
	lateOnes(r.DueTime.Add(time.Microsecond), r)
	r.Posts = []domain.Confirmation{{Post: "desk"}, {Post: "boss", Person: "wu", Time: now.Add(time.Hour), By: "li"}}
	r.CompleteTime, r.EventVersion = now.Add(2*time.Hour), 3
	inTx(t, pool, func(tx pgx.Tx) error {
		if _, found, err := LockRenewal(ctx, tx, "elsewhere", r.ID); found || err != nil {
			t.Errorf("another tenant's: %v, %v", found, err)
		}
		return SaveRenewal(ctx, tx, r, now.Add(time.Hour))
	})
	inTx(t, pool, func(tx pgx.Tx) error {
		got, found, err := LockRenewal(ctx, tx, "default", r.ID)
		if diff := cmp.Diff(r, got); diff != "" || !found {
			t.Errorf("saved twice, %v (-want +got):\n%s", found, diff)
		}
		return err
	})
	lateOnes(r.DueTime.Add(time.Microsecond))
	for i, tt := range []struct {
		of   Directory
		open bool
		want []domain.Renewal
	}{
		{Directory{Tenant: "default"}, false, []domain.Renewal{r, other}},
		{Directory{Tenant: "default"}, true, []domain.Renewal{other}},
		{of, false, []domain.Renewal{r}},
	} {
		got, err := ListRenewals(ctx, pool, tt.of, tt.open)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("list %d, %v (-want +got):\n%s", i, err, diff)
		}
	}
}

// What was known at a time is what had been recorded, and not yet taken back, by then.
func TestCoverIsWhatWasKnown(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	of := Directory{"default", "test"}
	away := domain.Absence{ID: newID(), Tenant: "default", Person: "a", StartTime: now, EndTime: now.Add(time.Hour), RecordTime: now}
	foreign := away
	foreign.ID, foreign.Tenant = newID(), "elsewhere"
	set := domain.Deputy{Tenant: "default", Procedure: "test", Person: "a", Deputy: "b", StartTime: now, EndTime: now.Add(time.Hour), RecordTime: now, Version: 1}
	post := domain.Deputy{Tenant: "default", Procedure: "test", Post: "desk", Deputy: "c", StartTime: now, RecordTime: now.Add(time.Minute), Version: 2}
	inTx(t, pool, func(tx pgx.Tx) error {
		standing, err := LockDeputies(ctx, tx, of, now)
		if err != nil || len(standing) != 0 {
			return fmt.Errorf("deputies stand: %v, %w", standing, err)
		}
		for _, a := range []domain.Absence{away, foreign} {
			if err := InsertAbsence(ctx, tx, a); err != nil {
				return err
			}
		}
		for _, d := range []domain.Deputy{set, post} {
			if err := InsertDeputy(ctx, tx, d); err != nil {
				return err
			}
		}
		return nil
	})
	taken := away
	taken.CancelTime = now.Add(2 * time.Minute)
	inTx(t, pool, func(tx pgx.Tx) error {
		got, found, err := LockAbsence(ctx, tx, "default", away.ID)
		if diff := cmp.Diff(away, got); diff != "" || !found || err != nil {
			t.Errorf("absence, %v, %v (-want +got):\n%s", found, err, diff)
		}
		if _, found, err := LockAbsence(ctx, tx, "default", foreign.ID); found || err != nil {
			t.Errorf("another tenant's: %v, %v", found, err)
		}
		return CancelAbsence(ctx, tx, taken)
	})
	for name, tt := range map[string]struct {
		at, known time.Time
		want      domain.Cover
	}{
		"now":                   {now, time.Time{}, domain.Cover{Absences: []domain.Absence{}, Deputies: []domain.Deputy{set, post}}},
		"before it was known":   {now, now.Add(-1000), domain.Cover{Absences: []domain.Absence{}, Deputies: []domain.Deputy{}}},
		"when it was":           {now, now, domain.Cover{Absences: []domain.Absence{away}, Deputies: []domain.Deputy{set}}},
		"before taken back":     {now, taken.CancelTime.Add(-1000), domain.Cover{Absences: []domain.Absence{away}, Deputies: []domain.Deputy{set, post}}},
		"after it was over":     {now.Add(time.Hour), now.Add(time.Minute), domain.Cover{Absences: []domain.Absence{}, Deputies: []domain.Deputy{post}}},
		"before it came about":  {now.Add(-1000), now.Add(time.Minute), domain.Cover{Absences: []domain.Absence{}, Deputies: []domain.Deputy{}}},
		"once it was withdrawn": {now, taken.CancelTime, domain.Cover{Absences: []domain.Absence{}, Deputies: []domain.Deputy{set, post}}},
	} {
		got, err := CoverOf(ctx, pool, of, tt.at, tt.at, tt.known)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("%s, %v (-want +got):\n%s", name, err, diff)
		}
	}
	inTx(t, pool, func(tx pgx.Tx) error {
		standing, err := LockDeputies(ctx, tx, of, now.Add(2*time.Hour))
		if diff := cmp.Diff([]domain.Deputy{post}, standing); diff != "" {
			t.Errorf("standing later (-want +got):\n%s", diff)
		}
		return err
	})
	for i, tt := range []struct {
		at   time.Time
		want []domain.Deputy
	}{{time.Time{}, []domain.Deputy{set, post}}, {now.Add(-1000), []domain.Deputy{}}, {now.Add(time.Hour), []domain.Deputy{post}}} {
		got, err := ListDeputies(ctx, pool, Directory{Tenant: "default"}, tt.at, now)
		if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
			t.Errorf("list %d, %v (-want +got):\n%s", i, err, diff)
		}
	}
	for tenant, want := range map[string]int{"default": 0, "elsewhere": 1} {
		if got, err := ListAbsences(ctx, pool, tenant, "a", time.Time{}, now); err != nil || len(got) != want {
			t.Errorf("%s has %v (%v), want %d", tenant, got, err, want)
		}
	}
}

func TestASeatAsItWasKnown(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	seat := domain.Seat{Tenant: "default", Procedure: "test", Post: "desk"}
	first := domain.Duty{ID: newID(), Seat: seat, Person: "a", StartTime: now, Version: 1, RecordTime: now, ChangeID: newID()}
	second := domain.Duty{ID: newID(), Seat: seat, Person: "b", StartTime: now, Version: 2, RecordTime: now.Add(time.Hour)}
	ended := first
	ended.EndTime = second.StartTime
	inTx(t, pool, func(tx pgx.Tx) error { return SaveDuties(ctx, tx, ended, second) })
	for known, want := range map[time.Time][]domain.Duty{
		now.Add(-1000):       {},
		now:                  {first},
		second.RecordTime:    {ended, second},
		now.AddDate(1, 0, 0): {ended, second},
	} {
		got, err := SeatRoster(ctx, pool, seat, known)
		if diff := cmp.Diff(domain.Roster{"desk": want}, got); diff != "" || err != nil {
			t.Errorf("known at %v, %v (-want +got):\n%s", known, err, diff)
		}
	}
}

func TestFindingWork(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	c := newCase()
	c.Work = []domain.Work{{ID: newID(), Step: "one", Round: 1, Post: "desk", State: domain.WorkOpen, OpenTime: now, Changed: true}}
	save := func(at time.Time) {
		inTx(t, pool, func(tx pgx.Tx) error { return saveCases(ctx, tx, []domain.Case{c}, at) })
	}
	save(now.Add(time.Minute))
	c.Work[0].State = domain.WorkCancelled
	save(now.Add(time.Hour))
	complaint, recorded, found, err := FindWork(ctx, pool, "default", c.Work[0].ID)
	if complaint != c.ComplaintID || !recorded.Equal(now.Add(time.Minute)) || !found || err != nil {
		t.Errorf("got %s, recorded %v, %v, %v; it was recorded when it opened", complaint, recorded, found, err)
	}
	if _, _, found, err := FindWork(ctx, pool, "elsewhere", c.Work[0].ID); found || err != nil {
		t.Errorf("another tenant's: %v, %v", found, err)
	}
}
