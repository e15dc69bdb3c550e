package procedure

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// maxTrials is how many combinations of values are tried for one question. Beyond it the question stays open.
const maxTrials = 20_000

// trial is all combinations of what some variables can be.
type trial struct {
	v       *verifier
	names   []string
	domains [][]ref.Val
	rules   []rule // worked out in each combination, in order
	open    []bool // which variables can be other things besides
	size    int
}

// try prepares the trial of some expressions at a place. The values that rules work out follow from the facts, so that the two never
// contradict each other; where that takes too many combinations they are tried by themselves. It returns false where even so there
// would be too many.
func (v *verifier) try(at place, expressions ...*expression) (trial, bool) {
	for _, through := range []bool{true, false} {
		if v.spent() {
			break
		}
		if t := v.prepare(at, expressions, through); t.size <= maxTrials {
			return t, true
		}
	}
	return trial{}, false
}

// prepare collects the variables, those behind the rules too if through is true.
func (v *verifier) prepare(at place, expressions []*expression, through bool) trial {
	names, used, constants := map[string]bool{}, map[string]bool{}, map[ref.Val]bool{}
	var collect func(e *expression)
	collect = func(e *expression) {
		e.literals(constants)
		for _, name := range e.names() {
			target, ruled := strings.CutPrefix(name, "values.")
			r, ok := find(v.out.rules, target, func(r rule) string { return r.target })
			if !through || !ruled || !ok {
				names[name] = true
				continue
			}
			if used[target] {
				continue
			}
			used[target] = true
			for _, c := range r.cases {
				collect(c.when)
				collect(c.expression)
			}
		}
	}
	for _, e := range expressions {
		collect(e)
	}
	t := trial{v: v, names: slices.Sorted(maps.Keys(names)), size: 1}
	list := slices.SortedFunc(maps.Keys(constants), func(a, b ref.Val) int { // so that the same pack has the same findings
		return cmp.Or(cmp.Compare(a.Type().TypeName(), b.Type().TypeName()), cmp.Compare(fmt.Sprint(a.Value()), fmt.Sprint(b.Value())))
	})
	for _, name := range t.names {
		d := v.domain(at, name, list)
		t.domains, t.open = append(t.domains, d.values), append(t.open, d.open)
		t.size = min(t.size*len(d.values), maxTrials+1)
	}
	for _, r := range v.out.rules {
		if used[r.target] {
			t.rules = append(t.rules, r)
		}
	}
	return t
}

// each calls do with every combination until it returns false. The scene is do's only until it returns. Combinations for which a
// rule fails are left out.
func (t trial) each(do func(scene) bool) {
	if t.size == 0 {
		return
	}
	s, digits := scene{}, make([]int, len(t.names))
	for {
		for i, name := range t.names {
			s[name] = t.domains[i][digits[i]]
		}
		t.v.effort += 1 + len(t.rules)
		if t.v.spent() || t.work(s) && !do(s) {
			return
		}
		i := 0
		for ; i < len(digits); i++ {
			if digits[i]++; digits[i] < len(t.domains[i]) {
				break
			}
			digits[i] = 0
		}
		if i == len(digits) {
			return
		}
	}
}

// free reports whether a code is what a variable holds that can hold any.
func (t trial) free(s scene, code string) bool {
	for i, name := range t.names {
		if t.open[i] && code != "" && s[name] == types.String(code) {
			return true
		}
	}
	return code == string(other)
}

// within returns the trial of the combinations that agree with a scene. What no domain holds is tried all the same.
func (t trial) within(s scene) trial {
	t.domains = slices.Clone(t.domains)
	for i, name := range t.names {
		if fixed, ok := s[name]; ok {
			t.domains[i] = []ref.Val{fixed}
		}
	}
	return t
}

// work works the rules out in a scene.
func (t trial) work(s scene) bool {
	for _, r := range t.rules {
		value, err := r.decide(s.holds, s.text)
		if err != nil {
			return false
		}
		if r.combine == anyCase {
			s["values."+r.target] = types.Bool(value == "true")
		} else {
			s["values."+r.target] = types.String(value)
		}
	}
	return true
}

// results returns what an expression can give at a place where the conditions hold.
func (v *verifier) results(at place, e *expression, conditions ...*expression) domain {
	t, ok := v.try(at, append(conditions, e)...)
	d := domain{open: !ok}
	t.each(func(s scene) bool {
		for _, c := range conditions {
			if holds, err := s.holds(c); err != nil || !holds {
				return true
			}
		}
		text, err := s.text(e)
		switch {
		case err != nil:
		case t.free(s, text):
			d.open = true
		default:
			d.add(text)
		}
		return true
	})
	return d
}
