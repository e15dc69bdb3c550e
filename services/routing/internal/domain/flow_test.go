package domain_test

import (
	"errors"
	"testing"
	"time"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

func TestACaseRunsThroughItsSteps(t *testing.T) {
	p := packOf(t, `
- {key: begin, check: {next: [{step: say}]}, milestone: acknowledged}
- {key: say, notice: {recipients: [{post: audit}, {expression: values.handler}, {post: audit}], next: [{step: handle}]}}
- {key: handle, task: {assignee: {expression: values.handler}, next: [{step: ask}]}, milestone: investigated}
- key: ask
  question:
    assignee: {post: desk}
    answers: [{code: yes}, {code: no, next: [handle]}]
  milestone: answered
`)
	s, first := begin(t, p, nil)
	same(t, "opening", first, "classified desk", "milestone acknowledged", "told audit+desk of say", "opened handle@desk")
	same(t, "handling", s.complete("handle", "", nil), "completed handle@desk", "milestone investigated", "opened ask@desk")
	same(t, "a loop", s.complete("ask", "no", nil), "completed ask@desk no", "milestone answered", "opened handle@desk")
	s.complete("handle", "", nil)
	same(t, "the end", s.complete("ask", "yes", nil), "completed ask@desk yes", "milestone answered")
	s.is(domain.StateDone)
	s.milestones("acknowledged", "investigated", "answered")
	if s.c.Version != 5 {
		t.Errorf("version %d after opening and four completions, want 5", s.c.Version)
	}
}

func TestEverythingOccursWhenItsCauseDid(t *testing.T) {
	p := packOf(t, `
- {key: one, task: {assignee: {post: desk}, next: [{step: two}]}}
- {key: two, task: {assignee: {post: desk}}}
`)
	s, _ := begin(t, p, nil)
	if w := s.c.Work[0]; !w.OpenTime.Equal(received) {
		t.Errorf("the first work opened at %v, want the receipt %v", w.OpenTime, received)
	}
	s.complete("one", "", nil)
	if w := s.c.Work[1]; !w.OpenTime.Equal(received.Add(time.Hour)) || !s.c.Work[0].EndTime.Equal(w.OpenTime) {
		t.Errorf("work opened at %v, want when the work before it was done, %v", w.OpenTime, received.Add(time.Hour))
	}
}

// Every branch that holds is taken; what two branches lead to opens once.
func TestBranchesRunSideBySide(t *testing.T) {
	p := packOf(t, `
- key: split
  check:
    next: [{step: left}, {when: fields.urgent, step: right}, {when: "!fields.urgent", step: audit}]
- {key: left, check: {next: [{step: meet}]}}
- {key: right, check: {next: [{step: meet}, {step: tell}]}}
- {key: tell, notice: {recipients: [{post: boss}], next: [{step: meet}]}}
- {key: audit, task: {assignee: {post: audit}}}
- {key: meet, task: {assignee: {expression: values.handler}}}
`)
	_, urgent := begin(t, p, map[string]procedure.Value{"urgent": procedure.Flag(true)})
	same(t, "urgent", urgent, "classified quick", "opened meet@quick", "told boss of tell")
	_, other := begin(t, p, nil)
	same(t, "other", other, "classified desk", "opened meet@desk", "opened audit@audit")
}

func TestApprovals(t *testing.T) {
	steps := func(mode string) string {
		return `
- key: decide
  approval:
    approvers: [{post: desk}, {post: boss}, {post: audit}]
    mode: ` + mode + `
    approved: [{step: act}]
    rejected: [{step: redo}]
  milestone: approved
- {key: act, task: {assignee: {post: desk}}}
- {key: redo, task: {assignee: {post: desk}, next: [{step: decide}]}}
`
	}
	type act struct{ work, outcome string }
	tests := []struct {
		name, mode string
		acts       []act
		want       []string // what the last act makes happen
		open       []string
	}{
		{"all have approved", "APPROVAL_MODE_UNSPECIFIED", []act{{"decide@desk", "approve"}, {"decide@audit", "approve"}, {"decide@boss", "approve"}},
			[]string{"completed decide@boss approve", "milestone approved", "opened act@desk"}, []string{"act@desk"}},
		{"two of three are not all", "APPROVAL_MODE_UNSPECIFIED", []act{{"decide@desk", "approve"}, {"decide@audit", "approve"}},
			[]string{"completed decide@audit approve"}, []string{"decide@boss"}},
		{"one rejection of all", "APPROVAL_MODE_UNSPECIFIED", []act{{"decide@desk", "approve"}, {"decide@boss", "reject"}},
			[]string{"completed decide@boss reject", "cancelled decide@audit", "opened redo@desk"}, []string{"redo@desk"}},
		{"any approves", "APPROVAL_MODE_ANY", []act{{"decide@desk", "reject"}, {"decide@boss", "approve"}},
			[]string{"completed decide@boss approve", "cancelled decide@audit", "milestone approved", "opened act@desk"}, []string{"act@desk"}},
		{"none of any approves", "APPROVAL_MODE_ANY", []act{{"decide@desk", "reject"}, {"decide@boss", "reject"}, {"decide@audit", "reject"}},
			[]string{"completed decide@audit reject", "opened redo@desk"}, []string{"redo@desk"}},
		{"the ladder asks one at a time", "APPROVAL_MODE_LADDER", nil, []string{"classified desk", "opened decide@desk"}, []string{"decide@desk"}},
		{"the ladder is climbed", "APPROVAL_MODE_LADDER", []act{{"decide", "escalate"}, {"decide", "escalate"}},
			[]string{"completed decide@boss escalate", "opened decide@audit"}, []string{"decide@audit"}},
		{"a rung decides", "APPROVAL_MODE_LADDER", []act{{"decide", "escalate"}, {"decide", "reject"}},
			[]string{"completed decide@boss reject", "opened redo@desk"}, []string{"redo@desk"}},
		{"decided anew after a rejection", "APPROVAL_MODE_LADDER", []act{{"decide", "reject"}, {"redo", ""}},
			[]string{"completed redo@desk", "opened decide@desk"}, []string{"decide@desk"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, last := begin(t, packOf(t, steps(tt.mode)), nil)
			for _, a := range tt.acts {
				last = s.complete(a.work, a.outcome, nil)
			}
			same(t, "the last act", last, tt.want...)
			same(t, "open work", s.open(), tt.open...)
		})
	}
}

func TestTheTopOfALadderCannotPassItUp(t *testing.T) {
	s, _ := begin(t, packOf(t, `
- {key: decide, approval: {approvers: [{post: desk}, {post: boss}], mode: APPROVAL_MODE_LADDER}}
`), nil)
	s.complete("decide", "escalate", nil)
	done := domain.Completion{Outcome: "escalate", OccurTime: s.now}
	_, _, err := domain.Complete(s.setting, s.c, s.find("decide"), done, domain.Caller{Anywhere: true}, s.now)
	wantFault(t, err, domain.ReasonOutcomeInvalid, "outcome")
}

// A post that is asked twice decides once.
func TestAPostApprovesOnce(t *testing.T) {
	s, _ := begin(t, packOf(t, `
- {key: decide, approval: {approvers: [{post: desk}, {expression: values.handler}, {post: boss}]}}
`), nil)
	same(t, "open work", s.open(), "decide@desk", "decide@boss")
}

func TestAProcedureThatNamesNoPostIsStuck(t *testing.T) {
	p := packOf(t, `
- {key: one, task: {assignee: {post: desk}, form: [{key: whom, kind: FIELD_KIND_CODE}], next: [{step: two}]}}
- {key: two, task: {assignee: {expression: answers.one.whom}}}
`)
	s, _ := begin(t, p, nil)
	before := s.c
	done := domain.Completion{OccurTime: s.now, Fields: map[string]procedure.Value{"whom": procedure.Code("nobody")}}
	after, evs, err := domain.Complete(s.setting, s.c, s.find("one"), done, domain.Caller{Anywhere: true}, s.now)
	if f := wantFault(t, err, domain.ReasonPostUnknown, ""); f.Meta["step"] != "two" || evs != nil {
		t.Errorf("events %v, fault %+v", words(evs), f)
	}
	if after.Version != before.Version || after.Work[0].State != domain.WorkOpen {
		t.Error("the case has changed, half done")
	}
	p = packOf(t, `- {key: one, task: {assignee: {expression: fields.chair}}}`)
	setting := domain.Setting{Procedure: p, NewID: func() string { return "w" }}
	if _, _, err := domain.Open(setting, domain.Registration{Flow: "main"}); !errors.Is(err, domain.ErrNoPost) {
		t.Errorf("opening a case for no post gives %v", err)
	}
	var stuck *domain.StuckError
	if _, _, err := domain.Open(setting, domain.Registration{Flow: "other"}); !errors.As(err, &stuck) {
		t.Errorf("opening a case in a flow that is not there gives %v", err)
	}
}
