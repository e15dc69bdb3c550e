package domain

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
)

// visited is a call in a story: reported by "person:li" when it ends.
type visited struct {
	hour    int
	visit   string
	outcome procedure.VisitOutcome
}

// told is what a story emitted: hour, actor, body.
type told struct {
	Hour  int
	Actor string
	Body  Body
}

const caller = "person:li"

// play runs the acts of a story and returns the file and everything that it emitted.
func play(t *testing.T, acts ...any) (File, []told) {
	t.Helper()
	p, newID := compiled(t), ids()
	var f File
	var all []told
	for _, act := range acts {
		var evs []Event
		var err error
		switch a := act.(type) {
		case procedure.Happening:
			if a.Registration != nil {
				f = Begin(a)
			}
			f, evs, err = f.Apply(a, p, newID)
		case visited:
			f, evs, err = f.Record(Call{VisitID: a.visit, Outcome: a.outcome, EndTime: at(a.hour), Actor: caller}, at(a.hour), p, newID)
		}
		if err != nil {
			t.Fatalf("%+v: %v", act, err)
		}
		for _, e := range evs {
			all = append(all, told{int(e.OccurTime.Sub(start) / time.Hour), e.Actor, e.Body})
		}
	}
	if f.Version != int64(len(all)) {
		t.Errorf("version %d after %d events", f.Version, len(all))
	}
	return f, all
}

