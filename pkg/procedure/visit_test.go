package procedure_test

import (
	"strings"
	"testing"

	"redress.dev/pkg/procedure"
)

// asked is base with a visit that records something, which a rule and a metric read.
func asked(t *testing.T) string {
	t.Helper()
	text := changed(t, "    when: round < 3", "    when: round < 3\n    form: [{key: fine, kind: FIELD_KIND_FLAG, required: true}, {key: marks, kind: FIELD_KIND_NUMBER, max: 5}]")
	text = strings.Replace(text, "{when: fields.urgent}]", "{when: fields.urgent}, {when: answers.check.fine}]", 1)
	return strings.Replace(text, "numerator: clocks.work.breached > 0", "numerator: answers.check.marks > 3", 1)
}

func TestExpressionsSeeWhatAVisitRecorded(t *testing.T) {
	t.Parallel()
	p, err := build(asked(t))
	if err != nil {
		t.Fatal(err)
	}
	before := procedure.Facts{Round: 1}
	recorded := map[string]procedure.Value{"fine": procedure.Flag(true), "marks": procedure.Number(4)}
	h := procedure.Happening{Round: 1, Visit: &procedure.VisitHappening{Plan: "check", Outcome: procedure.Satisfied, Final: true, Fields: recorded}}
	after := h.Update(before)
	values, err := p.Classify(after)
	if err != nil || values["many"] != "true" {
		t.Errorf("the rule gives %v, %v", values, err)
	}
	if n, _, err := p.Metrics[0].Value(procedure.MetricFacts{Facts: after}); err != nil || n != 1 {
		t.Errorf("the metric counts %d, %v", n, err)
	}
	unreached := procedure.Happening{Round: 1, Visit: &procedure.VisitHappening{Plan: "check", Outcome: procedure.Unreached}}
	if got := unreached.Update(after); !got.Answers["check"]["fine"].Flag {
		t.Error("a call that reached nobody wiped out what an earlier visit recorded")
	}
	if len(before.Answers) != 0 {
		t.Error("the facts before were changed")
	}
}

func TestAVisitAndAStepDoNotShareAKey(t *testing.T) {
	t.Parallel()
	text := strings.ReplaceAll(asked(t), "visit_recorded: check", "visit_recorded: work")
	text = strings.ReplaceAll(text, "answers.check.", "answers.work.")
	text = strings.ReplaceAll(text, "visits.check.", "visits.work.")
	_, err := build(strings.Replace(text, "- key: check", "- key: work", 1))
	wantFinding(t, err, "visits[work]", "rename the visit")
}
