package procedure_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
)

const consumerFinance = "consumer-finance/2026-01"

func TestConsumerFinanceDesks(t *testing.T) {
	t.Parallel()
	p := load(t, consumerFinance)
	products, _ := p.Vocabulary("product")
	general := 0
	for _, product := range products.Terms {
		f := classify(t, p, procedure.Facts{Round: 1, Fields: map[string]procedure.Value{"product": procedure.Code(product.Code)}})
		if post(t, p, "", "answer", f) == "desk_general" {
			general++
		}
	}
	if general != 1 {
		t.Errorf("%d products go to the general desk, want the one that belongs to no other", general)
	}
}

func TestConsumerFinanceAnswer(t *testing.T) {
	t.Parallel()
	p := load(t, consumerFinance)
	answered := func(response string) procedure.Facts {
		return procedure.Facts{}.Complete("answer", "", map[string]procedure.Value{"response": procedure.Code(response)})
	}
	if diff := cmp.Diff([]string{"answered"}, after(t, p, "", "answer", "", answered("Closed with explanation"))); diff != "" {
		t.Errorf("answered (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"final_answer"}, after(t, p, "", "answer", "", answered("In progress"))); diff != "" {
		t.Errorf("in progress (-want +got):\n%s", diff)
	}
	received := time.Date(2016, 9, 30, 14, 0, 0, 0, time.UTC)
	for key, want := range map[string]time.Time{
		"answer":       time.Date(2016, 10, 15, 14, 0, 0, 0, time.UTC),
		"final_answer": time.Date(2016, 11, 29, 15, 0, 0, 0, time.UTC), // the same clock time in New York, an hour later by UTC
	} {
		clock, _ := p.Clock(key)
		s, err := clock.Schedule(received, procedure.Facts{})
		if err != nil || !s.DueTime.Equal(want) || s.Provisional {
			t.Errorf("%s: %+v, %v; want due %v", key, s, err, want)
		}
	}
	visit, _ := p.Visit("dispute_check")
	if visit.MaxAttempts != 1 || visit.MaxRounds != 2 || visit.Unreached != procedure.Close || visit.Dissatisfied != procedure.Reopen {
		t.Errorf("the question after the answer is %+v", visit)
	}
}

func TestConsumerFinanceMetrics(t *testing.T) {
	t.Parallel()
	p := load(t, consumerFinance)
	file := func(clock procedure.ClockCounts, visit procedure.VisitCounts) procedure.MetricFacts {
		return procedure.MetricFacts{
			Clocks: map[string]procedure.ClockCounts{"answer": clock},
			Visits: map[string]procedure.VisitCounts{"dispute_check": visit},
		}
	}
	facts := []procedure.MetricFacts{
		file(procedure.ClockCounts{Started: 1, Met: 1}, procedure.VisitCounts{Satisfied: 1}),
		file(procedure.ClockCounts{Started: 1, Met: 1}, procedure.VisitCounts{Dissatisfied: 1, Satisfied: 1}),
		file(procedure.ClockCounts{Started: 1, Breached: 1}, procedure.VisitCounts{Unreached: 1}),
		file(procedure.ClockCounts{Started: 1}, procedure.VisitCounts{}),
	}
	for metric, want := range map[string][2]int64{
		"complaints": {4, 0}, "answered_in_time": {2, 0}, "answered_late": {1, 0}, "timely_rate": {2, 3},
		"disputed": {1, 0}, "not_disputed": {1, 0}, "disputed_rate": {1, 2},
	} {
		if n, d := sum(t, p, metric, facts...); n != want[0] || d != want[1] {
			t.Errorf("%s is %d/%d, want %d/%d", metric, n, d, want[0], want[1])
		}
	}
}