func TestStories(t *testing.T) {
	begin := []any{registered("web", "window"), classified(1, 1, "agent"), answered(2, 1)}
	main1 := told{2, Self, VisitScheduled{"v1", "main", 1, "agent"}}
	recorded := func(hour int, visit, plan string, round int, outcome procedure.VisitOutcome, attempts int, final bool) told {
		return told{hour, caller, VisitRecorded{visit, plan, round, outcome, attempts, final, nil}}
	}
	tests := []struct {
		name string
		acts []any
		want []told
		end  State
	}{
		{"satisfied closes", append(begin, visited{5, "v1", procedure.Satisfied}), []told{
			main1, recorded(5, "v1", "main", 1, procedure.Satisfied, 0, true), {5, caller, ComplaintClosed{1, Accepted}},
		}, Closed},
		{"dissatisfied reopens: a new round, with its own visits", append(begin, visited{5, "v1", procedure.Dissatisfied}, classified(6, 2, "chief"), answered(7, 2)), []told{
			main1, recorded(5, "v1", "main", 1, procedure.Dissatisfied, 0, true), {5, caller, ComplaintReopened{2, "v1"}},
			{5, Self, VisitScheduled{"v2", "welcome", 2, "agent"}}, {7, Self, VisitScheduled{"v3", "main", 2, "chief"}},
		}, Open},
		{"dissatisfied in the last round closes as not accepted",
			append(begin, visited{5, "v1", procedure.Dissatisfied}, classified(6, 2, "chief"), answered(7, 2), visited{8, "v3", procedure.Dissatisfied}), []told{
				main1, recorded(5, "v1", "main", 1, procedure.Dissatisfied, 0, true), {5, caller, ComplaintReopened{2, "v1"}},
				{5, Self, VisitScheduled{"v2", "welcome", 2, "agent"}}, {7, Self, VisitScheduled{"v3", "main", 2, "chief"}},
				recorded(8, "v3", "main", 2, procedure.Dissatisfied, 0, true), {8, caller, ComplaintClosed{2, NotAccepted}},
			}, Closed},
		{"an attempt leaves the visit due; the last one ends it, and another visit may follow", append(begin, visited{5, "v1", procedure.Unreached}, visited{6, "v1", procedure.Unreached}), []told{
			main1, recorded(5, "v1", "main", 1, procedure.Unreached, 1, false), recorded(6, "v1", "main", 1, procedure.Unreached, 2, true),
			{6, Self, VisitScheduled{"v2", "recall", 1, "chief"}},
		}, Open},
		{"unreached closes, where the plan says so",
			append(begin, visited{5, "v1", procedure.Unreached}, visited{6, "v1", procedure.Unreached}, visited{7, "v2", procedure.Unreached}, visited{8, "v2", procedure.Unreached}, visited{9, "v2", procedure.Unreached}), []told{
				main1, recorded(5, "v1", "main", 1, procedure.Unreached, 1, false), recorded(6, "v1", "main", 1, procedure.Unreached, 2, true),
				{6, Self, VisitScheduled{"v2", "recall", 1, "chief"}}, recorded(7, "v2", "recall", 1, procedure.Unreached, 1, false),
				recorded(8, "v2", "recall", 1, procedure.Unreached, 2, false), recorded(9, "v2", "recall", 1, procedure.Unreached, 3, true), {9, caller, ComplaintClosed{1, NotReached}},
			}, Closed},
		{"a visit that is due is not scheduled again", append(begin, answered(3, 1)), []told{main1}, Open},
		{"the guard keeps a visit away", []any{registered("web", "window")}, nil, Open},
		{"the guard lets a visit through", []any{registered("press", "window")}, []told{{0, Self, VisitScheduled{"v1", "urgent", 1, "chief"}}}, Open},
		{"the procedure closes, and due visits end", append(begin, contact(4, "signature")), []told{main1, {4, Self, ComplaintClosed{1, ByProcedure}}}, Closed},
		{"a contact without the content does not close", append(begin, contact(4, "promise")), []told{main1}, Open},
		{"a second closing says nothing", append(begin, contact(4, "signature"), contact(5, "signature")), []told{main1, {4, Self, ComplaintClosed{1, ByProcedure}}}, Closed},
		{"nothing is due after the end", append(begin, contact(4, "signature"), answered(5, 1)), []told{main1, {4, Self, ComplaintClosed{1, ByProcedure}}}, Closed},
		{"a visit after the closing may find it was too early", []any{
			registered("web", "door"), contact(4, "signature"), visited{9, "v1", procedure.Dissatisfied},
		}, []told{
			{4, Self, ComplaintClosed{1, ByProcedure}}, {4, Self, VisitScheduled{"v1", "survey", 1, "chief"}},
			recorded(9, "v1", "survey", 1, procedure.Dissatisfied, 0, true), {9, caller, ComplaintReopened{2, "v1"}},
			{9, Self, VisitScheduled{"v2", "welcome", 2, "agent"}},
		}, Open},
		{"a closed complaint is not closed again", []any{registered("web", "door"), contact(4, "signature"), visited{9, "v1", procedure.Satisfied}}, []told{
			{4, Self, ComplaintClosed{1, ByProcedure}}, {4, Self, VisitScheduled{"v1", "survey", 1, "chief"}}, recorded(9, "v1", "survey", 1, procedure.Satisfied, 0, true),
		}, Closed},
		{"withdrawal ends everything", append(begin, withdrawn(4), answered(5, 1), contact(6, "signature")), []told{main1}, Withdrawn},
		{"what comes late from an earlier round makes nothing due", append(begin, visited{5, "v1", procedure.Dissatisfied}, answered(5, 1)), []told{
			main1, recorded(5, "v1", "main", 1, procedure.Dissatisfied, 0, true), {5, caller, ComplaintReopened{2, "v1"}}, {5, Self, VisitScheduled{"v2", "welcome", 2, "agent"}},
		}, Open},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, got := play(t, tt.acts...)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if f.State != tt.end {
				t.Errorf("state %v, want %v", f.State, tt.end)
			}
			for _, v := range f.Visits {
				if (v.State == Due) != v.EndTime.IsZero() || f.State == Withdrawn && v.State == Due || v.State == Due && v.Round != f.Facts.Round {
					t.Errorf("in state %v, round %d: visit %+v", f.State, f.Facts.Round, v)
				}
			}
		})
	}
}

func TestAFailureLeavesTheFileAsItWas(t *testing.T) {
	p := compiled(t)
	before, _ := play(t, registered("web", "window"), classified(1, 1, "nobody"))
	// The rule's value names a post that the procedure does not have.
	after, evs, err := before.Apply(answered(2, 1), p, ids())
	if err == nil || len(evs) > 0 {
		t.Errorf("a visit without a post: %d events, error %v", len(evs), err)
	}
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("the file changed:\n%s", diff)
	}
	if _, _, err := before.Apply(answered(2, 2), p, ids()); err == nil {
		t.Error("an event of a round that has not begun was applied")
	}
}
