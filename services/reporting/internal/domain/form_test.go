package domain

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// papers has a form with a box of every sort.
const papers = `
code: papers
edition: "1"
name: {en: Papers}
numbering: {prefix: P, zone: Asia/Shanghai}
vocabularies:
- {key: channel, terms: [{code: web, name: {zh: 网站, en: web site}}]}
- {key: lines, terms: [{code: door, name: {zh: 门, en: door}}]}
fields:
- {key: line, kind: FIELD_KIND_CODE, vocabulary: lines, required: true, name: {zh: 产品线, en: Line}}
- {key: cost, kind: FIELD_KIND_NUMBER, required: true}
- {key: urgent, kind: FIELD_KIND_FLAG}
- {key: bought, kind: FIELD_KIND_TIME, required_when: fields.urgent}
- {key: phone, kind: FIELD_KIND_PHONE, required: true}
posts: [{key: agent, name: {zh: 坐席, en: Agent}}, {key: head}]
rules:
- {target: handler, cases: [{value: agent}]}
- {target: grave, combine: RULE_COMBINATION_ANY, cases: [{when: 'fields.cost > 10.0'}]}
flows:
- key: direct
  reopen_step: handle
  steps:
  - key: handle
    name: {zh: 处理, en: Handle}
    question:
      assignee: {post: agent}
      form: [{key: paid, kind: FIELD_KIND_NUMBER, required: true, name: {zh: 赔付, en: Paid}}, {key: remark, kind: FIELD_KIND_CODE}]
      answers: [{code: settled, name: {zh: 已解决, en: settled}, next: [sign]}, {code: refused, next: [sign]}]
  - {key: sign, approval: {approvers: [{post: head}], approved: [{step: answer}], rejected: [{step: handle}]}}
  - {key: answer, task: {assignee: {post: agent}}, milestone: answered}
visits:
- key: main
  after: {milestone: answered}
  assignee: {post: agent}
  satisfied: VISIT_CONSEQUENCE_CLOSE
  dissatisfied: VISIT_CONSEQUENCE_REOPEN
  form: [{key: score, kind: FIELD_KIND_NUMBER}]
forms:
- key: slip
  name: {zh: 处理单, en: Slip}
  prefix: CL
  opens: {work_opened: handle}
  stages:
  - {key: sent, name: {zh: 投诉, en: Complaint}, done: {work_opened: handle}, items: [{ref: received}, {ref: channel}, {ref: fields.line}, {ref: fields.cost}, {ref: fields.urgent},
      {ref: fields.bought}, {ref: fields.phone}, {ref: values.handler}, {ref: values.grave}]}
  - {key: handling, name: {zh: 处理, en: Handling}, done: {milestone: answered}, items: [{ref: answers.handle.outcome}, {ref: answers.handle.paid}, {ref: answers.handle.remark}, {ref: milestones.answered}]}
  - {key: visit, name: {en: Visit}, done: {visit_recorded: main}, items: [{ref: visits.main}, {ref: answers.main.score}]}
  signers: [handle, sign]
`

// story is a complaint's life, as it is folded.
type story struct {
	fact    *Fact
	entries []Entry
}

// tells applies events in the order in which they are learned; each occurs an hour after the one before.
func (s *story) tells(events ...Happening) *story {
	for _, h := range events {
		h.OccurTime = at(len(s.entries))
		s.entries = append(s.entries, s.fact.Apply(h))
	}
	return s
}

func of(message string, kind procedure.OccurrenceKind, key string) Happening {
	h := happened(0, kind, key)
	h.Type, h.Subject, h.Actor, h.Round = message, key, "person:li", 1
	return h
}

func opened(step string) Happening {
	h := of("redress.routing.v1.WorkOpened", procedure.WorkOpened, step)
	h.Work = &procedure.WorkHappening{Step: step}
	return h
}

func completed(step, outcome string, fields map[string]procedure.Value) Happening {
	h := of("redress.routing.v1.WorkCompleted", procedure.WorkCompleted, step)
	h.Work = &procedure.WorkHappening{Step: step, Outcome: outcome, Fields: fields}
	return h
}

func reached(milestone string) Happening {
	return of("redress.routing.v1.MilestoneReached", procedure.Milestone, milestone)
}

func visit(outcome procedure.VisitOutcome, final bool, fields map[string]procedure.Value) Happening {
	h := visited(outcome, final)
	h.Type, h.Subject, h.Visit.Fields = "redress.followup.v1.VisitRecorded", "main", fields
	h.Detail = "whatever the timeline says: dissatisfied, to be tried again" // nothing is read from words
	return h
}

