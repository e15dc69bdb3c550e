package procedure

import "slices"

// maxStranded is how many ways to be stranded are told of one flow.
const maxStranded = 5

// walkFlows follows every flow and reports where complaints are stranded.
func (v *verifier) walkFlows() {
	for _, f := range v.out.Flows {
		if !v.whole(f) {
			continue // names that lead nowhere have findings of their own, and what follows from them would only be noise
		}
		w := v.follow(f)
		if !w.wide {
			// Once more: now that it is known what is recorded by when, fewer ways are possible.
			v.certain[f.Key] = w.certain()
			w = v.follow(f)
		}
		v.walks = append(v.walks, w)
		path := at("flows", f.Key)
		if w.wide {
			v.warned(FlowTooWide, path, "it has more than %d situations: not every way through it was followed; join parallel branches earlier", maxStates)
		}
		v.unopened(path, w)
		v.stranded(path, w)
		v.uncovered(path, w)
		v.joins(path, w)
	}
}

// whole reports whether every step that f names is there, once.
func (v *verifier) whole(f *Flow) bool {
	seen := map[string]bool{}
	for _, s := range f.Steps {
		if seen[s.Key] {
			return false
		}
		seen[s.Key] = true
	}
	for _, s := range f.Steps {
		for _, key := range s.leads() {
			if !seen[key] {
				return false
			}
		}
	}
	return seen[f.Reopen]
}

// unopened reports steps that are led to under conditions that never hold. Those that nothing leads to are the compiler's.
func (v *verifier) unopened(path string, w *walk) {
	linked := w.flow.closure([]string{w.flow.Steps[0].Key, w.flow.Reopen}, (*Step).leads)
	for _, s := range w.flow.Steps {
		if !w.wide && linked[s.Key] && !w.opened[s.Key] && (s.Key != w.flow.Reopen || v.anyReopens()) {
			v.found(StepUnreachable, at(path+".steps", s.Key),
				"no complaint comes to it: what leads there never holds, or only a reopening leads there that nothing makes; change the conditions before it, or leave it out")
		}
	}
}

func (v *verifier) anyReopens() bool { return slices.ContainsFunc(v.out.Visits, (*Visit).reopens) }

// stranded reports the situations in which nothing is left to do and the complaint is open, and those from which no way closes it.
func (v *verifier) stranded(path string, w *walk) {
	for _, t := range v.out.Closing {
		if _, anytime := v.firing(w.flow, t); anytime && t.Kind != Closed && t.Kind != Reopened {
			return // somebody can always close it
		}
	}
	if len(v.out.Closing) == 0 && !slices.ContainsFunc(v.out.Visits, (*Visit).closes) {
		return // NothingCloses says it
	}
	told := map[string]bool{}
	for i, s := range w.states {
		if s.closed || !s.open.empty() || !s.due.empty() || len(told) == maxStranded {
			continue
		}
		from := path
		if by := w.way[i]; by >= 0 {
			from = w.acts[by].path
		}
		if !told[from] {
			told[from] = true
			v.found(ComplaintStranded, from, "after it nothing is left to do and the complaint stays open: no visit is due and nothing closes it; "+
				"lead on to what a visit or closing waits for")
			v.last().Trace = w.trace(i, "end")
		}
	}
	if len(told) > 0 || w.wide {
		return
	}
	closing := w.leadingTo(func(s situation) bool { return s.closed })
	for i, s := range w.states {
		if !closing[i] && !s.closed {
			v.found(StepEndless, w.pathOf(i), "from here no way closes the complaint; give one of the steps a way to what a visit or closing waits for")
			v.last().Trace = w.trace(i, w.names(s)...)
			return
		}
	}
}

// leadingTo returns the situations from which one of a kind can be reached.
func (w *walk) leadingTo(kind func(situation) bool) []bool {
	into := make([][]int, len(w.states))
	for _, a := range w.acts {
		into[a.to] = append(into[a.to], a.from)
	}
	leads := make([]bool, len(w.states))
	var queue []int
	for i, s := range w.states {
		if kind(s) {
			leads[i] = true
			queue = append(queue, i)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, from := range into[queue[0]] {
			if !leads[from] {
				leads[from] = true
				queue = append(queue, from)
			}
		}
	}
	return leads
}

// pathOf returns the path of the first step that is open in a situation.
func (w *walk) pathOf(i int) string {
	path := at("flows", w.flow.Key)
	if names := w.names(w.states[i]); len(names) > 0 {
		return at(path+".steps", names[0])
	}
	return path
}

// names returns the steps that are open in a situation.
func (w *walk) names(s situation) (names []string) {
	s.open.each(func(n int) { names = append(names, w.flow.Steps[n].Key) })
	return names
}

// uncovered reports steps after which all conditions can fail.
func (v *verifier) uncovered(path string, w *walk) {
	for n, s := range w.flow.Steps {
		for _, way := range w.ways[n] {
			if !way.none || way.shown == nil {
				continue
			}
			if trace, ok := v.feasible(w.flow, s.Key, way.shown); ok {
				v.warned(BranchUncovered, at(path+".steps", s.Key), "none of the conditions after it holds where %s: the branch ends there; add a branch without a condition, {} if it is to end", way.shown.words())
				v.last().Trace = append(trace, s.Key)
				break
			}
		}
	}
}

// joins reports joins in which no two branches ever meet.
func (v *verifier) joins(path string, w *walk) {
	for _, s := range w.flow.Steps {
		if s.Join && w.opened[s.Key] && !w.joined[s.Key] && !w.wide {
			v.warned(JoinAlone, at(path+".steps", s.Key)+".join", "no two branches ever meet here; leave join out, or let branches run side by side before it")
		}
	}
}
