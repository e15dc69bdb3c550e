package procedure

import (
	"slices"

	"cel.dev/cel-go/common/types"
)

// firing returns the steps of f at which a trigger happens, and whether it can happen at any time whatever the steps.
func (v *verifier) firing(f *Flow, t Trigger) (steps []string, anytime bool) {
	return v.firingOf(f, t, map[string]bool{})
}

func (v *verifier) firingOf(f *Flow, t Trigger, seen map[string]bool) (steps []string, anytime bool) {
	switch t.Kind {
	case WorkOpened, WorkCompleted:
		if s, ok := f.Step(t.Key); ok && s.Kind.Work() {
			steps = append(steps, t.Key)
		}
	case Milestone:
		for _, s := range f.Steps {
			if s.Milestone == t.Key {
				steps = append(steps, s.Key)
			}
		}
	case VisitRecorded:
		if p, ok := v.out.Visit(t.Key); ok && !seen[t.Key] {
			seen[t.Key] = true
			return v.firingOf(f, p.After, seen)
		}
	default:
		return nil, true
	}
	return steps, false
}

// onward returns the steps that a complaint may come to after s, by way of the flow or of a visit that reopens it.
func (v *verifier) onward(f *Flow, s *Step) []string {
	next := s.leads()
	for _, p := range v.out.Visits {
		if p.reopens() {
			if steps, anytime := v.firing(f, p.After); anytime || slices.Contains(steps, s.Key) {
				return append(next, f.Reopen)
			}
		}
	}
	return next
}

// reopens reports whether an outcome of the visit begins a new round.
func (v *Visit) reopens() bool {
	return v.Satisfied == Reopen || v.Dissatisfied == Reopen || v.Unreached == Reopen
}

// closes reports whether an outcome of the visit closes the complaint.
func (v *Visit) closes() bool {
	return v.Satisfied == Close || v.Dissatisfied == Close || v.Unreached == Close
}

// known returns the steps whose work is certainly completed when a branch comes to the step: none before the flow was walked.
func (v *verifier) known(f *Flow, key string) map[string]bool { return v.certain[f.Key][key] }

// certain returns, for every step, the steps whose work is completed in every situation in which a branch comes to it.
func (w *walk) certain() map[string]map[string]bool {
	out := make(map[string]map[string]bool, len(w.flow.Steps))
	for _, s := range w.flow.Steps {
		out[s.Key] = map[string]bool{}
	}
	for _, t := range w.flow.Steps {
		if !t.Kind.Work() {
			continue
		}
		for key := range out {
			out[key][t.Key] = true
		}
		w.watched(func(done int, o Occurrence) int {
			switch {
			case o.Kind == entered && done == 0:
				out[o.Key][t.Key] = false
			case o.Kind == WorkCompleted && o.Key == t.Key:
				return 1
			}
			return done
		}, nothing)
	}
	return out
}

// at returns the place at which a step begins.
func (v *verifier) at(f *Flow, key string) place { return place{f, v.known(f, key)} }

// after returns the place at which a step is done.
func (v *verifier) after(f *Flow, s *Step) place {
	done := map[string]bool{s.Key: s.Kind.Work()}
	for key, yes := range v.known(f, s.Key) {
		if yes {
			done[key] = true
		}
	}
	return place{f, done}
}

// feasible reports whether a complaint with the facts of a scene can come to a step: on the way every condition comes out as the
// scene has it, as far as it tells, and no work has recorded what in the scene is not recorded. It returns how, or false.
func (v *verifier) feasible(f *Flow, key string, s scene) ([]string, bool) {
	w, ok := find(v.walks, f.Key, func(w *walk) string { return w.flow.Key })
	if !ok || w.wide {
		return nil, true // not every way is known
	}
	if v.spent() {
		return nil, false
	}
	s = s.copy()
	firstRound := s["round"] == types.Int(1)
	delete(s, "round") // the way may lead through several rounds
	fits := map[choice]bool{}
	allowed := func(a act) bool {
		for _, c := range a.choices {
			fit, seen := fits[c]
			if !seen {
				step := w.flow.Steps[c.step]
				fit = (!step.undone(s) || c.way < 0) && (c.way < 0 || v.fits(v.after(f, step), w.ways[c.step][c.way], s))
				fits[c] = fit
			}
			if !fit {
				return false
			}
		}
		return true
	}
	const come, reopened = 1, 2
	x := w.watchedWhere(func(mark int, o Occurrence) int {
		switch {
		case o.Kind == Reopened && firstRound:
			return reopened
		case o.Kind == entered && o.Key == key && mark == 0:
			return come
		}
		return mark
	}, nothing, allowed)
	for _, m := range x.order {
		if m.mark == come {
			return x.trace(m), true
		}
	}
	return nil, false
}

// fits reports whether a way out of a step can be taken where the scene's facts hold.
func (v *verifier) fits(at place, by way, s scene) bool {
	if len(by.hold) == 0 {
		return true
	}
	t, ok := v.try(at, by.conditions...)
	if !ok {
		return true
	}
	fit, tried := false, false
	t.within(s).each(func(x scene) bool {
		tried, fit = true, true
		for i, c := range by.conditions {
			holds, err := x.holds(c)
			fit = fit && err == nil && holds == by.hold[i]
		}
		return !fit
	})
	return fit || !tried
}

// undone reports whether the scene says that work of the step has never been completed.
func (s *Step) undone(in scene) bool {
	if !s.Kind.Work() {
		return false
	}
	prefix := "answers." + s.Key + "."
	if in[prefix+Outcome] == types.String("") {
		return true
	}
	for _, f := range s.Form {
		if f.Required && (in[prefix+f.Key] == types.String("") || in[prefix+f.Key] == moments[0]) {
			return true
		}
	}
	return false
}
