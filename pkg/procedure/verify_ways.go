package procedure

import (
	"strings"
)

// way is one way of finishing a step.
type way struct {
	label    string   // the answer, decision or condition that takes it; "" where there is no choice
	next     []string // the steps that open
	rejected bool     // an approval's, which reaches no milestone
	none     bool     // no condition holds
	shown    scene    // values that take it; nil where there is no choice, or where it could not be decided
	// The conditions after the step, and how they come out.
	conditions []*expression
	hold       []bool
}

// maxConditions is how many conditions of one step are told apart without knowing what they depend on.
const maxConditions = 4

// ways returns every way of finishing a step of the flow.
func (v *verifier) ways(f *Flow, s *Step) []way {
	if s.Kind == Question {
		var out []way
		for _, a := range s.Answers {
			out = append(out, way{label: a.Code, next: a.Next})
		}
		return out
	}
	out := v.branchWays(v.after(f, s), s.next)
	if s.Kind != Approval {
		return out
	}
	rejected := v.branchWays(v.after(f, s), s.rejected)
	for i := range rejected {
		rejected[i].rejected = true
		rejected[i].label = strings.TrimSuffix(Reject+" "+rejected[i].label, " ")
	}
	for i := range out {
		out[i].label = strings.TrimSuffix(Approve+" "+out[i].label, " ")
	}
	return append(out, rejected...)
}

// branchWays returns the combinations of branches that can be taken together.
func (v *verifier) branchWays(at place, branches []branch) []way {
	var conditions []*expression
	for _, b := range branches {
		if b.when != nil {
			conditions = append(conditions, b.when)
		}
	}
	truths, _ := v.truths(at, conditions)
	var out []way
	for _, t := range truths {
		w, n := way{shown: t.shown, none: len(branches) > 0, conditions: conditions, hold: t.hold}, 0
		var held []string
		for _, b := range branches {
			holds := b.when == nil
			if !holds {
				if holds = t.hold[n]; holds {
					held = append(held, short(b.when.source))
				}
				n++
			}
			if holds {
				w.none = false
				if b.step != "" {
					w.next = append(w.next, b.step)
				}
			}
		}
		w.label = strings.Join(held, " and ")
		if w.none {
			w.label = "no condition holds"
		}
		out = append(out, w)
	}
	return out
}

// truth is one way in which some conditions come out together.
type truth struct {
	hold  []bool
	shown scene
}

// truths returns the ways in which conditions can come out together at a place, each once. decided is false where that could not be
// told, so that all of them, or for many conditions some, are assumed.
func (v *verifier) truths(at place, conditions []*expression) (out []truth, decided bool) {
	if len(conditions) == 0 {
		return []truth{{}}, true
	}
	t, ok := v.try(at, conditions...)
	if !ok {
		return assumed(len(conditions)), false
	}
	seen := map[string]bool{}
	t.each(func(s scene) bool {
		hold, key := make([]bool, len(conditions)), ""
		for i, c := range conditions {
			var err error
			if hold[i], err = s.holds(c); err != nil {
				return true
			}
			key += map[bool]string{false: "0", true: "1"}[hold[i]]
		}
		if !seen[key] {
			seen[key] = true
			out = append(out, truth{hold, s.copy()})
		}
		return true
	})
	if len(out) == 0 {
		return assumed(len(conditions)), false
	}
	return out, true
}

// assumed returns all ways in which n conditions may come out, or for many of them: none, each by itself, all.
func assumed(n int) []truth {
	var out []truth
	if n <= maxConditions {
		for bits := range 1 << n {
			hold := make([]bool, n)
			for i := range hold {
				hold[i] = bits>>i&1 == 1
			}
			out = append(out, truth{hold: hold})
		}
		return out
	}
	all := make([]bool, n)
	for i := range n {
		one := make([]bool, n)
		one[i], all[i] = true, true
		out = append(out, truth{hold: one})
	}
	return append(out, truth{hold: make([]bool, n)}, truth{hold: all})
}

// copy returns the scene to keep.
func (s scene) copy() scene {
	out := make(scene, len(s))
	for k, x := range s {
		out[k] = x
	}
	return out
}

// short returns the beginning of a text.
func short(text string) string {
	const most = 60
	if r := []rune(text); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return text
}
