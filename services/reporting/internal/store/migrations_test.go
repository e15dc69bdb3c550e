package store_test

import (
	"io/fs"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/store"
)

// What was learned before forms had their own columns is found in them.
func TestPapersOfOldRows(t *testing.T) {
	t.Parallel()
	before := fstest.MapFS{}
	for _, name := range []string{"0001_reporting.sql", "0002_scorecards.sql", "0003_actions.sql"} {
		data, err := fs.ReadFile(store.Migrations.FS, name)
		if err != nil {
			t.Fatal(err)
		}
		before[name] = &fstest.MapFile{Data: data}
	}
	pool := pgtest.New(t, "reporting", postgres.Migrations{Name: store.Migrations.Name, FS: before})
	const factRow = `
		INSERT INTO complaint_fact (tenant, complaint_id, procedure, edition, flow, channel, receive_time, month, entry_count, round, round_count,
			contact_count, clock_started_count, clock_met_count, clock_breached_count, clock_cancelled_count, visit_count, fields, rule_values, progress,
			numerators, denominators)
		VALUES ('default', $1, 'figures', 'new', 'direct', 'web', now(), '2026-03', 1, 1, 1, 0, 0, 0, 0, 0, 0, '{}', '{}', '{}', '{}', '{}')`
	const line = `INSERT INTO timeline VALUES ('default', $1, $2, $3, $4, $5, now(), 'person:li', 1, 'main', $6)`
	lines := []struct {
		complaint    int
		kind, detail string
		want         procedure.VisitOutcome
	}{
		{1, "redress.intake.v1.ComplaintRegistered", "F-1, web", 0},
		{1, "redress.followup.v1.VisitRecorded", "unreached, attempt 1, to be tried again", 0},
		{1, "redress.followup.v1.VisitRecorded", "unreached, attempt 2", procedure.Unreached},
		{1, "redress.followup.v1.VisitRecorded", "dissatisfied", procedure.Dissatisfied},
		{1, "redress.routing.v1.WorkCompleted", "agent: satisfied", 0},
		{2, "redress.followup.v1.ActionOpened", "F-1/CA-1", 0},
	}
	for _, n := range []int{1, 2} {
		if _, err := pool.Exec(t.Context(), factRow, id(n)); err != nil {
			t.Fatal(err)
		}
	}
	for i, l := range lines {
		if _, err := pool.Exec(t.Context(), line, id(l.complaint), i+1, id(100+i), l.kind, start.Add(time.Duration(i)*time.Hour), l.detail); err != nil {
			t.Fatal(err)
		}
	}
	if err := postgres.Migrate(t.Context(), pool, "reporting", store.Migrations); err != nil {
		t.Fatal(err)
	}
	for n, want := range map[int]string{1: "F-1", 2: "F-1/CA-1"} {
		f, found, err := store.ReadFact(t.Context(), pool, store.Key{Tenant: "default", ComplaintID: id(n)})
		if err != nil || !found || f.Number != want {
			t.Errorf("fact %d is %+v, error %v; want number %s", n, f, err, want)
		}
	}
	entries, err := store.Timeline(t.Context(), pool, "default", id(1), 10)
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range entries {
		if diff := cmp.Diff(lines[i].want, e.VisitOutcome); diff != "" || e.Steps != nil {
			t.Errorf("line %q (-want +got), steps %v:\n%s", e.Detail, e.Steps, diff)
		}
	}
}
