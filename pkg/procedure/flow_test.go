package procedure_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
)

func TestStepAfter(t *testing.T) {
	t.Parallel()
	p := buildBase(t)
	cost := func(n float64) procedure.Facts {
		return procedure.Facts{}.Complete("work", "", map[string]procedure.Value{"cost": procedure.Number(n)})
	}
	for _, c := range []struct {
		step, outcome string
		facts         procedure.Facts
		want          []string
	}{
		{"ask", "yes", procedure.Facts{}, []string{"done"}},
		{"ask", "no", procedure.Facts{}, []string{"work", "tell"}},
		{"work", "", cost(101), []string{"approve"}},
		{"work", "", cost(100), []string{"done"}},
		{"tell", "", procedure.Facts{}, nil},
		{"approve", procedure.Approve, procedure.Facts{}, []string{"done"}},
		{"approve", procedure.Reject, procedure.Facts{}, []string{"work"}},
		{"done", "", procedure.Facts{}, nil},
	} {
		if diff := cmp.Diff(c.want, after(t, p, "main", c.step, c.outcome, c.facts)); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", c.step, c.outcome, diff)
		}
	}
	flow, _ := p.Flow("")
	for _, c := range [][2]string{{"ask", "maybe"}, {"ask", ""}, {"approve", ""}, {"approve", procedure.Escalate}} {
		s, _ := flow.Step(c[0])
		if got, err := s.After(c[1], procedure.Facts{}); err == nil {
			t.Errorf("%s is done by %q: %v", c[0], c[1], got)
		}
	}
	done, _ := flow.Step("done")
	if diff := cmp.Diff([]string{"ask", "work", "approve"}, done.Sources); diff != "" {
		t.Errorf("what leads to done (-want +got):\n%s", diff)
	}
	if flow.First(1).Key != "ask" || flow.First(2).Key != "work" {
		t.Errorf("rounds begin at %s and %s", flow.First(1).Key, flow.First(2).Key)
	}
}

func TestTriggerMatches(t *testing.T) {
	t.Parallel()
	solved := procedure.Trigger{Kind: procedure.WorkCompleted, Key: "work", Content: []string{"solution"}}
	for _, c := range []struct {
		name string
		o    procedure.Occurrence
		want bool
	}{
		{"all of it", procedure.Occurrence{Kind: procedure.WorkCompleted, Key: "work", Content: []string{"price", "solution"}}, true},
		{"without content", procedure.Occurrence{Kind: procedure.WorkCompleted, Key: "work"}, false},
		{"another step", procedure.Occurrence{Kind: procedure.WorkCompleted, Key: "ask", Content: []string{"solution"}}, false},
		{"another kind", procedure.Occurrence{Kind: procedure.WorkOpened, Key: "work", Content: []string{"solution"}}, false},
		{"nothing", procedure.Occurrence{}, false},
	} {
		if got := solved.Matches(c.o); got != c.want {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

func TestCompleteLeavesFactsAlone(t *testing.T) {
	t.Parallel()
	fields := map[string]procedure.Value{"cost": procedure.Number(1)}
	before := procedure.Facts{}.Complete("work", "", fields)
	after := before.Complete("ask", "yes", nil).Complete("work", "", nil)
	if diff := cmp.Diff(map[string]map[string]procedure.Value{"work": {"cost": procedure.Number(1)}}, before.Answers); diff != "" {
		t.Errorf("the facts before have changed (-want +got):\n%s", diff)
	}
	want := map[string]map[string]procedure.Value{"work": {}, "ask": {"outcome": procedure.Code("yes")}}
	if diff := cmp.Diff(want, after.Answers); diff != "" {
		t.Errorf("answers (-want +got):\n%s", diff)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	p := buildBase(t)
	newYear := time.Date(2026, 2, 28, 16, 30, 0, 0, time.UTC) // half past midnight of 1 March in Shanghai
	if got := p.Number(42, newYear); got != "B-202603-00042" || p.Period(newYear) != "202603" {
		t.Errorf("number %s of period %s", got, p.Period(newYear))
	}
	if got := p.Number(1234567, newYear); got != "B-202603-1234567" {
		t.Errorf("a sequence longer than its digits is %s", got)
	}
}
