package procedure

import (
	"fmt"
	"slices"
)

// clocks reports time limits that cannot do their work, and work without one.
func (v *verifier) clocks() {
	covered := map[string]bool{} // flow.step and visits that some clock runs over
	for _, k := range v.mine() {
		path := at("clocks", k.Key)
		v.moments(path, k)
		v.agreed(path, k)
		if len(v.walks) == len(v.out.Flows) {
			v.runs(path, k, covered)
		}
	}
	if len(v.walks) < len(v.out.Flows) {
		return // not every flow could be followed
	}
	for _, w := range v.walks {
		if !w.wide && v.untimedPaths(w) {
			v.untimedSteps(w, covered)
		}
	}
	for _, p := range v.out.Visits {
		if !covered["visit."+p.Key] {
			v.warned(VisitUntimed, at("visits", p.Key), "no clock runs while the visit is due: it can wait for ever; start one, unset: true where the source has no figure")
		}
	}
}

// untimedSteps reports work during which no clock can run.
func (v *verifier) untimedSteps(w *walk, covered map[string]bool) {
	for _, s := range w.flow.Steps {
		if s.Kind.Work() && w.opened[s.Key] && !covered[w.flow.Key+"."+s.Key] {
			v.warned(StepUntimed, at(at("flows", w.flow.Key)+".steps", s.Key), "no clock runs while this work is open: it can wait for ever; start one, unset: true where the source has no figure")
			v.last().Trace = v.first(w, s.Key)
		}
	}
}

// first returns a way to the first situation in which a step is open.
func (v *verifier) first(w *walk, key string) []string {
	for i, s := range w.states {
		if s.open.has(w.step[key]) {
			return w.trace(i, key)
		}
	}
	return nil
}

// untimedPaths reports a way from registration to the closing on which no clock starts; where none does on any way that is an
// error, and it returns false.
func (v *verifier) untimedPaths(w *walk) bool {
	const started = 1
	next := func(mark int, o Occurrence) int {
		if slices.ContainsFunc(v.out.Clocks, func(k *Clock) bool { return k.Start.happens(o) }) {
			return started
		}
		return mark
	}
	x := w.watched(next, nothing)
	timed, untimed := false, marked{-1, 0}
	for _, m := range x.order {
		switch {
		case m.mark == started:
			timed = true
		case w.states[m.state].closed && untimed.state < 0:
			untimed = m
		}
	}
	path := at("flows", w.flow.Key)
	switch {
	case !timed:
		v.found(FlowUntimed, path, "no clock ever starts in the flow: nothing limits how long a complaint takes; start one, unset: true where the source has no figure")
	case untimed.state >= 0:
		v.warned(PathUntimed, path, "a complaint can be closed without any clock having started")
		v.last().Trace = x.trace(untimed, "closed")
	}
	return timed
}

// moments sees that warnings come before a clock is due, and that its ladder rises.
func (v *verifier) moments(path string, k *Clock) {
	each(path+".warnings", k.Warnings, func(path string, w Warning) {
		if k.tooEarly(w) {
			v.found(WarningEarly, path, "the warning would come before the clock starts: it has less time than that; warn later")
		}
	})
	for i, e := range k.Ladder {
		here := fmt.Sprintf("%s.ladder[%d]", path, i)
		if len(e.Notify) == 0 {
			v.found(LadderInvalid, here, "the step tells nobody; name the posts in notify, or leave the step out")
		}
		if i > 0 && !e.later(k.Ladder[i-1]) {
			v.found(LadderInvalid, here, "it comes no later than the step before it; a ladder rises")
		}
	}
	if len(k.Breach) == 0 && len(k.Ladder) == 0 && !k.Soft && !k.Internal && k.Limit.Kind != Unset {
		v.warned(ClockUnanswered, path, "nobody is told when this limit of the customer's is not kept; name posts in breach.notify or in a ladder")
	}
}
