package domain

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

func TestAVisitRecordsItsForm(t *testing.T) {
	t.Parallel()
	p := formed(t)
	due, _ := play(t, registered("web", "window"), classified(1, 1, "agent"), answered(2, 1))
	fine := map[string]procedure.Value{"fine": procedure.Flag(true), "marks": procedure.Number(4)}
	tests := []struct {
		name    string
		outcome procedure.VisitOutcome
		fields  map[string]procedure.Value
		want    string // reasons, in order
	}{
		{"whole", procedure.Satisfied, fine, ""},
		{"nothing", procedure.Dissatisfied, nil, "FIELD_REQUIRED"},
		{"nobody reached, nothing asked", procedure.Unreached, nil, ""},
		{"nobody reached, and yet out of its limits", procedure.Unreached, map[string]procedure.Value{"marks": procedure.Number(6)}, "FIELD_INVALID"},
		{"not asked for", procedure.Satisfied, map[string]procedure.Value{"fine": procedure.Flag(true), "mood": procedure.Code("x")}, "FIELD_UNKNOWN"},
		{"required by another answer", procedure.Satisfied, map[string]procedure.Value{"fine": procedure.Flag(false)}, "FIELD_REQUIRED"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f, evs, err := due.Record(Call{VisitID: "v1", Outcome: tt.outcome, EndTime: at(5), Fields: tt.fields}, at(5), p, ids())
			if got := fault.ReasonOf(err); got != tt.want {
				t.Fatalf("error %v, want %q", err, tt.want)
			}
			if tt.want != "" {
				if len(evs) > 0 || f.Facts.Answers["main"] != nil {
					t.Error("a refused visit left a trace")
				}
				return
			}
			if diff := cmp.Diff(tt.fields, f.Facts.Answers["main"]); diff != "" {
				t.Errorf("expressions see (-want +got):\n%s", diff)
			}
			i := slices.IndexFunc(evs, func(e Event) bool { _, ok := e.Body.(VisitRecorded); return ok })
			if diff := cmp.Diff(tt.fields, evs[i].Body.(VisitRecorded).Fields); diff != "" {
				t.Errorf("the event carries (-want +got):\n%s", diff)
			}
		})
	}
}

// formed is the procedure of the tests with a form for its main visit.
func formed(t *testing.T) *procedure.Procedure {
	t.Helper()
	return compile(t, strings.Replace(pack, "- key: main\n", `- key: main
  form:
  - {key: fine, kind: FIELD_KIND_FLAG, required: true, clause: X-1}
  - {key: marks, kind: FIELD_KIND_NUMBER, max: 5, required_when: "!answers.main.fine"}
`, 1))
}
