package domain_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// Whatever happens in whatever order, every clock has a history that makes sense: it starts once, is warned only between start and
// due, is breached at its due time if at all, and ends once; and its timer is armed exactly as long as it runs.
func TestEveryClockHasOneSensibleHistory(t *testing.T) {
	t.Parallel()
	for _, pack := range []struct {
		path     string
		channels []string
	}{
		{limits, []string{"hours", "eve", "none"}},
		{changing, []string{"hours", "working_hours", "end_of_counted_day", "climbing", "agreeing", "excusing", "tiered", "mail"}},
	} {
		t.Run(pack.path, func(t *testing.T) {
			t.Parallel()
			everyClockHasOneSensibleHistory(t, load(t, pack.path), pack.channels)
		})
	}
}

func everyClockHasOneSensibleHistory(t *testing.T, p *procedure.Procedure, channels []string) {
	rapid.Check(t, func(t *rapid.T) {
		minute := rapid.IntRange(0, 3*24*60)
		at := func() time.Time {
			return at("2026-03-02 08:00").Add(time.Duration(minute.Draw(t, "minute")) * time.Minute)
		}
		h := procedure.Happening{
			Tenant: "default", ComplaintID: "c", OccurTime: at(), Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
			Registration: &procedure.Registration{Edition: p.Digest, Channel: rapid.SampledFrom(channels).Draw(t, "channel")},
		}
		n := 0
		newID := func() string { n++; return fmt.Sprint(n) }
		file, clocks := domain.Open(h, 0), map[string]*history{}
		round := 1
		step := func(next domain.File, evs []domain.Event) {
			for i, e := range evs {
				if e.Version != file.EventVersion+int64(i)+1 {
					t.Fatalf("version %d after %d", e.Version, file.EventVersion)
				}
				if clocks[e.ClockID] == nil {
					clocks[e.ClockID] = &history{}
				}
				clocks[e.ClockID].tell(t, e)
			}
			file = next
			for _, c := range file.Clocks {
				clocks[c.ID].hold(t, c)
			}
		}
		apply := func(h procedure.Happening) {
			next, evs, err := domain.Apply(file, h, p, newID)
			if err != nil {
				t.Fatal(err)
			}
			step(next, evs)
		}
		apply(h)
		work := func() string { return fmt.Sprint("w", rapid.IntRange(1, 3).Draw(t, "work")) }
		t.Repeat(map[string]func(*rapid.T){
			"opened": func(*rapid.T) {
				h := opened("act", work(), "2026-03-02 08:00")
				h.OccurTime, h.Round = at(), round
				apply(h)
			},
			"completed": func(*rapid.T) {
				h := completed("act", work(), "2026-03-02 08:00", nil)
				h.OccurTime, h.Round = at(), round
				apply(h)
			},
			"cancelled": func(*rapid.T) {
				h := workCancelled("act", work(), "2026-03-02 08:00")
				h.OccurTime, h.Round = at(), round
				apply(h)
			},
			"acted": func(*rapid.T) {
				h := milestone("acted", "2026-03-02 08:00")
				h.OccurTime, h.Round = at(), round
				apply(h)
			},
			"answered": func(*rapid.T) {
				h := milestone("answered", "2026-03-02 08:00")
				h.OccurTime, h.Round = at(), round
				apply(h)
			},
			"agreed": func(*rapid.T) {
				h := completed("check", work(), "2026-03-02 08:00", map[string]procedure.Value{"agreed": procedure.Time(at())})
				h.OccurTime, h.Round = at(), round
				apply(h)
			},
			"classified": func(*rapid.T) {
				grade := rapid.SampledFrom([]string{"low", "high"}).Draw(t, "grade")
				apply(procedure.Happening{OccurTime: at(), Round: round, Values: map[string]string{"grade": grade}})
			},
			"wait":      func(*rapid.T) { h := contact("wait", "2026-03-02 08:00"); h.OccurTime = at(); apply(h) },
			"go":        func(*rapid.T) { h := contact("go", "2026-03-02 08:00"); h.OccurTime = at(); apply(h) },
			"talk":      func(*rapid.T) { h := contact("talk", "2026-03-02 08:00", "reason"); h.OccurTime = at(); apply(h) },
			"contact":   func(*rapid.T) { h := contact("response", "2026-03-02 08:00", "progress"); h.OccurTime = at(); apply(h) },
			"closed":    func(*rapid.T) { h := closed("2026-03-02 08:00"); h.OccurTime, h.Round = at(), round; apply(h) },
			"reopened":  func(*rapid.T) { round++; h := reopened(round, "2026-03-02 08:00"); h.OccurTime = at(); apply(h) },
			"withdrawn": func(*rapid.T) { h := withdrawn("2026-03-02 08:00"); h.OccurTime = at(); apply(h) },
			"fire": func(*rapid.T) {
				var ids []string
				for _, c := range file.Clocks {
					ids = append(ids, c.ID)
				}
				step(domain.Fire(file, ids, at()))
			},
		})
	})
}

