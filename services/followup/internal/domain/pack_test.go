package domain

import (
	"fmt"
	"testing"
	"time"

	"redress.dev/pkg/procedure"
)

// pack has a visit for every way that one can come about and end: "main" decides after the answer; "survey" follows the closing;
// "recall" follows a main visit that found nothing to decide; "urgent" is for one channel only.
const pack = `
code: visits
edition: "1"
name: {en: Visits}
numbering: {prefix: V, zone: Asia/Shanghai}
fields: [{key: line, kind: FIELD_KIND_CODE}]
posts: [{key: agent}, {key: chief}]
rules:
- {target: visitor, cases: [{when: 'round > 1', value: chief}, {value: agent}]}
flows:
- key: direct
  steps:
  - {key: answer, task: {assignee: {post: agent}}, milestone: answered}
visits:
- key: main
  after: {milestone: answered}
  assignee: {expression: values.visitor}
  max_attempts: 2
  max_rounds: 2
  satisfied: VISIT_CONSEQUENCE_CLOSE
  dissatisfied: VISIT_CONSEQUENCE_REOPEN
- key: recall
  after: {visit_recorded: main}
  assignee: {post: chief}
  unreached: VISIT_CONSEQUENCE_CLOSE
- key: survey
  after: {closed: true}
  when: fields.line == "door"
  assignee: {post: chief}
  satisfied: VISIT_CONSEQUENCE_CLOSE
  dissatisfied: VISIT_CONSEQUENCE_REOPEN
- key: urgent
  after: {registered: true}
  when: channel == "press"
  assignee: {post: chief}
- key: welcome
  after: {reopened: true}
  assignee: {post: agent}
  dissatisfied: VISIT_CONSEQUENCE_CLOSE
closing:
  on: [{contact: settled, content: [signature]}]
`

func compiled(t testing.TB) *procedure.Procedure {
	t.Helper()
	return compile(t, pack)
}

func compile(t testing.TB, source string) *procedure.Procedure {
	t.Helper()
	in, err := procedure.Parse([]byte(source))
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

var start = time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC)

// at is so many hours after the beginning.
func at(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }

// ids counts visits: "v1", "v2".
func ids() func() string {
	n := 0
	return func() string { n++; return fmt.Sprintf("v%d", n) }
}

func registered(channel, line string) procedure.Happening {
	return procedure.Happening{
		EventID: "e1", Tenant: "default", ComplaintID: "c", OccurTime: at(0), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
		Registration: &procedure.Registration{
			Number: "V-1", Procedure: "visits", Edition: "d", Flow: "direct", Channel: channel, Fields: map[string]procedure.Value{"line": procedure.Code(line)},
		},
	}
}

func classified(hour, round int, visitor string) procedure.Happening {
	return procedure.Happening{EventID: "e2", OccurTime: at(hour), Round: round, Values: map[string]string{"visitor": visitor}}
}

func answered(hour, round int) procedure.Happening {
	return procedure.Happening{
		EventID: "e3", OccurTime: at(hour), Round: round, Occurrence: procedure.Occurrence{Kind: procedure.Milestone, Key: "answered"},
	}
}

func contact(hour int, content ...string) procedure.Happening {
	return procedure.Happening{
		EventID: "e4", OccurTime: at(hour), Occurrence: procedure.Occurrence{Kind: procedure.Contact, Key: "settled", Content: content},
	}
}

func withdrawn(hour int) procedure.Happening {
	return procedure.Happening{EventID: "e5", OccurTime: at(hour), Withdrawn: true}
}
