package domain_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

const formStep = `
- key: plan
  task:
    assignee: {post: desk}
    form:
      - {key: colour, kind: FIELD_KIND_CODE, vocabulary: colour, required: true, clause: S2-14}
      - {key: feasible, kind: FIELD_KIND_FLAG, required: true}
      - {key: amount, kind: FIELD_KIND_NUMBER}
    required_content: [progress]
    next: [{when: answers.plan.feasible, step: ask}]
- {key: ask, question: {assignee: {post: desk}, answers: [{code: yes}, {code: no}]}}
`

func wantFault(t *testing.T, err error, reason, field string) *fault.Error {
	t.Helper()
	var f *fault.Error
	if !errors.As(err, &f) {
		t.Fatalf("got %v, want the fault %s", err, reason)
	}
	if f.Reason != reason || f.Meta["field"] != field {
		t.Errorf("got %s at %q (%s), want %s at %q", f.Reason, f.Meta["field"], f.Detail, reason, field)
	}
	return f
}

func TestACompletionIsCheckedWhole(t *testing.T) {
	s, _ := begin(t, packOf(t, formStep), nil)
	type values = map[string]procedure.Value
	good := values{"colour": procedure.Code("red"), "feasible": procedure.Flag(true)}
	at := received.Add(time.Hour)
	tests := []struct {
		name   string
		done   domain.Completion
		reason string
		field  string
		all    []string // the fields of all findings, where there are several
	}{
		{"good", domain.Completion{Fields: good, Content: []string{"progress"}, OccurTime: at}, "", "", nil},
		{"as early as can be", domain.Completion{Fields: good, Content: []string{"progress"}, OccurTime: received}, "", "", nil},
		{"as far ahead as clocks may differ", domain.Completion{Fields: good, Content: []string{"progress"}, OccurTime: at.Add(5 * time.Minute)}, "", "", nil},
		{"in the future", domain.Completion{Fields: good, Content: []string{"progress"}, OccurTime: at.Add(5*time.Minute + 1)}, domain.ReasonTimeInvalid, "occur_time", nil},
		{"before it opened", domain.Completion{Fields: good, Content: []string{"progress"}, OccurTime: received.Add(-1)}, domain.ReasonTimeInvalid, "occur_time", nil},
		{"an outcome of a task", domain.Completion{Outcome: "yes", Fields: good, Content: []string{"progress"}, OccurTime: at}, domain.ReasonOutcomeInvalid, "outcome", nil},
		{"no content", domain.Completion{Fields: good, OccurTime: at}, domain.ReasonContentRequired, "content", nil},
		{"a code that is none", domain.Completion{Fields: values{"colour": procedure.Code("green"), "feasible": procedure.Flag(true)}, Content: []string{"progress"}, OccurTime: at}, "FIELD_INVALID", "fields.colour", nil},
		{"another kind", domain.Completion{Fields: values{"colour": procedure.Code("red"), "feasible": procedure.Code("yes")}, Content: []string{"progress"}, OccurTime: at}, "FIELD_INVALID", "fields.feasible", nil},
		{"missing", domain.Completion{Fields: values{"colour": procedure.Code("red")}, Content: []string{"progress"}, OccurTime: at}, "FIELD_REQUIRED", "fields.feasible", nil},
		{"not asked for", domain.Completion{Fields: values{"colour": procedure.Code("red"), "feasible": procedure.Flag(true), "mood": procedure.Code("x")}, Content: []string{"progress"}, OccurTime: at}, "FIELD_UNKNOWN", "fields.mood", nil},
		{"not asked for, and endless", domain.Completion{Fields: values{"colour": procedure.Code("red"), "feasible": procedure.Flag(true), strings.Repeat("客", 1000): procedure.Code("x")}, Content: []string{"progress"}, OccurTime: at}, "FIELD_UNKNOWN", "fields." + strings.Repeat("客", 21), nil},
		{"everything at once", domain.Completion{Outcome: "yes", Fields: values{"colour": procedure.Number(1), "mood": procedure.Code("x")}},
			domain.ReasonOutcomeInvalid, "outcome", []string{"outcome", "fields.colour", "fields.mood", "fields.feasible", "content", "occur_time"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := domain.Complete(s.setting, s.c, s.find("plan"), tt.done, domain.Caller{Anywhere: true}, at)
			if tt.reason == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			f := wantFault(t, err, tt.reason, tt.field)
			var fields []string
			for _, v := range f.Violations {
				fields = append(fields, v.Field)
			}
			if diff := cmp.Diff(tt.all, fields); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
	s.complete("plan", "", good, "progress")
	_, _, err := domain.Complete(s.setting, s.c, s.find("ask"), domain.Completion{Outcome: "maybe", OccurTime: s.now}, domain.Caller{Anywhere: true}, s.now)
	if f := wantFault(t, err, domain.ReasonOutcomeInvalid, "outcome"); f.Meta["known"] != "yes, no" {
		t.Errorf("the fault knows %q", f.Meta["known"])
	}
}

func TestWhoMayCompleteWork(t *testing.T) {
	p := packOf(t, `- {key: one, task: {assignee: {post: desk}}}`)
	change := received.Add(time.Hour)
	staffed := domain.Roster{"desk": {
		{Person: "old", StartTime: received.Add(-time.Hour), EndTime: change},
		{Person: "new", StartTime: change},
	}}
	left := domain.Roster{"desk": {{Person: "old", StartTime: received.Add(-time.Hour), EndTime: change}}}
	tests := []struct {
		name   string
		roster domain.Roster
		by     domain.Caller
		at     time.Time
		ok     bool
	}{
		{"sits there", staffed, domain.Caller{Subject: "old"}, change.Add(-1), true},
		{"will sit there", staffed, domain.Caller{Subject: "new"}, change.Add(-1), false},
		{"sits there since", staffed, domain.Caller{Subject: "new"}, change, true},
		{"had it when it opened", staffed, domain.Caller{Subject: "old"}, change, true},
		{"sits elsewhere", staffed, domain.Caller{Subject: "other"}, change, false},
		{"a supervisor", staffed, domain.Caller{Subject: "other", Anywhere: true}, change, true},
		{"nobody sits there", domain.Roster{}, domain.Caller{Subject: "other"}, change, true},
		{"nobody sits there any more", left, domain.Caller{Subject: "other"}, change, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			setting := domain.Setting{Procedure: p, Roster: tt.roster, NewID: func() string { return "w1" }}
			c, _, err := domain.Open(setting, domain.Registration{ReceiveTime: received})
			if err != nil {
				t.Fatal(err)
			}
			if want := tt.roster.Person("desk", received); c.Work[0].Person != want {
				t.Errorf("opened for %q, want %q", c.Work[0].Person, want)
			}
			_, _, err = domain.Complete(setting, c, "w1", domain.Completion{OccurTime: received}, tt.by, tt.at)
			if tt.ok && err != nil {
				t.Error(err)
			}
			if !tt.ok {
				wantFault(t, err, domain.ReasonNotOnDuty, "")
			}
		})
	}
}

func TestWorkThatIsNotThereOrHasEnded(t *testing.T) {
	s, _ := begin(t, packOf(t, `- {key: one, task: {assignee: {post: desk}}}`), nil)
	id := s.find("one")
	s.complete("one", "", nil)
	done, anybody := domain.Completion{OccurTime: s.now}, domain.Caller{Anywhere: true}
	_, _, err := domain.Complete(s.setting, s.c, id, done, anybody, s.now)
	if f := wantFault(t, err, domain.ReasonWorkNotOpen, ""); f.Meta["state"] != "COMPLETED" {
		t.Errorf("state %q", f.Meta["state"])
	}
	_, _, err = domain.Complete(s.setting, s.c, "other", done, anybody, s.now)
	wantFault(t, err, domain.ReasonWorkNotFound, "")
	if err := domain.CheckVersion(s.c, 0); err != nil {
		t.Error(err)
	}
	if err := domain.CheckVersion(s.c, 2); err != nil {
		t.Error(err)
	}
	wantFault(t, domain.CheckVersion(s.c, 1), domain.ReasonVersionConflict, "expected_version")
}

func TestAssigningADuty(t *testing.T) {
	none := domain.Duty{}
	first := domain.Duty{ID: "d1", Person: "a", StartTime: received, Version: 1}
	tests := []struct {
		name  string
		last  domain.Duty
		start time.Time
		ok    bool
	}{
		{"the first", none, received, true},
		{"a later one", first, received.Add(time.Hour), true},
		{"at the same time takes the last back", first, received, true},
		{"an earlier one", first, received.Add(-1), false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ended, next, err := domain.Assign(tt.last, domain.Duty{ID: "d2", Person: "b", StartTime: tt.start})
			if !tt.ok {
				wantFault(t, err, domain.ReasonDutyOverlap, "start_time")
				return
			}
			if err != nil || next.Version != tt.last.Version+1 || !ended.EndTime.Equal(tt.start) {
				t.Errorf("ended %+v, next %+v, error %v", ended, next, err)
			}
			roster := domain.Roster{"": {ended, next}}
			if got := roster.Person("", tt.start); got != "b" {
				t.Errorf("%q sits there at the start of the new duty", got)
			}
		})
	}
}
