package procedure

import (
	"slices"
	"strings"
)

// What becomes of a clock, as a watch marks it.
const (
	idle    = 0
	running = 1
	paused  = 2
)

// runs follows a clock through every flow: it can start and stop, and what else touches it can happen while it runs. What it runs
// over is added to covered.
func (v *verifier) runs(path string, k *Clock, covered map[string]bool) {
	touched := map[string]bool{} // kinds of trigger that happened at a time when they do something
	starts := false
	for _, w := range v.walks {
		x := w.watched(v.marking(w, k, touched), v.elsewhere(w, k, touched))
		ran := marked{-1, 0}
		for _, m := range x.order {
			if m.mark == idle {
				continue
			}
			if ran.state < 0 {
				ran = m
			}
			s := w.states[m.state]
			s.open.each(func(n int) { covered[w.flow.Key+"."+w.flow.Steps[n].Key] = true })
			s.due.each(func(n int) { covered["visit."+v.out.Visits[n].Key] = true })
		}
		if ran.state < 0 && !touched["start "+w.flow.Key] {
			continue
		}
		starts = true
		if !touched["stop "+w.flow.Key] && !w.wide && !v.broke(path+".stop") {
			v.found(ClockNeverStops, path+".stop", "the clock starts in the flow %s, and nothing that follows there stops it", w.flow.Key)
			if ran.state >= 0 {
				v.last().Trace = x.trace(ran)
			}
		}
	}
	if !starts {
		if !v.broke(path + ".start") {
			v.found(ClockNeverStarts, path+".start", "nothing starts the clock: what it waits for happens in no flow")
		}
		return
	}
	v.idleTriggers(path, k, touched)
}

// idleTriggers reports what can never touch the clock while it runs.
func (v *verifier) idleTriggers(path string, k *Clock, touched map[string]bool) {
	for _, list := range []struct {
		name string
		of   []Trigger
		vain string
	}{
		{"cancel", k.Cancel, "nothing of this happens while the clock runs"},
		{"pause", k.Pause, "nothing of this happens while the clock runs: it is never paused"},
		{"resume", k.Resume, "nothing of this happens while the clock is paused: once paused it never runs on"},
		{"replace", k.Replace, "nothing of this happens while the clock runs: its due time is never replaced"},
		{"excuse", k.Excuse, "nothing of this happens while the clock runs"},
	} {
		if len(list.of) == 0 || touched[list.name] || v.broke(path+"."+list.name) {
			continue
		}
		if list.name == "resume" && touched["pause"] {
			v.found(ClockTriggerIdle, path+".resume", "%s", list.vain)
			continue
		}
		v.warned(ClockTriggerIdle, path+"."+list.name, "%s; correct the trigger, or leave it out", list.vain)
	}
}

// marking returns how what happens changes the clock's mark, noting what does.
func (v *verifier) marking(w *walk, k *Clock, touched map[string]bool) func(int, Occurrence) int {
	return func(mark int, o Occurrence) int {
		if mark != idle {
			for name, list := range map[string][]Trigger{"replace": k.Replace, "excuse": k.Excuse} {
				if anyHappens(list, o) {
					touched[name] = true
				}
			}
			switch {
			case anyHappens(k.Stop, o):
				touched["stop "+w.flow.Key] = true
				mark = idle
			case anyHappens(k.Cancel, o):
				touched["cancel"] = true
				mark = idle
			case o.Kind == Closed:
				mark = idle
			case mark == running && anyHappens(k.Pause, o):
				touched["pause"] = true
				mark = paused
			case mark == paused && anyHappens(k.Resume, o):
				touched["resume"] = true
				mark = running
			}
		}
		if k.Start.happens(o) {
			touched["start "+w.flow.Key] = true
			mark = running
		}
		return mark
	}
}

// elsewhere returns how what no step brings about, such as a contact, can change the clock's mark at any time.
func (v *verifier) elsewhere(w *walk, k *Clock, touched map[string]bool) func(int) []int {
	outside := func(list []Trigger) bool {
		return slices.ContainsFunc(list, func(t Trigger) bool { return t.outside() })
	}
	return func(mark int) (more []int) {
		switch mark {
		case idle:
			if k.Start.outside() {
				touched["start "+w.flow.Key] = true
				more = append(more, running)
			}
		case running, paused:
			for name, list := range map[string][]Trigger{
				"stop " + w.flow.Key: k.Stop, "cancel": k.Cancel, "replace": k.Replace, "excuse": k.Excuse, "pause": k.Pause, "resume": k.Resume,
			} {
				if !outside(list) || name == "resume" && mark == running || name == "pause" && mark == paused {
					continue
				}
				touched[name] = true
				switch {
				case name == "pause":
					more = append(more, paused)
				case name == "resume":
					more = append(more, running)
				case name == "cancel" || strings.HasPrefix(name, "stop "):
					more = append(more, idle)
				}
			}
			slices.Sort(more)
		}
		return more
	}
}

// outside reports whether a trigger happens without any step, visit or closing.
func (t Trigger) outside() bool {
	switch t.Kind {
	case Registered, WorkOpened, WorkCompleted, Milestone, VisitRecorded, Closed, Reopened:
		return false
	default:
		return true
	}
}