func classified() Happening {
	return Happening{Type: "redress.routing.v1.ComplaintClassified", Happening: procedure.Happening{Round: 1, Values: map[string]string{"handler": "agent", "grave": "false"}}}
}

func reopened(round int) Happening {
	h := of("redress.followup.v1.ComplaintReopened", procedure.Reopened, "")
	h.Round = round
	return h
}

func numbered(n float64) map[string]procedure.Value {
	return map[string]procedure.Value{"paid": procedure.Number(n)}
}

// aStory begins with a registration that has these fields.
func aStory(t *testing.T, fields map[string]procedure.Value) (*procedure.Procedure, *story) {
	t.Helper()
	in, err := procedure.Parse([]byte(papers))
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	h := registered(0)
	h.Type, h.Subject, h.Detail, h.Registration.Fields = "redress.intake.v1.ComplaintRegistered", "direct", "words, that nobody reads", fields
	h.Registration.Number = "P-202603-000001"
	return p, (&story{fact: Begin(h, p)}).tells(h)
}

// told writes a paper down: a line for each box that is filled, each stage and each signature.
func told(form *procedure.Form, paper Paper) []string {
	out := []string{fmt.Sprintf("%s at %d in %q, missing %v", paper.Number, int(paper.OpenTime.Sub(start).Hours()), paper.Stage, paper.Missing)}
	for i, s := range form.Stages {
		for n, item := range s.Items {
			if v := paper.Stages[i].Values[n]; v != (procedure.Label{}) {
				out = append(out, item.Ref+" = "+v.Zh+"|"+v.En)
			}
		}
		if done := paper.Stages[i].CompleteTime; !done.IsZero() {
			out = append(out, fmt.Sprint(s.Key, " complete at ", int(done.Sub(start).Hours())))
		}
	}
	for _, s := range paper.Signatures {
		if s.Signer != "" {
			out = append(out, fmt.Sprint(s.Step, " signed by ", s.Signer, " at ", int(s.SignTime.Sub(start).Hours()), ": ", s.Outcome.Zh, "|", s.Outcome.En))
		}
	}
	return out
}

