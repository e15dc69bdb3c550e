package server_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
)

// figure is a numerator and a denominator.
type figure [2]int64

// count tells how many messages of type M hold.
func count[M proto.Message](life told, holds func(M) bool) (n int64) {
	for _, m := range life {
		if m, ok := m.(M); ok && holds(m) {
			n++
		}
	}
	return n
}

func always[M proto.Message](M) bool { return true }

func oneIf(yes bool) int64 {
	if yes {
		return 1
	}
	return 0
}

// last returns the last message of the life that is of one of the types that pick takes.
func last(life told, pick func(proto.Message) bool) (found proto.Message) {
	for _, m := range life {
		if pick(m) {
			found = m
		}
	}
	return found
}

// recount works out the pack's metrics of one complaint from what was told, by hand and slowly.
func recount(life told) map[string]figure {
	outcome := func(want followupv1.VisitOutcome) int64 {
		return count(life, func(m *followupv1.VisitRecorded) bool { return m.GetFinal() && m.GetOutcome() == want })
	}
	ended := outcome(1) + outcome(2) + outcome(3)
	// A clock that was cancelled after its breach was not cancelled.
	cancelled := count(life, func(c *slatimerv1.ClockCancelled) bool {
		return count(life, func(b *slatimerv1.ClockBreached) bool { return b.GetClockId() == c.GetClockId() }) == 0
	})
	_, closed := last(life, func(m proto.Message) bool {
		switch m.(type) {
		case *followupv1.ComplaintClosed, *followupv1.ComplaintReopened:
			return true
		}
		return false
	}).(*followupv1.ComplaintClosed)
	grade, _ := last(life, func(m proto.Message) bool { _, ok := m.(*routingv1.ComplaintClassified); return ok }).(*routingv1.ComplaintClassified)
	door := life[0].(*intakev1.ComplaintRegistered).GetFields()["line"].GetCode() == "door"
	return map[string]figure{
		"complaints": {1, 0},
		"rounds":     {1 + count(life, always[*followupv1.ComplaintReopened]), 0},
		"in_time":    {count(life, always[*slatimerv1.ClockMet]), count(life, always[*slatimerv1.ClockStarted]) - cancelled},
		"contacted":  {oneIf(count(life, always[*intakev1.ContactRecorded]) > 0), 1},
		"happy":      {outcome(1), ended},
		"closed":     {oneIf(closed), oneIf(count(life, always[*intakev1.ComplaintWithdrawn]) == 0)},
		"grave":      {oneIf(door && grade.GetValues()["grade"] == "high"), 0},
	}
}

func TestFiguresEqualASlowRecount(t *testing.T) {
	t.Parallel()
	h := open(t)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	evs, lives := h.history(t, rand.New(rand.NewPCG(seed, 0)), 200)
	h.fold(t, evs, 61)

	// By channel and line; and one total.
	type group [2]string
	want, wantTotal, wantCount := map[group]map[string]figure{}, map[string]figure{}, map[group]int64{}
	for _, life := range lives {
		begin := life[0].(*intakev1.ComplaintRegistered)
		g := group{begin.GetChannel(), begin.GetFields()["line"].GetCode()}
		if want[g] == nil {
			want[g] = map[string]figure{}
		}
		wantCount[g]++
		for key, f := range recount(life) {
			if key == "rounds" && begin.GetEdition().GetEdition() == "1" {
				f = figure{} // the older edition does not have it
			}
			want[g][key] = figure{want[g][key][0] + f[0], want[g][key][1] + f[1]}
			wantTotal[key] = figure{wantTotal[key][0] + f[0], wantTotal[key][1] + f[1]}
		}
	}
	metrics := []string{"happy", "complaints", "rounds", "in_time", "contacted", "closed", "grave"}
	resp := h.query(t, &reportingv1.QueryMetricsRequest{Procedure: "figures", Metrics: metrics, GroupBy: []string{"channel", "fields.line"}})
	got, gotCount := map[group]map[string]figure{}, map[group]int64{}
	for _, row := range resp.GetRows() {
		g := group(row.GetGroup())
		got[g], gotCount[g] = figures(row), row.GetComplaintCount()
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("by channel and line (-slow +fast):\n%s", diff)
	}
	if diff := cmp.Diff(wantCount, gotCount); diff != "" {
		t.Errorf("complaints (-slow +fast):\n%s", diff)
	}
	total := h.query(t, &reportingv1.QueryMetricsRequest{Procedure: "figures"})
	if diff := cmp.Diff(wantTotal, figures(total.GetRows()[0])); diff != "" || len(total.GetRows()) != 1 {
		t.Errorf("%d totals (-slow +fast):\n%s", len(total.GetRows()), diff)
	}
}

func (h *house) query(t *testing.T, req *reportingv1.QueryMetricsRequest) *reportingv1.QueryMetricsResponse {
	t.Helper()
	resp, err := h.QueryMetrics(caller(t, "default"), req)
	if err != nil {
		t.Fatal(err)
	}
	return resp
}

func figures(row *reportingv1.MetricRow) map[string]figure {
	out := map[string]figure{}
	for _, v := range row.GetValues() {
		out[v.GetMetric()] = figure{v.GetNumerator(), v.GetDenominator()}
	}
	return out
}

func TestARebuildGivesTheSameRows(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	dump := func(batch int) []string {
		h := open(t)
		evs, _ := h.history(t, rand.New(rand.NewPCG(seed, 0)), 40)
		h.fold(t, evs, batch)
		return h.dump(t)
	}
	want := dump(1)
	for _, batch := range []int{7, 1000} {
		if diff := cmp.Diff(want, dump(batch)); diff != "" {
			t.Errorf("in batches of %d (-one by one +so):\n%s", batch, diff)
		}
	}
}

// dump returns every row that the fold keeps.
func (h *house) dump(t *testing.T) (rows []string) {
	t.Helper()
	for _, q := range []string{
		"SELECT t::text FROM timeline t ORDER BY tenant, complaint_id, entry",
		"SELECT f::text FROM complaint_fact f ORDER BY tenant, complaint_id",
		"SELECT e::text FROM known_edition e ORDER BY tenant, procedure, edition",
	} {
		rows = append(rows, h.texts(t, q)...)
	}
	return rows
}

func (h *house) texts(t *testing.T, q string) (texts []string) {
	t.Helper()
	rows, err := h.pool.Query(context.WithoutCancel(t.Context()), q)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var s string
		if err := rows.Scan(&s); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, s)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return texts
}
