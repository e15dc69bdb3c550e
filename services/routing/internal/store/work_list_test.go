package store

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/pgtest"

	"redress.dev/services/routing/internal/domain"
)

func TestListWorkFiltersAndPages(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	c := newCase()
	c.Work = nil
	add := func(post, person string, state domain.WorkState, at time.Duration) string {
		w := domain.Work{ID: newID(), Step: "one", Round: 1, Post: post, Person: person, State: state, OpenTime: now.Add(at), Changed: true}
		if state != domain.WorkOpen {
			w.EndTime = w.OpenTime
		}
		c.Work = append(c.Work, w)
		return w.ID
	}
	late := add("desk", "li.wei", domain.WorkOpen, time.Minute)
	early := add("desk", "", domain.WorkOpen, 0)
	boss := add("boss", "li.wei", domain.WorkOpen, time.Minute)
	done := add("boss", "li.wei", domain.WorkCompleted, 0)
	gone := add("desk", "", domain.WorkCancelled, 0)
	other := newCase()
	other.Tenant = "other"
	save(t, pool, c, other)

	tests := []struct {
		name   string
		filter WorkFilter
		want   []string
	}{
		{"open", WorkFilter{State: domain.WorkOpen}, []string{early, late, boss}},
		{"completed", WorkFilter{State: domain.WorkCompleted}, []string{done}},
		{"cancelled", WorkFilter{State: domain.WorkCancelled}, []string{gone}},
		{"of a post", WorkFilter{State: domain.WorkOpen, Post: "desk"}, []string{early, late}},
		{"of a person", WorkFilter{State: domain.WorkOpen, Person: "li.wei"}, []string{late, boss}},
		{"of a complaint", WorkFilter{State: domain.WorkOpen, ComplaintID: c.ComplaintID, Procedure: "test"}, []string{early, late, boss}},
		{"of another complaint", WorkFilter{State: domain.WorkOpen, ComplaintID: other.ComplaintID}, nil},
		{"of another procedure", WorkFilter{State: domain.WorkOpen, Procedure: "other"}, nil},
		{"all at once", WorkFilter{State: domain.WorkCompleted, Post: "boss", Person: "li.wei", ComplaintID: c.ComplaintID, Procedure: "test"}, []string{done}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for _, size := range []int{1, 2, 10} {
				var got []string
				f := tt.filter
				f.Tenant, f.Limit = "default", size
				for {
					page, err := ListWork(ctx, pool, f)
					if err != nil {
						t.Fatal(err)
					}
					for _, w := range page {
						got = append(got, w.ID)
						if w.ComplaintID != c.ComplaintID || w.Number != c.Number || w.Digest != c.Digest || w.Flow != "main" {
							t.Errorf("work names its case as %+v", w)
						}
					}
					if len(page) < size {
						break
					}
					last := page[size-1]
					f.After = &WorkPosition{last.OpenTime, last.ID}
				}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("pages of %d (-want +got):\n%s", size, diff)
				}
			}
		})
	}
}

// fillUp adds 20,000 cases with one piece of open and one of completed work each.
func fillUp(t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for _, q := range []string{
		`INSERT INTO case_file SELECT 'default', gen_random_uuid(), 'T', 'test', '\x00', 'main', 1, 1, now(), '{}', '{}', 1, 1, now() FROM generate_series(1, 20000)`,
		`INSERT INTO work SELECT 'default', gen_random_uuid(), complaint_id, 'test', 'one', 0, 1, 'post' || n % 20, 'person' || n % 50, 1,
			now() + n * interval '1 second', NULL, '', NULL, now() FROM (SELECT complaint_id, row_number() OVER () AS n FROM case_file) c`,
		`INSERT INTO work SELECT tenant, gen_random_uuid(), complaint_id, procedure, step, rung, round, post, person, 2, open_time, open_time, '', NULL, now() FROM work`,
		`ANALYZE`,
	} {
		if _, err := pool.Exec(ctx, q); err != nil {
			t.Fatal(err)
		}
	}
}

func explain(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) string {
	t.Helper()
	rows, _ := pool.Query(ctx, "EXPLAIN "+sql, args...)
	plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "\n")
}

// A batch must cost what it touches, however many cases there are.
func TestABatchReadsOnlyItsCases(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	fillUp(t, pool)
	var keys []Key
	for range 256 {
		keys = append(keys, Key{"default", uuid.New()})
	}
	tenants, ids := columns(keys)
	for sql, index := range map[string]string{lockCases: "case_file_pkey", selectOpenWork: "work_complaint"} {
		plan := explain(t, pool, sql, tenants, ids)
		if !strings.Contains(plan, index) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("the cases are not looked up in %s:\n%s", index, plan)
		}
	}
}

// A page of open work must not read the work before or behind it: each filter that people use has an index in the page's order.
func TestAPageReadsOnlyItself(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "routing", Migrations)
	fillUp(t, pool)
	after := &WorkPosition{now, newID()}
	for index, f := range map[string]WorkFilter{
		"work_open":        {State: domain.WorkOpen, After: after},
		"work_open_post":   {State: domain.WorkOpen, Post: "post3", After: after},
		"work_open_person": {State: domain.WorkOpen, Person: "person3", After: after},
		"work_ended":       {State: domain.WorkCompleted, After: after},
		"work_complaint":   {State: domain.WorkOpen, ComplaintID: newID()},
	} {
		f.Tenant, f.Limit = "default", 51
		sql, args := f.query()
		plan := explain(t, pool, sql, args...)
		if !strings.Contains(plan, "using "+index+" ") || strings.Contains(plan, "Seq Scan") {
			t.Errorf("the list does not go by %s:\n%s", index, plan)
		}
	}
}
