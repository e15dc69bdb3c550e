package procedure

import (
	"fmt"
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
)

// placed is an expression and where it is evaluated.
type placed struct {
	e     *expression
	place place
	step  *Step // that it belongs to; nil for none
	after bool  // evaluated when the step is done
	truth bool  // a condition
}

// expressions returns all of a procedure, but those of rules' cases apart from one another.
func (v *verifier) expressions() []placed {
	var out []placed
	add := func(p placed) {
		if p.e != nil {
			out = append(out, p)
		}
	}
	assignees := func(p placed, list []Assignee) {
		for _, a := range list {
			p.e = a.expression
			add(p)
		}
	}
	for _, f := range v.out.Fields {
		add(placed{e: f.requiredWhen, truth: true})
	}
	for _, r := range v.out.rules {
		for _, c := range r.cases {
			add(placed{e: c.when})
			add(placed{e: c.expression})
		}
	}
	for _, f := range v.out.Flows {
		for _, s := range f.Steps {
			assignees(placed{place: v.at(f, s.Key), step: s}, s.Assignees)
			for _, field := range s.Form {
				add(placed{e: field.requiredWhen, place: v.after(f, s), step: s, after: true, truth: true})
			}
			for _, b := range slices.Concat(s.next, s.rejected) {
				add(placed{e: b.when, place: v.after(f, s), step: s, after: true, truth: true})
			}
		}
	}
	for _, a := range v.out.Actions {
		add(placed{e: a.when, truth: true})
	}
	for _, k := range v.mine() {
		add(placed{e: k.when, truth: true})
		add(placed{e: k.replaced})
		add(placed{e: k.Limit.agreed})
		for _, c := range k.Cases {
			add(placed{e: c.when, truth: true})
			add(placed{e: c.Limit.agreed})
		}
		assignees(placed{}, k.Breach)
		for _, w := range k.Warnings {
			assignees(placed{}, w.Notify)
		}
		for _, e := range k.Ladder {
			assignees(placed{}, e.Notify)
		}
	}
	for _, p := range v.out.Visits {
		add(placed{e: p.when, truth: true})
		for _, f := range p.Form {
			add(placed{e: f.requiredWhen, truth: true})
		}
		assignees(placed{}, []Assignee{p.Assignee})
	}
	for _, ch := range v.charged() {
		for _, e := range ch.reads() {
			add(placed{e: e, truth: e == ch.when})
		}
	}
	for _, m := range v.out.Metrics {
		add(placed{e: m.when, truth: true})
		add(placed{e: m.numerator})
		add(placed{e: m.denominator})
	}
	return out
}

// conditions reports conditions that never hold, and answers that are read before anybody can have given them.
func (v *verifier) conditions() {
	for _, x := range v.expressions() {
		if x.truth && !v.broke(x.e.path) && v.never(x.place, x.e) {
			v.found(ConditionNever, x.e.path, "it never holds, whatever the complaint; correct it, or leave it out")
		}
		if x.step == nil || !v.opened(x) {
			continue
		}
		for _, name := range x.e.names() {
			key, ok := strings.CutPrefix(name, "answers.")
			if !ok {
				continue
			}
			key, _, _ = strings.Cut(key, ".")
			if !v.recordedBefore(x, key) {
				v.warned(AnswerNeverRecorded, x.e.path, "%s is never given by then: no way leads from %s to here", name, key)
				break
			}
		}
	}
}

// opened reports whether the step of an expression is ever come to, as far as its flow was followed.
func (v *verifier) opened(x placed) bool {
	w, ok := find(v.walks, x.place.flow.Key, func(w *walk) string { return w.flow.Key })
	return ok && w.opened[x.step.Key]
}

// recordedBefore reports whether work of a step can be completed, or a visit made, before an expression is evaluated.
func (v *verifier) recordedBefore(x placed, key string) bool {
	f := x.place.flow
	onward := func(s *Step) []string { return v.onward(f, s) }
	if p, ok := v.out.Visit(key); ok {
		steps, anytime := v.firing(f, p.After)
		return anytime || p.reopens() && f.closure([]string{f.Reopen}, onward)[x.step.Key] || f.closure(steps, onward)[x.step.Key]
	}
	from, ok := f.Step(key)
	if !ok { // an action may see it from the complaint
		return slices.ContainsFunc(v.before, func(f *Flow) bool { _, found := f.Step(key); return found })
	}
	if x.after && key == x.step.Key {
		return true
	}
	return f.closure(onward(from), onward)[x.step.Key]
}

// never reports whether it is certain that the last of some conditions holds only where one of those before it does.
func (v *verifier) never(at place, condition *expression, before ...*expression) bool {
	all := append(slices.Clone(before), condition)
	for _, e := range all {
		if e != nil && !e.decidable() {
			return false
		}
	}
	t, ok := v.try(at, all...)
	if !ok {
		return false
	}
	for _, r := range t.rules {
		for _, c := range r.cases {
			if c.when != nil && !c.when.decidable() || c.expression != nil && !c.expression.decidable() {
				return false
			}
		}
	}
	possible, tried := false, false
	t.each(func(s scene) bool {
		tried = true
		for _, e := range before {
			if holds, err := s.holds(e); err != nil || holds {
				return true
			}
		}
		holds, err := s.holds(condition)
		possible = err != nil || holds
		return !possible
	})
	return tried && !possible
}

// decidable reports whether what is tried stands for everything: its truth changes only around the constants in it. Arithmetic, for
// example, may come out in a way that no trial shows.
func (e *expression) decidable() bool {
	ok := true
	ast.PostOrderVisit(e.ast.Expr(), ast.NewExprVisitor(func(n ast.Expr) {
		if n.Kind() == ast.CallKind {
			ok = ok && slices.Contains(decidable, n.AsCall().FunctionName())
		}
	}))
	return ok
}

// decidable names the operators for which that is so.
var decidable = []string{
	"_&&_", "_||_", "!_", "_?_:_", "_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "@in", "startsWith",
}

// rules reports cases that never decide.
func (v *verifier) rules() {
	for _, r := range v.out.rules {
		var before []*expression
		for i, c := range r.cases {
			path := fmt.Sprintf("rules[%s].cases[%d]", r.target, i)
			sees := before
			if r.combine != first {
				sees = nil
			}
			if v.broke(path) {
				continue // what it takes from later cases cannot be told
			}
			if !v.never(place{}, c.when, sees...) {
				before = append(before, c.when)
				continue
			}
			v.found(CaseNever, path, "it never decides: it cannot hold, or wherever it does an earlier case does too; correct it, move it up, or leave it out")
		}
	}
}

// broke reports whether an expression below a path did not compile, so that nothing can be said of it.
func (v *verifier) broke(path string) bool {
	return slices.ContainsFunc(v.findings, func(f Finding) bool { return strings.HasPrefix(f.Path, path) })
}
