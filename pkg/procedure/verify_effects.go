package procedure

import (
	"fmt"
	"slices"
)

// effect is what an act has led to so far.
type effect struct {
	at       situation
	happened []Occurrence
	choices  []choice
	passed   set // steps done at once that it has been through
}

// and returns the effect with something more that happened.
func (e effect) and(o Occurrence) effect {
	e.happened = append(e.happened[:len(e.happened):len(e.happened)], o)
	return e
}

// begin enters a round at a step.
func (w *walk) begin(e effect, step string) []effect { return w.settled(w.enter(e, step)) }

// enter brings a branch to a step, and on through those that are done at once; checks part it into the ways they can go.
func (w *walk) enter(e effect, key string) []effect {
	n, ok := w.step[key]
	if !ok {
		return []effect{e} // a finding of its own
	}
	if s := w.flow.Steps[n]; s.Join && !e.at.open.has(n) {
		if e.at.waiting.has(n) {
			w.joined[key] = true
		}
		e.at.waiting = e.at.waiting.with(n)
		return []effect{e}
	}
	return w.openStep(e, n)
}

// openStep opens a step, or goes through it when it is done at once.
func (w *walk) openStep(e effect, n int) []effect {
	s := w.flow.Steps[n]
	w.opened[s.Key] = true
	e = e.and(Occurrence{Kind: entered, Key: s.Key})
	if s.Kind.Work() {
		if e.at.open.has(n) {
			return []effect{e}
		}
		e.at.open = e.at.open.with(n)
		opened := Occurrence{Kind: WorkOpened, Key: s.Key}
		return w.react([]effect{e.and(opened)}, opened)
	}
	if e.passed.has(n) {
		return []effect{e}
	}
	e.passed = e.passed.with(n)
	var out []effect
	for i := range w.ways[n] {
		out = w.few(append(out, w.leave(e, n, i)...))
	}
	return out
}

// leave finishes a step in one of its ways.
func (w *walk) leave(e effect, n, i int) []effect {
	s, by := w.flow.Steps[n], w.ways[n][i]
	e.choices = append(e.choices[:len(e.choices):len(e.choices)], choice{n, i})
	var happened []Occurrence
	if s.Kind.Work() {
		happened = append(happened, e.happened[len(e.happened)-1]) // its completion
	}
	if s.Milestone != "" && !by.rejected {
		reached := Occurrence{Kind: Milestone, Key: s.Milestone}
		e, happened = e.and(reached), append(happened, reached)
	}
	// What closes the complaint is told of after all that the step itself brings about.
	effects := []effect{e}
	for _, o := range happened {
		effects = w.react(effects, o)
	}
	for _, key := range by.next {
		var after []effect
		for _, e := range effects {
			after = append(after, w.enter(e, key)...)
		}
		effects = w.few(after)
	}
	return effects
}

// settled opens the joins that nothing can still come to.
func (w *walk) settled(effects []effect) []effect {
	var out []effect
	for len(effects) > 0 {
		e := effects[0]
		effects = effects[1:]
		n := w.ready(e.at)
		if n < 0 {
			e.at = w.over(e.at)
			out = append(out, e)
			continue
		}
		e.at.waiting = e.at.waiting.without(n)
		effects = append(effects, w.openStep(e, n)...)
	}
	return out
}

// ready returns a waiting join that no open work and no other waiting join can still lead to, or -1.
func (w *walk) ready(s situation) int {
	found := -1
	s.waiting.each(func(n int) {
		if found >= 0 {
			return
		}
		before := w.before(n)
		free := true
		s.open.each(func(m int) { free = free && !before.has(m) })
		s.waiting.each(func(m int) { free = free && (m == n || !before.has(m) || w.before(m).has(n)) })
		if free {
			found = n
		}
	})
	return found
}

// before returns the steps from which a branch may come to a step.
func (w *walk) before(n int) set {
	if known, ok := w.behind[n]; ok {
		return known
	}
	var out set
	back := func(s *Step) []string { return s.Sources }
	for key := range w.flow.closure(w.flow.Steps[n].Sources, back) {
		out = out.with(w.step[key])
	}
	w.behind[n] = out
	return out
}

// maxEffects is how many ways one act may go on, through checks that part it again and again.
const maxEffects = 2_000

// few cuts off what one act leads to beyond the bound; then the walk is known not to be whole.
func (w *walk) few(effects []effect) []effect {
	w.v.effort += len(effects)
	if len(effects) > maxEffects || w.v.spent() {
		w.wide = true
		return effects[:min(len(effects), 1)]
	}
	return effects
}

// over ends what a closed complaint no longer waits for.
func (w *walk) over(s situation) situation {
	if s.closed {
		s.open, s.waiting = set{}, set{}
	}
	return s
}

// react lets the procedure answer to what happened: it may close the complaint and make visits due.
func (w *walk) react(effects []effect, o Occurrence) []effect {
	var out []effect
	for _, e := range effects {
		if e.at.closed {
			out = append(out, e)
			continue
		}
		after := []effect{e}
		if anyHappens(w.v.out.Closing, o) {
			after = w.close(e)
		}
		for _, e := range after {
			out = append(out, w.due(e, o)...)
		}
	}
	return out
}

// happens reports whether t waits for o; content is taken to be there.
func (t Trigger) happens(o Occurrence) bool { return t.Kind == o.Kind && t.Key == o.Key }

func anyHappens(triggers []Trigger, o Occurrence) bool {
	return slices.ContainsFunc(triggers, func(t Trigger) bool { return t.happens(o) })
}

// close closes the complaint; the visits that are due stay so.
func (w *walk) close(e effect) []effect {
	if e.at.closed {
		return []effect{e}
	}
	e.at.closed = true
	return w.due(e.and(Occurrence{Kind: Closed}), Occurrence{Kind: Closed})
}

// due makes visits due, in each way in which their conditions can come out.
func (w *walk) due(e effect, o Occurrence) []effect {
	var plans []int
	var conditions []*expression
	for n, p := range w.v.out.Visits {
		if p.After.happens(o) {
			plans = append(plans, n)
			if p.when != nil {
				conditions = append(conditions, p.when)
			}
		}
	}
	if len(plans) == 0 {
		return []effect{e}
	}
	by := fmt.Sprint(o.Kind, o.Key)
	truths, ok := w.dues[by]
	if !ok {
		truths, _ = w.v.truths(place{flow: w.flow}, conditions)
		w.dues[by] = truths
	}
	var out []effect
	for _, t := range truths {
		after, i := e, 0
		for _, n := range plans {
			holds := w.v.out.Visits[n].when == nil
			if !holds {
				holds = t.hold[i]
				i++
			}
			if holds {
				after.at.due = after.at.due.with(n)
			}
		}
		out = append(out, after)
	}
	return out
}

// visited ends a visit.
func (w *walk) visited(s situation, n int, then Consequence) []effect {
	recorded := Occurrence{Kind: VisitRecorded, Key: w.v.out.Visits[n].Key}
	s.due = s.due.without(n)
	e := effect{at: s}.and(recorded)
	switch then {
	case Close:
		return w.settled(w.close(e))
	case Reopen:
		e.at = situation{later: true}
		var out []effect
		for _, e := range w.react([]effect{e.and(Occurrence{Kind: Reopened})}, Occurrence{Kind: Reopened}) {
			out = append(out, w.begin(e, w.flow.Reopen)...)
		}
		return out
	default:
		return w.settled(w.react([]effect{e}, recorded))
	}
}
