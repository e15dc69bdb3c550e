package domain

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"redress.dev/pkg/procedure"
)

// life draws what happens to one complaint after its registration, in any order that services may tell it in.
func life(t *rapid.T) []Happening {
	var acts []Happening
	round, clocks := 1, 0
	var running, late []Happening
	for range rapid.IntRange(0, 40).Draw(t, "acts") {
		hour := rapid.IntRange(0, 1000).Draw(t, "hour") // occurrence times in no order at all
		var h Happening
		switch rapid.IntRange(0, 8).Draw(t, "act") {
		case 0:
			h = happened(hour, procedure.Contact, "response")
		case 1:
			h = happened(hour, procedure.Milestone, rapid.SampledFrom([]string{"answered", "other"}).Draw(t, "milestone"))
		case 2:
			h = happened(hour, procedure.WorkOpened, "check")
			h.Work = &procedure.WorkHappening{Step: "check", Post: "agent"}
		case 3:
			h = happened(hour, procedure.WorkCompleted, "check")
			h.Work = &procedure.WorkHappening{Step: "check", Outcome: rapid.SampledFrom([]string{"yes", "no"}).Draw(t, "answer")}
		case 4:
			h = visited(procedure.VisitOutcome(rapid.IntRange(1, 3).Draw(t, "outcome")), rapid.Bool().Draw(t, "final"))
		case 5:
			clocks++
			h = clockChanged(fmt.Sprint("k", clocks), rapid.SampledFrom([]string{"reply", "check"}).Draw(t, "policy"), ClockStarted)
			running = append(running, h)
		case 6: // something becomes of a running clock, or of a late one
			from, changes := &running, []ClockChange{ClockMet, ClockBreached, ClockCancelled}
			if len(late) > 0 && rapid.Bool().Draw(t, "late") {
				from, changes = &late, []ClockChange{ClockStopped, ClockCancelled}
			}
			if len(*from) == 0 {
				continue
			}
			c := (*from)[0].Clock
			*from = (*from)[1:]
			h = clockChanged(c.ID, c.Policy, rapid.SampledFrom(changes).Draw(t, "change"))
			if h.Clock.Change == ClockBreached {
				late = append(late, h)
			}
		case 7:
			h = happened(hour, procedure.Closed, "")
			if rapid.Bool().Draw(t, "reopened") {
				round++
				h = happened(hour, procedure.Reopened, "")
			}
			h.Round = round
		case 8:
			if rapid.Bool().Draw(t, "withdrawn") {
				h.Withdrawn, h.OccurTime = true, at(hour)
			} else {
				h.Round, h.Values = round, map[string]string{"grade": rapid.SampledFrom([]string{"high", "low"}).Draw(t, "grade")}
			}
		}
		acts = append(acts, h)
	}
	return acts
}

// recount works out the same as Apply, slowly and another way: every number by going over the whole life.
func recount(acts []Happening) procedure.MetricFacts {
	count := func(is func(Happening) bool) (n int) {
		for _, h := range acts {
			if is(h) {
				n++
			}
		}
		return n
	}
	occurred := func(kind procedure.OccurrenceKind, key string) int {
		return count(func(h Happening) bool { return h.Occurrence.Kind == kind && h.Occurrence.Key == key })
	}
	f := procedure.MetricFacts{
		Clocks: map[string]procedure.ClockCounts{}, Visits: map[string]procedure.VisitCounts{}, Milestones: map[string]int{},
		Contacts: occurred(procedure.Contact, "response"), Rounds: 1 + occurred(procedure.Reopened, ""),
		Withdrawn: count(func(h Happening) bool { return h.Withdrawn }) > 0,
	}
	for _, name := range []string{"answered", "other"} {
		f.Milestones[name] = occurred(procedure.Milestone, name)
	}
	visits := func(outcome procedure.VisitOutcome) int {
		return count(func(h Happening) bool { return h.Visit != nil && h.Visit.Final && h.Visit.Outcome == outcome })
	}
	f.Visits["main"] = procedure.VisitCounts{Satisfied: visits(procedure.Satisfied), Dissatisfied: visits(procedure.Dissatisfied), Unreached: visits(procedure.Unreached)}
	changed := func(id string, change ClockChange) bool {
		return count(func(h Happening) bool { return h.Clock != nil && h.Clock.ID == id && h.Clock.Change == change }) > 0
	}
	for _, h := range acts {
		f.Facts = h.Update(f.Facts)
		switch h.Occurrence.Kind {
		case procedure.Closed:
			f.Closed = true
		case procedure.Reopened:
			f.Closed = false
		}
		if h.Clock == nil || h.Clock.Change != ClockStarted {
			continue
		}
		n := f.Clocks[h.Clock.Policy]
		n.Started++
		switch id := h.Clock.ID; {
		case changed(id, ClockMet):
			n.Met++
		case changed(id, ClockBreached):
			n.Breached++
		case changed(id, ClockCancelled):
			n.Cancelled++
		}
		f.Clocks[h.Clock.Policy] = n
	}
	return f
}

func TestFiguresEqualASlowRecount(t *testing.T) {
	p := compiled(t)
	rapid.Check(t, func(t *rapid.T) {
		acts := append([]Happening{registered(0)}, life(t)...)
		f := Begin(acts[0], p)
		for i, h := range acts {
			if e := f.Apply(h); e.Order != i+1 {
				t.Fatalf("entry %d has order %d", i+1, e.Order)
			}
		}
		f.Measure(p)
		slow := recount(acts)
		for i, m := range p.Metrics {
			n, d, err := m.Value(slow)
			want := Share{Numerator: n, Denominator: d, Failed: err != nil}
			if err != nil {
				want = Share{Failed: true}
			}
			if diff := cmp.Diff(want, f.Shares[i]); diff != "" {
				t.Fatalf("metric %s (-slow +fast):\n%s", m.Key, diff)
			}
		}
		if got := f.Clocks(); got.Started < got.Met+got.Breached+got.Cancelled {
			t.Fatalf("more clocks ended than started: %+v", got)
		}
	})
}
