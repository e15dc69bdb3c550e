package domain

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

const actionPack = `
code: acts
edition: "1"
name: {en: Acts}
numbering: {prefix: A, zone: Asia/Shanghai}
posts: [{key: agent}]
flows: [{key: direct, steps: [{key: answer, task: {assignee: {post: agent}}, milestone: answered}]}]
actions:
- key: capa
  name: {en: CAPA}
  numbering: CAPA
  open: [{milestone: answered}]
  steps: [{key: analyse, task: {assignee: {post: agent}}, milestone: effective}]
  closing: [{milestone: effective}]
closing: {on: [{action_closed: capa}]}
`

func actionRules(t *testing.T) *procedure.Procedure {
	t.Helper()
	in, err := procedure.Parse([]byte(actionPack))
	if err != nil {
		t.Fatal(err)
	}
	p, err := procedure.Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestAnActionOpensOnceAndItsEndClosesTheComplaint(t *testing.T) {
	t.Parallel()
	p, newID := actionRules(t), ids()
	complaint := File{Tenant: "default", ComplaintID: "c", Number: "A-1", Procedure: p.Code, Edition: p.Digest, State: Open, Facts: procedure.Facts{Round: 1}}
	reached := procedure.Happening{Round: 1, OccurTime: at(1), Occurrence: procedure.Occurrence{Kind: procedure.Milestone, Key: "answered"}}
	complaint, evs, err := complaint.Apply(reached, p, newID)
	if err != nil || len(evs) != 2 || len(complaint.Opened) != 1 {
		t.Fatalf("%d events, %d actions, %v; want 2, 1 and no error", len(evs), len(complaint.Opened), err)
	}
	action := complaint.Opened[0]
	complaint.Opened = nil
	if action.Number != "A-1/CAPA-1" || action.Facts.Flow != "capa" || evs[0].About != action.ComplaintID || evs[1].About != "c" {
		t.Errorf("action %+v, events %+v", action, evs)
	}
	again, evs, err := complaint.Apply(reached, p, newID)
	if err != nil || len(evs) > 0 || len(again.Opened) > 0 {
		t.Errorf("the second of its kind opened too: %v, %v", evs, err)
	}
	_, _, err = OpenFor([]File{complaint}, Opening{Action: "capa", ID: "x", Time: at(2)}, p)
	var f *fault.Error
	if !errors.As(err, &f) || f.Reason != ReasonActionOpenAlready {
		t.Errorf("by hand: %v, want %s", err, ReasonActionOpenAlready)
	}
	done := procedure.Happening{Round: 1, OccurTime: at(3), Occurrence: procedure.Occurrence{Kind: procedure.Milestone, Key: "effective"}}
	action, evs, err = action.Apply(done, p, newID)
	if diff := cmp.Diff([]Event{{About: action.ComplaintID, Version: 2, Actor: Self, OccurTime: at(3), Body: ActionClosed{"capa"}}}, evs); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if _, evs, err = action.Apply(done, p, newID); err != nil || len(evs) > 0 {
		t.Errorf("it closed twice: %v, %v", evs, err)
	}
	if _, _, err := action.Cancel("in_error", caller, at(4)); !errors.As(err, &f) || f.Reason != ReasonActionNotOpen {
		t.Errorf("cancelled after its end: %v, want %s", err, ReasonActionNotOpen)
	}
	complaint, _, err = complaint.Ended(action, p, newID)
	if err != nil || complaint.State != Closed || len(complaint.Actions["capa"].Open) != 0 || complaint.Actions["capa"].Opened != 1 {
		t.Errorf("complaint %+v, %v; want closed, none of one action open", complaint, err)
	}
}
