package procedure_test

import (
	"errors"
	"strings"
	"testing"

	"redress.dev/pkg/procedure"
)

// base is a small sound pack that uses every part of the language once. Tests change one line of it.
const base = `
code: base
edition: "1"
name: {en: Base}
numbering: {prefix: B, digits: 5, zone: Asia/Shanghai}
calendars:
  - key: office
    zone: Asia/Shanghai
    week: [{days: [mon, tue, wed, thu, fri], hours: ["09:00-17:00"]}]
    holidays: cn
    exceptions: [{date: "2026-03-09", name: {en: Works outing}}]
vocabularies:
  - key: grade
    terms: [{code: low, rank: 1}, {code: high, rank: 2, parent: low}]
fields:
  - {key: kind, kind: FIELD_KIND_CODE, vocabulary: grade, required: true, clause: X-1}
  - {key: people, kind: FIELD_KIND_NUMBER}
  - {key: urgent, kind: FIELD_KIND_FLAG}
  - {key: happened, kind: FIELD_KIND_TIME}
  - {key: phone, kind: FIELD_KIND_PHONE, required: true, alternatives: [email]}
  - {key: email, kind: FIELD_KIND_EMAIL}
rules:
  - target: many
    combine: RULE_COMBINATION_ANY
    cases: [{when: fields.people >= 5}, {when: fields.urgent}]
  - target: grade
    combine: RULE_COMBINATION_HIGHEST
    vocabulary: grade
    cases: [{when: values.many, value: high}, {when: fields.people > 0, value: low}, {when: fields.kind != '', expression: fields.kind}]
  - target: handler
    cases: [{when: values.grade == 'high', value: boss}, {value: clerk}]
posts: [{key: clerk, head: boss}, {key: boss}]
directory: {keeper: boss, renewal: {limit: {counted_days: 2}, calendar: office}}
flows:
  - key: main
    reopen_step: work
    steps:
      - key: ask
        question:
          assignee: {post: clerk}
          text: {en: "Now?"}
          answers: [{code: "yes", next: [done]}, {code: "no", next: [work, tell]}]
      - key: work
        task:
          assignee: {expression: values.handler}
          form: [{key: cost, kind: FIELD_KIND_NUMBER, required: true}, {key: by, kind: FIELD_KIND_TIME}]
          next: [{when: answers.work.cost > 100, step: approve}, {when: answers.work.cost <= 100, step: done}]
        milestone: worked
      - key: tell
        notice: {recipients: [{post: boss}]}
      - key: approve
        approval: {approvers: [{post: clerk}, {post: boss}], mode: APPROVAL_MODE_LADDER, approved: [{step: done}], rejected: [{step: work}]}
      - key: done
        check: {next: [{}]}
        milestone: answered
clocks:
  - key: work
    start: {work_opened: work}
    when: fields.urgent
    shift: START_SHIFT_NEXT_OPENING
    limit: {working_hours: 8}
    calendar: office
    stop: [{work_completed: work, content: [solution]}]
    cancel: [{milestone: answered}]
    warnings: [{share: 0.5, notify: [{post: boss}]}, {hours_before: 1}]
    breach: {notify: [{expression: values.handler}]}
  - key: agreed
    start: {work_completed: work}
    limit: {agreed: answers.work.by}
    calendar: office
    stop: [{visit_recorded: check}]
visits:
  - key: check
    after: {milestone: answered}
    when: round < 3
    assignee: {post: clerk}
    satisfied: VISIT_CONSEQUENCE_CLOSE
    dissatisfied: VISIT_CONSEQUENCE_REOPEN
metrics:
  - {key: late, numerator: clocks.work.breached > 0, denominator: clocks.work.started + visits.check.satisfied + milestones.worked}
`

// changed returns base with one place replaced. The place must be there once.
func changed(t testing.TB, old, replacement string) string {
	t.Helper()
	if strings.Count(base, old) != 1 {
		t.Fatalf("base has %q %d times, want once", old, strings.Count(base, old))
	}
	return strings.Replace(base, old, replacement, 1)
}

// build parses and compiles a pack.
func build(source string) (*procedure.Procedure, error) {
	in, err := procedure.Parse([]byte(source))
	if err != nil {
		return nil, err
	}
	return procedure.Compile(in)
}

func buildBase(t testing.TB) *procedure.Procedure {
	t.Helper()
	p, err := build(base)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// wantFinding reports unless err has a finding at path whose detail holds the words.
func wantFinding(t *testing.T, err error, path, words string) {
	t.Helper()
	var invalid *procedure.InvalidError
	if !errors.As(err, &invalid) {
		t.Fatalf("got %v, want a finding at %s", err, path)
	}
	for _, f := range invalid.Findings {
		if f.Path == path && strings.Contains(f.Detail, words) {
			return
		}
	}
	t.Errorf("no finding at %s with %q in:\n%v", path, words, err)
}