func TestFill(t *testing.T) {
	t.Parallel()
	whole := map[string]procedure.Value{"line": procedure.Code("door"), "cost": procedure.Number(2.5), "urgent": procedure.Flag(false)}
	begun := []Happening{classified(), opened("handle")}
	sent := []string{
		"received = 2026-03-06 10:00|2026-03-06 10:00", "channel = 网站|web site", "fields.line = 门|door", "fields.cost = 2.5|2.5", "fields.urgent = 否|no",
		"values.handler = 坐席|Agent", "values.grave = 否|no", "sent complete at 2",
	}
	settled := []Happening{completed("handle", "settled", numbered(120)), completed("sign", "approve", nil), reached("answered")}
	tests := []struct {
		name   string
		fields map[string]procedure.Value
		events []Happening
		want   []string
	}{
		{"the first stage is complete", whole, begun, slices.Concat([]string{
			`P-202603-000001/CL-1 at 2 in "handling", missing [answers.handle.outcome answers.handle.paid]`,
		}, sent)},
		// What is personal is intake's, and what the procedure leaves to choice is never missing; a fact that another one asks for is.
		{"facts that were not given", map[string]procedure.Value{"urgent": procedure.Flag(true)}, begun, []string{
			`P-202603-000001/CL-1 at 2 in "handling", missing [fields.line fields.cost fields.bought answers.handle.outcome answers.handle.paid]`,
			sent[0], sent[1], "fields.urgent = 是|yes", sent[5], sent[6], sent[7],
		}},
		{"signed, not answered", whole, slices.Concat(begun, settled[:2]), slices.Concat([]string{
			`P-202603-000001/CL-1 at 2 in "handling", missing []`,
		}, sent, []string{
			"answers.handle.outcome = 已解决|settled", "answers.handle.paid = 120|120",
			"handle signed by person:li at 3: 已解决|settled", "sign signed by person:li at 4: 同意|approved",
		})},
		{"an attempt is no visit", whole, slices.Concat(begun, settled, []Happening{visit(procedure.Unreached, false, nil)}), slices.Concat([]string{
			`P-202603-000001/CL-1 at 2 in "visit", missing [visits.main]`,
		}, sent, []string{
			"answers.handle.outcome = 已解决|settled", "answers.handle.paid = 120|120", "milestones.answered = 2026-03-06 15:00|2026-03-06 15:00", "handling complete at 5",
			"handle signed by person:li at 3: 已解决|settled", "sign signed by person:li at 4: 同意|approved",
		})},
		{"complete", whole, slices.Concat(begun, settled, []Happening{
			visit(procedure.Unreached, false, nil), visit(procedure.Satisfied, true, map[string]procedure.Value{"score": procedure.Number(9)}),
		}), slices.Concat([]string{`P-202603-000001/CL-1 at 2 in "", missing []`}, sent, []string{
			"answers.handle.outcome = 已解决|settled", "answers.handle.paid = 120|120", "milestones.answered = 2026-03-06 15:00|2026-03-06 15:00", "handling complete at 5",
			"visits.main = 满意|satisfied", "answers.main.score = 9|9", "visit complete at 7",
			"handle signed by person:li at 3: 已解决|settled", "sign signed by person:li at 4: 同意|approved",
		})},
		// What the first round recorded stands in the first paper.
		{"the second round's paper is empty but for the facts", whole, slices.Concat(begun, settled, []Happening{
			visit(procedure.Dissatisfied, true, nil), reopened(2), opened("handle"),
		}), slices.Concat([]string{
			`P-202603-000001/CL-2 at 8 in "handling", missing [answers.handle.outcome answers.handle.paid]`,
		}, sent[:7], []string{"sent complete at 8"})},
		{"the second round's own", whole, slices.Concat(begun, settled, []Happening{
			visit(procedure.Dissatisfied, true, nil), reopened(2), opened("handle"), completed("handle", "refused", numbered(0)), completed("sign", "reject", nil),
		}), slices.Concat([]string{
			`P-202603-000001/CL-2 at 8 in "handling", missing []`,
		}, sent[:7], []string{
			"sent complete at 8", "answers.handle.outcome = |refused", "answers.handle.paid = 0|0",
			"handle signed by person:li at 9: |refused", "sign signed by person:li at 10: 不同意|rejected",
		})},
		{"work of an edition before, whose step had another key", whole, slices.Concat([]Happening{
			classified(), opened("treat"), completed("treat", "settled", numbered(7)), {
				Type:      "redress.routing.v1.ComplaintMigrated",
				Happening: procedure.Happening{Round: 1, Values: map[string]string{"handler": "agent", "grave": "false"}, Migration: &procedure.Migration{Steps: map[string]string{"treat": "handle"}}},
			},
		}), slices.Concat([]string{
			`P-202603-000001/CL-1 at 2 in "handling", missing []`,
		}, sent, []string{
			"answers.handle.outcome = 已解决|settled", "answers.handle.paid = 7|7", "handle signed by person:li at 3: 已解决|settled",
		})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, s := aStory(t, tt.fields)
			s.tells(tt.events...)
			form, err := ChooseForm(p, "slip")
			if err != nil {
				t.Fatal(err)
			}
			rand.Shuffle(len(s.entries), func(i, j int) { s.entries[i], s.entries[j] = s.entries[j], s.entries[i] }) // Fill takes them in any order
			paper, err := Fill(p, form, s.fact, s.entries)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, told(form, paper)); diff != "" {
				t.Errorf("paper (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFillRefuses(t *testing.T) {
	t.Parallel()
	p, s := aStory(t, nil)
	s.tells(classified(), opened("sign"), of("redress.intake.v1.ContactRecorded", procedure.Contact, "handle"))
	form, err := ChooseForm(p, "slip")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Fill(p, form, s.fact, s.entries); fault.ReasonOf(err) != ReasonFormNotOpened {
		t.Errorf("a paper that nothing has begun gives %v", err)
	}
	_, err = ChooseForm(p, "slop")
	if fault.ReasonOf(err) != ReasonFormUnknown || !strings.Contains(err.Error(), "it has slip") {
		t.Errorf("an unknown form gives %v", err)
	}
}

// Whatever a pack may wait for opens a paper: all that a service tells of it is in a line.
func TestEveryOccurrenceOpensAPaper(t *testing.T) {
	t.Parallel()
	for message, kind := range kinds {
		h := of(message, kind, "x")
		key := "x"
		switch kind {
		case procedure.Registered:
			key = ""
		case procedure.VisitRecorded:
			h.Visit = &procedure.VisitHappening{Plan: "x", Outcome: procedure.Unreached, Final: true}
		case procedure.WorkCompleted:
			h.Work = &procedure.WorkHappening{Step: "x"}
		}
		p, s := aStory(t, nil)
		if kind != procedure.Registered {
			s.tells(h)
		}
		form := &procedure.Form{Key: "any", Opens: procedure.Trigger{Kind: kind, Key: key}}
		if _, err := Fill(p, form, s.fact, s.entries); err != nil {
			t.Errorf("%s: %v", message, err)
		}
	}
}
