package procedure

import (
	"math/bits"
	"slices"
)

// How many situations of one flow are followed, and how many acts that lead from one to another.
const (
	maxStates = 20_000
	maxActs   = 100_000
)

// set holds indices below 256: steps, of which a flow has at most 200, or visits.
type set [4]uint64

func (s set) has(i int) bool    { return s[i/64]>>(i%64)&1 == 1 }
func (s set) with(i int) set    { s[i/64] |= 1 << (i % 64); return s }
func (s set) without(i int) set { s[i/64] &^= 1 << (i % 64); return s }
func (s set) empty() bool       { return s == set{} }
func (s set) each(do func(int)) {
	for w, word := range s {
		for ; word != 0; word &= word - 1 {
			do(w*64 + bits.TrailingZeros64(word))
		}
	}
}

// situation is where a complaint stands.
type situation struct {
	open, waiting set // steps with open work, joins that a branch has reached
	due           set // visits
	closed        bool
	later         bool // in a later round than the first
}

// act is something that somebody does, and what it leads to.
type act struct {
	from, to int    // indices of situations
	label    string // for example "handle -over_standard->"
	path     string // of the step or visit, in the pack
	happened []Occurrence
	choices  []choice // the ways taken out of the steps that were done
}

// choice is a way out of a step, by index; way is below 0 where it does not matter.
type choice struct{ step, way int }

// entered is the occurrence that a branch comes to a step; no trigger waits for it.
const entered OccurrenceKind = -1

// walk is a flow followed through every situation that can come up.
type walk struct {
	flow   *Flow
	states []situation
	acts   []act
	out    map[int][]int // acts by the situation they start from
	starts []act         // registration: from is -1
	wide   bool          // there were more situations than are followed
	opened map[string]bool
	joined map[string]bool // joins at which a second branch arrived

	v      *verifier
	index  map[situation]int
	step   map[string]int
	ways   [][]way
	behind map[int]set        // see before
	dues   map[string][]truth // how the conditions of visits come out, by what makes them due
	way    []int              // by situation, the act by which it was first come to; -1 for a start
}

// follow walks a flow.
func (v *verifier) follow(f *Flow) *walk {
	w := &walk{
		flow: f, v: v, out: map[int][]int{}, opened: map[string]bool{}, joined: map[string]bool{},
		index: map[situation]int{}, step: map[string]int{}, dues: map[string][]truth{},
		behind: map[int]set{},
	}
	for i, s := range f.Steps {
		w.step[s.Key] = i
	}
	for _, s := range f.Steps {
		w.ways = append(w.ways, v.ways(f, s))
	}
	for _, e := range w.react([]effect{{happened: []Occurrence{{Kind: Registered}}}}, Occurrence{Kind: Registered}) {
		for _, e := range w.begin(e, f.Steps[0].Key) {
			w.starts = append(w.starts, act{-1, w.add(e.at, -1), "", at(at("flows", f.Key)+".steps", f.Steps[0].Key), e.happened, e.choices})
		}
	}
	for i := 0; i < len(w.states) && !w.wide; i++ {
		w.wide = w.wide || v.spent()
		w.expand(i)
	}
	return w
}

// add returns the index of a situation, new or not; by is the act that leads to it.
func (w *walk) add(s situation, by int) int {
	if i, ok := w.index[s]; ok {
		return i
	}
	i := len(w.states)
	w.index[s], w.states, w.way = i, append(w.states, s), append(w.way, by)
	w.wide = w.wide || len(w.states) > maxStates || len(w.acts) > maxActs
	return i
}

// expand does everything that can be done in a situation.
func (w *walk) expand(i int) {
	s := w.states[i]
	do := func(label, path string, effects []effect) {
		w.v.effort += 10 * len(effects)
		for _, e := range effects {
			by := len(w.acts)
			w.acts = append(w.acts, act{i, w.add(e.at, by), label, path, e.happened, e.choices})
			w.out[i] = append(w.out[i], by)
		}
	}
	s.open.each(func(n int) {
		step := w.flow.Steps[n]
		for i, way := range w.ways[n] {
			then := s
			then.open = then.open.without(n)
			e := effect{at: then, happened: []Occurrence{{Kind: WorkCompleted, Key: step.Key}}}
			do(step.Key+" "+arrow(way.label), at(at("flows", w.flow.Key)+".steps", step.Key), w.settled(w.leave(e, n, i)))
		}
	})
	s.due.each(func(n int) {
		plan := w.v.out.Visits[n]
		for _, o := range []struct {
			label string
			then  Consequence
		}{{"satisfied", plan.Satisfied}, {"dissatisfied", plan.Dissatisfied}, {"unreached", plan.Unreached}} {
			if o.then == Nothing && o.label != "satisfied" {
				continue // a finding of its own, VisitLeavesOpen
			}
			do("visit "+plan.Key+" "+arrow(o.label), at("visits", plan.Key)+"."+o.label, w.visited(s, n, o.then))
		}
	})
}

// arrow draws what takes a way.
func arrow(label string) string {
	if label == "" {
		return "->"
	}
	return "-" + label + "->"
}

// trace returns how a situation is come to, and what else.
func (w *walk) trace(i int, more ...string) []string {
	var out []string
	for i >= 0 && w.way[i] >= 0 {
		a := w.acts[w.way[i]]
		out = append(out, a.label)
		i = a.from
	}
	slices.Reverse(out)
	if len(out) == 0 {
		out = append(out, w.v.beginning())
	}
	return append(out, more...)
}
