package domain

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
)

func TestApplyCounts(t *testing.T) {
	withdrawn := Happening{}
	withdrawn.Withdrawn, withdrawn.OccurTime = true, at(9)
	tests := []struct {
		name string
		acts []Happening
		want func(*Fact) any // what is looked at
		is   any
	}{
		{"contacts", []Happening{happened(1, procedure.Contact, "response"), happened(2, procedure.Contact, "progress")}, func(f *Fact) any { return f.Seen.Contacts }, 2},
		{"milestones, each time", []Happening{happened(1, procedure.Milestone, "answered"), happened(2, procedure.Milestone, "answered")},
			func(f *Fact) any { return f.Seen.Milestones }, map[string]int{"answered": 2}},
		{"routed once, by the first work", []Happening{happened(3, procedure.WorkOpened, "check"), happened(1, procedure.WorkOpened, "answer")}, func(f *Fact) any { return f.RouteTime }, at(3)},
		{"closed", []Happening{happened(4, procedure.Closed, "")}, func(f *Fact) any { return f.CloseTime }, at(4)},
		{"reopened", []Happening{happened(4, procedure.Closed, ""), happened(5, procedure.Reopened, "")},
			func(f *Fact) any { return []any{f.CloseTime, f.Seen.Closed, f.Seen.Rounds} }, []any{time.Time{}, false, 2}},
		{"withdrawn", []Happening{withdrawn}, func(f *Fact) any { return []any{f.WithdrawTime, f.Seen.Withdrawn} }, []any{at(9), true}},
		{"visits, when they have ended", []Happening{visited(procedure.Unreached, false), visited(procedure.Unreached, true), visited(procedure.Satisfied, true), visited(procedure.Dissatisfied, true)},
			func(f *Fact) any { return []any{f.Seen.Visits["main"], f.Visits()} }, []any{procedure.VisitCounts{Satisfied: 1, Dissatisfied: 1, Unreached: 1}, 3}},
		{"a clock met", []Happening{clockChanged("k", "reply", ClockStarted), clockChanged("k", "reply", ClockMet)}, func(f *Fact) any { return f.Clocks() }, procedure.ClockCounts{Started: 1, Met: 1}},
		{"a clock cancelled", []Happening{clockChanged("k", "reply", ClockStarted), clockChanged("k", "reply", ClockCancelled)},
			func(f *Fact) any { return f.Clocks() }, procedure.ClockCounts{Started: 1, Cancelled: 1}},
		{"a clock stopped after its breach stays breached", []Happening{clockChanged("k", "reply", ClockStarted), clockChanged("k", "reply", ClockBreached), clockChanged("k", "reply", ClockStopped)},
			func(f *Fact) any { return []any{f.Clocks(), len(f.Late)} }, []any{procedure.ClockCounts{Started: 1, Breached: 1}, 0}},
		{"so does one cancelled after it, another does not", []Happening{
			clockChanged("k", "reply", ClockStarted), clockChanged("l", "reply", ClockStarted), clockChanged("k", "reply", ClockBreached),
			clockChanged("k", "reply", ClockCancelled), clockChanged("l", "reply", ClockCancelled)},
			func(f *Fact) any { return []any{f.Clocks(), len(f.Late)} }, []any{procedure.ClockCounts{Started: 2, Breached: 1, Cancelled: 1}, 0}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f := Begin(registered(0), compiled(t))
			for _, h := range append([]Happening{registered(0)}, tt.acts...) {
				f.Apply(h)
			}
			if diff := cmp.Diff(tt.is, tt.want(f)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if f.Entries != len(tt.acts)+1 {
				t.Errorf("%d entries of %d events", f.Entries, len(tt.acts)+1)
			}
		})
	}
}

func TestApplyWritesTheEntry(t *testing.T) {
	f := Begin(registered(0), compiled(t))
	f.Apply(registered(0))
	h := happened(3, procedure.Milestone, "answered")
	h.EventID, h.RecordTime, h.Actor, h.Round, h.Type, h.Subject, h.Detail = "e2", at(4), "person:li", 1, "redress.routing.v1.MilestoneReached", "answered", "answer"
	want := Entry{
		Tenant: "default", ComplaintID: "c", Order: 2, EventID: "e2", Type: "redress.routing.v1.MilestoneReached", OccurTime: at(3), RecordTime: at(4),
		Actor: "person:li", Round: 1, Subject: "answered", Detail: "answer",
	}
	if diff := cmp.Diff(want, f.Apply(h)); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
}

func TestTheMonthIsOfTheNumbersZone(t *testing.T) {
	h := registered(0)
	h.OccurTime = time.Date(2026, 2, 28, 16, 0, 0, 0, time.UTC) // midnight in Shanghai
	if got := Begin(h, compiled(t)).Month; got != "2026-03" {
		t.Errorf("month %s, want 2026-03", got)
	}
}

func TestAMetricThatFailsLeavesTheOthers(t *testing.T) {
	p := compiled(t)
	f := Begin(registered(0), p)
	f.Apply(registered(0))
	failed := f.Measure(p)
	if len(failed) != 1 || failed[0].Metric != "broken" || failed[0].Unwrap() == nil || failed[0].Error() == "" {
		t.Errorf("failed: %v", failed)
	}
	last := len(f.Shares) - 1
	if !f.Shares[last].Failed || f.Shares[0] != (Share{Numerator: 1}) {
		t.Errorf("shares %+v", f.Shares)
	}
	f.Apply(happened(1, procedure.Contact, "response"))
	if failed = f.Measure(p); len(failed) > 0 || f.Shares[last] != (Share{Numerator: 10}) {
		t.Errorf("with a contact: failed %v, share %+v", failed, f.Shares[last])
	}
}
