package procedure

import (
	"fmt"
	"slices"
	"strings"
)

// maxFeasible is how many combinations of values are followed through the flow for one assignee.
const maxFeasible = 64

// posts sees that every assignee is a post, whatever the facts.
func (v *verifier) posts() {
	if len(v.walks) < len(v.out.Flows) {
		v.allBusy() // not every flow could be followed
	}
	for _, w := range v.walks {
		f, level := w.flow, LevelError
		if w.wide {
			level = LevelWarning // what is certainly recorded by when is not known
		}
		for _, s := range f.Steps {
			for _, a := range s.Assignees {
				v.assignees(f, s.Key, v.at(f, s.Key), a, level)
			}
			v.approvers(f, s)
		}
	}
	for _, p := range v.out.Visits {
		for _, w := range v.walks {
			f := w.flow
			steps, _ := v.firing(f, p.After)
			for _, key := range steps {
				if s, ok := f.Step(key); ok {
					v.assignees(f, key, v.after(f, s), p.Assignee, LevelError)
				}
			}
		}
	}
	for _, k := range v.mine() {
		told := slices.Clone(k.Breach)
		for _, w := range k.Warnings {
			told = append(told, w.Notify...)
		}
		for _, e := range k.Ladder {
			told = append(told, e.Notify...)
		}
		for _, a := range told {
			// It is told later than the clock starts, so what is missing at the start may be there by then.
			for _, f := range v.out.Flows {
				if v.happens(f, k.Start) {
					v.assignees(f, "", place{flow: f}, a, LevelWarning)
				}
			}
		}
	}
}

// assignees sees that an expression gives a post at a place. step is the step that is come to, "" for none.
func (v *verifier) assignees(f *Flow, step string, where place, a Assignee, level Level) {
	if a.expression == nil {
		v.busy[a.post] = true
		return
	}
	if slices.ContainsFunc(v.findings, func(x Finding) bool { return x.Path == a.path }) {
		return
	}
	t, ok := v.try(where, a.expression)
	if !ok {
		v.allBusy()
		v.warned(PostUnbounded, a.path, "it depends on too many values to try them all: see that it gives a post for each")
		return
	}
	// The same expression over the same values is tried once.
	seen := fmt.Sprint(f.Key, " ", a.expression.source, " ", where.given(t.names))
	if v.fine[seen] {
		return
	}
	v.fine[seen] = true
	followed, unbounded := 0, false
	t.each(func(s scene) bool {
		post, err := s.text(a.expression)
		if err != nil {
			return true
		}
		if _, ok := v.out.Post(post); ok {
			v.busy[post] = true
			return true
		}
		if t.free(s, post) {
			unbounded = true
			return true
		}
		v.fine[seen] = false // whether the values can be so depends on the step
		if followed++; followed > maxFeasible {
			return false
		}
		var trace []string
		if step != "" {
			var ok bool
			if trace, ok = v.feasible(f, step, s); !ok {
				return true
			}
			trace = append(trace, step)
		}
		v.noPost(f, a, post, s.words(), level)
		v.last().Trace = trace
		return false
	})
	if unbounded {
		v.allBusy()
	}
	if unbounded && !slices.ContainsFunc(v.findings, func(x Finding) bool { return x.Path == a.path }) {
		v.warned(PostUnbounded, a.path, "it can give any code, and what is no post strands the complaint; give the field a vocabulary whose codes are posts")
	}
}

// given returns those of the steps that are certainly done which some variables are about.
func (p place) given(names []string) []string {
	var out []string
	for _, name := range names {
		if key, ok := strings.CutPrefix(name, "answers."); ok {
			if key, _, _ = strings.Cut(key, "."); p.done[key] {
				out = append(out, key)
			}
		}
	}
	return out
}

// allBusy takes every post to be given work: which, is not known.
func (v *verifier) allBusy() {
	for _, p := range v.out.Posts {
		v.busy[p.Key] = true
	}
}

// noPost reports a value that is no post.
func (v *verifier) noPost(f *Flow, a Assignee, post, words string, level Level) {
	where := "in the flow " + f.Key
	if words != "" {
		where += ", where " + words
	}
	if post == "" {
		v.found(PostMissing, a.path, "%s, it gives no post; end the rule with a case that always holds, or let somebody record it before", where)
		v.last().Level = level
		return
	}
	v.found(PostUnknown, a.path, "%s, it gives %q, which is no post; there are %s", where, post, v.somePosts(post))
}

// somePosts names the post that was perhaps meant, or the first ones.
func (v *verifier) somePosts(post string) string {
	var keys []string
	for _, p := range v.out.Posts {
		keys = append(keys, p.Key)
	}
	if near, ok := nearest(post, keys); ok {
		return near + " and others"
	}
	const most = 10
	if len(keys) > most {
		keys = append(keys[:most], "…")
	}
	return strings.Join(keys, ", ")
}

// approvers sees that an approval does not ask the same post twice.
func (v *verifier) approvers(f *Flow, s *Step) {
	if s.Kind != Approval {
		return
	}
	for i, a := range s.Assignees {
		for _, b := range s.Assignees[:i] {
			if a.expression == nil && b.expression == nil && a.post == b.post ||
				a.expression != nil && b.expression != nil && a.expression.source == b.expression.source {
				v.found(ApproverTwice, fmt.Sprintf("%s.approval.approvers[%d]", at(at("flows", f.Key)+".steps", s.Key), i),
					"the same post decides already; a ladder rises and every approver decides once")
			}
		}
	}
}
