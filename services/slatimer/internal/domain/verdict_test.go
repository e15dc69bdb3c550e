package domain_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// Whatever changes the limit of a clock while its complaint goes on, in whatever order the news comes: another grade, an agreement by
// work or by a call, pauses, an excuse. No verdict is ever taken back, and no due time moves without a revision that says from where
// to where, when and by what (field lesson 3: "met" must not turn into "breached").
func TestNoVerdictFlipsAndNoDueTimeMovesUnrecorded(t *testing.T) {
	t.Parallel()
	p := load(t, changing)
	for n := range 10 { // a hundred ways each, as rapid goes by itself
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { changeAtRandom(t, p) })
		})
	}
}

// changeAtRandom changes one complaint in a random way, and holds every step against the one before.
func changeAtRandom(t *rapid.T, p *procedure.Procedure) {
	at := func() time.Time {
		return at("2026-03-05 08:00").Add(time.Duration(rapid.IntRange(0, 6*24*60).Draw(t, "minute")) * time.Minute)
	}
	channel := rapid.SampledFrom([]string{"everything", "everything", "tiered", "agreeing", "climbing", "excusing"}).Draw(t, "channel")
	h := procedure.Happening{
		EventID: "registered", Tenant: "default", ComplaintID: "c", OccurTime: at(), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
		Registration: &procedure.Registration{Edition: p.Digest, Channel: channel, Fields: facts{"distance": procedure.Number(50)}},
	}
	file := domain.Open(h, 0)
	n := 0
	newID := func() string { n++; return fmt.Sprint(n) }
	step := func(next domain.File, evs []domain.Event) {
		for i, c := range next.Clocks {
			if i < len(file.Clocks) {
				follows(t, file.Clocks[i], c, evs)
			} else if len(c.Revisions) > 0 && !c.Revisions[0].DueBefore.Equal(startedDue(evs, c.ID)) {
				t.Fatalf("a new clock whose history does not begin with its start: %+v", c)
			}
			if e, err := domain.Explain(c, p, next.Facts); err != nil || !e.Verified && !c.Agreed() {
				t.Fatalf("the account of %+v is not verified: %v", c, err)
			}
		}
		file = next
	}
	apply := func(name string, h procedure.Happening) {
		h.EventID, h.OccurTime = name, at()
		next, evs, err := domain.Apply(file, h, p, newID)
		if err != nil {
			t.Fatal(err)
		}
		step(next, evs)
	}
	apply("registered", h)
	const when = "2026-03-02 08:00" // replaced
	t.Repeat(map[string]func(*rapid.T){
		"high": func(*rapid.T) {
			apply("high", procedure.Happening{Round: 1, Values: map[string]string{"grade": "high"}})
		},
		"low":   func(*rapid.T) { apply("low", procedure.Happening{Round: 1, Values: map[string]string{"grade": "low"}}) },
		"work":  func(*rapid.T) { apply("work", completed("check", "w", when, facts{"agreed": procedure.Time(at())})) },
		"wait":  func(*rapid.T) { apply("wait", contact("wait", when)) },
		"go":    func(*rapid.T) { apply("go", contact("go", when)) },
		"talk":  func(*rapid.T) { apply("talk", contact("talk", when, "reason")) },
		"off":   func(*rapid.T) { apply("off", contact("off", when)) },
		"done":  func(*rapid.T) { apply("done", milestone("answered", when)) },
		"close": func(*rapid.T) { apply("close", closed(when)) },
		"call": func(*rapid.T) {
			if len(file.Clocks) == 0 {
				return
			}
			next, evs, err := domain.Agree(file, file.Clocks[0].ID, at(), p, domain.Cause{EventID: "call", Actor: "person:li", Reason: "r", Time: at()})
			if err != nil && fault.ReasonOf(err) == "" {
				t.Fatal(err)
			}
			step(next, evs)
		},
		"fire": func(*rapid.T) {
			var ids []string
			for _, c := range file.Clocks {
				ids = append(ids, c.ID)
			}
			step(domain.Fire(file, ids, at()))
		},
	})
}

// follows fails unless after may come of before.
func follows(t *rapid.T, before, after domain.Clock, evs []domain.Event) {
	switch before.State {
	case domain.StateBreached, domain.StateMet, domain.StateCancelled, domain.StateExcused:
		if after.State != before.State || !after.BreachTime.Equal(before.BreachTime) || !after.DueTime.Equal(before.DueTime) {
			t.Fatalf("a verdict was taken back:\n%s", cmp.Diff(before, after))
		}
		for _, r := range after.Revisions[min(len(before.Revisions), len(after.Revisions)):] {
			if r.Kind != domain.RevisionExcused { // late news of an excuse is kept beside the breach
				t.Fatalf("what has a verdict was revised: %+v", r)
			}
		}
	case domain.StateRunning, domain.StatePaused:
	}
	if n := len(before.Revisions); len(after.Revisions) < n || cmp.Diff(before.Revisions, after.Revisions[:n:n], cmpopts.EquateEmpty()) != "" {
		t.Fatalf("the history was rewritten:\n%s", cmp.Diff(before.Revisions, after.Revisions))
	}
	due := before.DueTime
	for _, r := range after.Revisions[len(before.Revisions):] {
		if !r.DueBefore.Equal(due) || r.EventID == "" || r.Time.IsZero() {
			t.Fatalf("due at %v, and a revision says %+v", due, r)
		}
		due = r.DueAfter
	}
	if !after.DueTime.Equal(due) {
		t.Fatalf("due at %v, and the history says %v: %+v", after.DueTime, due, after)
	}
	if after.State == domain.StateBreached && !after.BreachTime.Equal(after.DueTime) {
		t.Fatalf("breached at %v, due at %v", after.BreachTime, after.DueTime)
	}
	if moved := !before.DueTime.Equal(after.DueTime); moved && !toldDue(evs, after) {
		t.Fatalf("due at %v instead of %v, and no event says so: %+v", after.DueTime, before.DueTime, evs)
	}
}

// toldDue reports whether the last event of the clock about its due time gives the one it has.
func toldDue(evs []domain.Event, c domain.Clock) bool {
	var due time.Time
	for _, e := range evs {
		switch d := e.Detail.(type) {
		case domain.Replaced:
			due = d.DueTime
		case domain.Resumed:
			due = d.DueTime
		}
	}
	return due.Equal(c.DueTime)
}

// startedDue returns the due time that a clock started with.
func startedDue(evs []domain.Event, clockID string) time.Time {
	for _, e := range evs {
		if d, ok := e.Detail.(domain.Started); ok && e.ClockID == clockID {
			return d.DueTime
		}
	}
	return time.Time{}
}
