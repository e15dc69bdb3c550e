package procedure

import (
	"slices"
)

// watch follows one thing through a walk: a small number that changes with what happens. The walk's situations are followed again
// with it, so that what is reported has a way that shows it.
type watch struct {
	w    *walk
	next func(mark int, o Occurrence) int
	// anytime are further marks that a mark can become while the complaint is open, by what no step brings about.
	anytime func(mark int) []int
	seen    map[marked]marked // each with the one it was first come to from
	by      map[marked]int    // and the act that led to it; -1 for none
	order   []marked
}

// marked is a situation with a mark.
type marked struct{ state, mark int }

// watched follows a walk, beginning with mark 0 before registration.
func (w *walk) watched(next func(int, Occurrence) int, anytime func(int) []int) *watch {
	return w.watchedWhere(next, anytime, func(act) bool { return true })
}

// watchedWhere follows only those acts of a walk that are allowed.
func (w *walk) watchedWhere(next func(int, Occurrence) int, anytime func(int) []int, allowed func(act) bool) *watch {
	x := &watch{w: w, next: next, anytime: anytime, seen: map[marked]marked{}, by: map[marked]int{}}
	nowhere := marked{-1, 0}
	for _, a := range w.starts {
		if !allowed(a) {
			continue
		}
		x.come(marked{a.to, x.marks(0, a.happened)}, nowhere, -1)
	}
	for i := 0; i < len(x.order); i++ {
		from := x.order[i]
		if !w.states[from.state].closed {
			for _, mark := range anytime(from.mark) {
				x.come(marked{from.state, mark}, from, -1)
			}
		}
		for _, by := range w.out[from.state] {
			a := w.acts[by]
			if !allowed(a) {
				continue
			}
			if w.v.effort++; w.v.spent() {
				return x
			}
			x.come(marked{a.to, x.marks(from.mark, a.happened)}, from, by)
		}
	}
	return x
}

func (x *watch) marks(mark int, happened []Occurrence) int {
	for _, o := range happened {
		mark = x.next(mark, o)
	}
	return mark
}

func (x *watch) come(to, from marked, by int) {
	if _, ok := x.seen[to]; !ok {
		x.seen[to], x.by[to] = from, by
		x.order = append(x.order, to)
	}
}

// trace returns how a marked situation is come to.
func (x *watch) trace(m marked, more ...string) []string {
	var out []string
	for m.state >= 0 {
		if by := x.by[m]; by >= 0 {
			out = append(out, x.w.acts[by].label)
		}
		m = x.seen[m]
	}
	slices.Reverse(out)
	if len(out) == 0 {
		out = append(out, x.w.v.beginning())
	}
	return append(out, more...)
}

// nothing is the anytime of what nothing outside the steps changes.
func nothing(int) []int { return nil }
