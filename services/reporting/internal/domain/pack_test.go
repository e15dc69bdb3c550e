package domain

import (
	"testing"
	"time"

	"redress.dev/pkg/procedure"
)

// pack has a metric for everything that metrics see; "broken" fails for complaints without contacts.
const pack = `
code: figures
edition: "1"
name: {en: Figures}
numbering: {prefix: F, zone: Asia/Shanghai}
calendars:
- {key: always, zone: Asia/Shanghai, week: [{days: [mon, tue, wed, thu, fri, sat, sun], hours: ["00:00-24:00"]}]}
fields: [{key: line, kind: FIELD_KIND_CODE}, {key: cost, kind: FIELD_KIND_NUMBER}]
posts: [{key: agent}]
rules:
- {target: grade, cases: [{when: 'fields.cost > 10.0', value: high}, {value: low}]}
flows:
- key: direct
  steps:
  - {key: check, question: {assignee: {post: agent}, answers: [{code: "yes", next: [answer]}, {code: "no", next: [answer]}]}}
  - {key: answer, task: {assignee: {post: agent}}, milestone: answered}
clocks:
- {key: reply, start: {registered: true}, limit: {hours: 48}, calendar: always, stop: [{milestone: answered}]}
- {key: check, start: {work_opened: check}, limit: {hours: 1}, calendar: always, stop: [{work_completed: check}]}
visits:
- {key: main, after: {milestone: answered}, assignee: {post: agent}, satisfied: VISIT_CONSEQUENCE_CLOSE, dissatisfied: VISIT_CONSEQUENCE_REOPEN}
metrics:
- {key: complaints, numerator: "1"}
- {key: in_time, numerator: clocks.reply.met, denominator: clocks.reply.started - clocks.reply.cancelled}
- {key: late_checks, numerator: clocks.check.breached, denominator: clocks.check.started}
- {key: answered, numerator: milestones.answered > 0, denominator: "1"}
- {key: contacted, numerator: contacts > 0, denominator: "true"}
- {key: happy, numerator: visits.main.satisfied, denominator: visits.main.satisfied + visits.main.dissatisfied + visits.main.unreached}
- {key: rounds, numerator: rounds}
- {key: closed, numerator: closed, denominator: "!withdrawn"}
- {key: grave, numerator: values.grade == "high" && fields.line == "door" && channel == "web" && round > 0}
- {key: confirmed, numerator: answers.check.outcome == "yes"}
- {key: broken, numerator: "10 / contacts"}
`

func compiled(t testing.TB) *procedure.Procedure {
	t.Helper()
	in, err := procedure.Parse([]byte(pack))
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

func registered(hour int) Happening {
	h := Happening{Type: "registered", Happening: procedure.Happening{
		EventID: "e1", Tenant: "default", ComplaintID: "c", OccurTime: at(hour), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
		Registration: &procedure.Registration{Number: "F-1", Procedure: "figures", Flow: "direct", Channel: "web", Fields: map[string]procedure.Value{
			"line": procedure.Code("door"), "cost": procedure.Number(12),
		}},
	}}
	return h
}

func happened(hour int, kind procedure.OccurrenceKind, key string) Happening {
	return Happening{Happening: procedure.Happening{OccurTime: at(hour), Occurrence: procedure.Occurrence{Kind: kind, Key: key}}}
}

func clockChanged(id, policy string, change ClockChange) Happening {
	return Happening{Clock: &ClockHappening{ID: id, Policy: policy, Change: change}}
}

func visited(outcome procedure.VisitOutcome, final bool) Happening {
	var h Happening
	h.Visit = &procedure.VisitHappening{Plan: "main", Outcome: outcome, Final: final}
	if final {
		h.Occurrence = procedure.Occurrence{Kind: procedure.VisitRecorded, Key: "main"}
	}
	return h
}