// history is what the events say of one clock.
type history struct {
	start, due  time.Time
	late, ended bool // the due time has passed unmet; a stop or cancellation came
	breached    bool
	state       domain.State
	lastWarned  time.Time
	levels      map[int]bool
}

func (h *history) tell(t *rapid.T, e domain.Event) {
	if _, first := e.Detail.(domain.Started); first != h.start.IsZero() || h.ended {
		t.Fatalf("%T at the wrong place of a history %+v", e.Detail, h)
	}
	running := h.state == domain.StateRunning
	switch d := e.Detail.(type) {
	case domain.Started:
		h.start, h.due, h.state, h.levels = e.OccurTime, d.DueTime, domain.StateRunning, map[int]bool{}
	case domain.Warned:
		if !running || !e.OccurTime.After(h.start) || !e.OccurTime.Before(h.due) || e.OccurTime.Before(h.lastWarned) {
			t.Fatalf("warned at %v: %+v", e.OccurTime, h)
		}
		h.lastWarned = e.OccurTime
	case domain.Paused:
		if !running || e.OccurTime.After(h.due) {
			t.Fatalf("paused at %v: %+v", e.OccurTime, h)
		}
		h.state = domain.StatePaused
	case domain.Resumed:
		if h.state != domain.StatePaused || d.DueTime.Before(h.due) || d.DueTime.Before(e.OccurTime) {
			t.Fatalf("resumed at %v, due %v: %+v", e.OccurTime, d.DueTime, h)
		}
		h.state, h.due = domain.StateRunning, d.DueTime
	case domain.Replaced:
		if !running && h.state != domain.StatePaused || !d.PreviousDueTime.Equal(h.due) {
			t.Fatalf("replaced at %v: %+v", e.OccurTime, h)
		}
		h.due, h.lastWarned = d.DueTime, time.Time{}
		if d.Cause == domain.ReplacedByAgreement {
			h.state = domain.StateRunning
		}
	case domain.Breached:
		if !running || !e.OccurTime.Equal(h.due) {
			t.Fatalf("breached at %v: %+v", e.OccurTime, h)
		}
		h.late, h.breached, h.state = true, true, domain.StateBreached
	case domain.Excused:
		if !running || !e.OccurTime.Equal(h.due) || d.ExcuseTime.After(h.due) {
			t.Fatalf("excused at %v: %+v", e.OccurTime, h)
		}
		h.late, h.state = true, domain.StateExcused
	case domain.Escalated:
		if !h.breached || h.levels[d.Level] || e.OccurTime.Before(h.due) {
			t.Fatalf("escalated to %d at %v: %+v", d.Level, e.OccurTime, h)
		}
		h.levels[d.Level] = true
	case domain.Met:
		if h.late || running && e.OccurTime.After(h.due) {
			t.Fatalf("met at %v: %+v", e.OccurTime, h)
		}
		h.ended, h.state = true, domain.StateMet
	case domain.Stopped:
		if !h.late || d.Late != max(0, e.OccurTime.Sub(h.due)) {
			t.Fatalf("stopped at %v, late %v: %+v", e.OccurTime, d.Late, h)
		}
		h.ended = true
	case domain.Cancelled:
		if h.ended = true; !h.late {
			h.state = domain.StateCancelled
		}
	}
}

func (h *history) hold(t *rapid.T, c domain.Clock) {
	if c.State != h.state || c.Open() == h.ended || h.breached == c.BreachTime.IsZero() || !c.DueTime.Equal(h.due) {
		t.Fatalf("the clock %+v does not agree with its history %+v", c, h)
	}
	climbs := h.breached && c.Open() && len(h.levels) < len(c.EscalateTimes)
	if armed := !c.NextTime.IsZero(); armed != (c.State == domain.StateRunning || climbs) {
		t.Fatalf("the clock %+v has a timer where nothing comes, or none where something does: %+v", c, h)
	}
}
