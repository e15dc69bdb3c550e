package store

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

var (
	now = time.Date(2026, 3, 6, 2, 0, 0, 123456000, time.UTC)
	ctx = context.Background()
)

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func newCase() domain.Case {
	id := newID()
	return domain.Case{
		Tenant: "default", ComplaintID: id, Number: "T-1", Procedure: "test", Digest: strings.Repeat("0a", 32), State: domain.StateOpen,
		Facts: procedure.Facts{
			ComplaintID: id, Channel: "web", Flow: "main", Round: 2, Received: now, Values: map[string]string{"handler": "desk"},
			Fields:  map[string]procedure.Value{"urgent": procedure.Flag(true)},
			Answers: map[string]map[string]procedure.Value{"ask": {"outcome": procedure.Code("yes"), "until": procedure.Time(now)}},
		},
		Milestones: []string{"answered"}, Waiting: []string{"meet"}, Version: 3, EventVersion: 9,
		Work: []domain.Work{
			{ID: newID(), Step: "ask", Round: 1, Post: "desk", Person: "li.wei", State: domain.WorkCompleted, OpenTime: now, EndTime: now.Add(time.Hour),
				Outcome: "yes", Fields: map[string]procedure.Value{"amount": procedure.Number(2.5)}, Changed: true},
			{ID: newID(), Step: "decide", Rung: 1, Round: 2, Post: "boss", State: domain.WorkOpen, OpenTime: now.Add(time.Hour), Changed: true},
		},
	}
}

// inTx runs f in a transaction that commits.
func inTx(t *testing.T, pool *pgxpool.Pool, f func(tx pgx.Tx) error) {
	t.Helper()
	if err := postgres.InTx(ctx, pool, f); err != nil {
		t.Fatal(err)
	}
}

func save(t *testing.T, pool *pgxpool.Pool, cases ...domain.Case) {
	t.Helper()
	inTx(t, pool, func(tx pgx.Tx) error { return saveCases(ctx, tx, cases, now) })
}

// unchanged returns c as it is loaded again.
func unchanged(c domain.Case, keep func(domain.Work) bool) domain.Case {
	var work []domain.Work
	for _, w := range c.Work {
		w.Changed = false
		if keep(w) {
			work = append(work, w)
		}
	}
	c.Work = work
	return c
}

func all(domain.Work) bool    { return true }
func open(w domain.Work) bool { return w.State == domain.WorkOpen }

func TestCasesComeBackAsTheyWereSaved(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	one, two := newCase(), newCase()
	bare := domain.Case{Tenant: "other", ComplaintID: one.ComplaintID, Number: "O-1", Procedure: "test", Digest: one.Digest, State: domain.StateDone,
		Facts: procedure.Facts{ComplaintID: one.ComplaintID, Flow: "main", Round: 1, Received: now}, Version: 1, EventVersion: 1}
	save(t, pool, one, two, bare)

	inTx(t, pool, func(tx pgx.Tx) error {
		keys := []Key{{"default", uuid.MustParse(one.ComplaintID)}, {"other", uuid.MustParse(one.ComplaintID)}, {"default", uuid.New()}}
		got, err := LockCases(ctx, tx, keys)
		want := map[Key]domain.Case{keys[0]: unchanged(one, open), keys[1]: bare}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("locked cases (-want +got):\n%s", diff)
		}
		return err
	})
	inTx(t, pool, func(tx pgx.Tx) error {
		got, found, err := LockCaseOfWork(ctx, tx, "default", two.Work[1].ID)
		if diff := cmp.Diff(unchanged(two, all), got); diff != "" || !found {
			t.Errorf("case of work, found %v (-want +got):\n%s", found, diff)
		}
		return err
	})
	inTx(t, pool, func(tx pgx.Tx) error {
		_, found, err := LockCaseOfWork(ctx, tx, "other", two.Work[1].ID)
		if found {
			t.Error("another tenant's work was found")
		}
		return err
	})
	got, found, err := ReadCase(ctx, pool, "default", one.ComplaintID)
	if diff := cmp.Diff(unchanged(one, all), got); diff != "" || !found || err != nil {
		t.Errorf("case, found %v, %v (-want +got):\n%s", found, err, diff)
	}
	if _, found, err := ReadCase(ctx, pool, "other", two.ComplaintID); found || err != nil {
		t.Errorf("another tenant's case: found %v, %v", found, err)
	}
}

func TestSavingAgainReplaces(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	c := newCase()
	save(t, pool, c)
	c = unchanged(c, all)
	c.State, c.Facts.Round, c.Version, c.EventVersion, c.Milestones, c.Waiting = domain.StateClosed, 3, 4, 10, nil, nil
	c.Work[1].State, c.Work[1].EndTime, c.Work[1].Changed = domain.WorkCancelled, now.Add(2*time.Hour), true
	c.Work[0].Outcome = "not saved: it is not marked as changed"
	save(t, pool, c)
	got, _, err := ReadCase(ctx, pool, "default", c.ComplaintID)
	if err != nil {
		t.Fatal(err)
	}
	c.Work[0].Outcome = "yes"
	if diff := cmp.Diff(unchanged(c, all), got); diff != "" {
		t.Errorf("case (-want +got):\n%s", diff)
	}
	save(t, pool) // nothing is no statement
}

// saveCases keeps cases in a round trip of their own.
func saveCases(ctx context.Context, tx pgx.Tx, cases []domain.Case, now time.Time) error {
	var b pgx.Batch
	if err := QueueCases(&b, cases, now); err != nil {
		return err
	}
	return tx.SendBatch(ctx, &b).Close()
}
