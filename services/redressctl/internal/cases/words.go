package cases

import (
	"maps"
	"slices"
	"strconv"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/procedure"
)

// words are the names that a procedure knows, each list sorted.
type words struct {
	flows, work, steps, posts, clocks, visits, metrics, values, milestones, notices, groupings, actions, charges []string

	// forms and outcomes are what completing the work of a step takes, in whichever flow.
	forms    map[string][]procedure.Field
	outcomes map[string][]string
	// parties are those of each charge.
	parties map[string][]string
}

func wordsOf(source *procedurev1.Procedure, p *procedure.Procedure) words {
	w := words{forms: map[string][]procedure.Field{}, outcomes: map[string][]string{}, parties: map[string][]string{}}
	var all []*procedure.Step
	for _, f := range p.Flows {
		w.flows = append(w.flows, f.Key)
		all = append(all, f.Steps...)
	}
	for _, a := range p.Actions {
		all = append(all, a.Flow.Steps...)
	}
	w.actions = keys(p.Actions, func(a *procedure.Action) string { return a.Key })
	for _, s := range all {
		w.steps = append(w.steps, s.Key)
		if s.Milestone != "" {
			w.milestones = append(w.milestones, s.Milestone)
		}
		if s.Kind.Work() {
			w.work = append(w.work, s.Key)
			w.forms[s.Key] = append(w.forms[s.Key], s.Form...)
			for rung := range max(1, len(s.Assignees)) {
				w.outcomes[s.Key] = append(w.outcomes[s.Key], s.Outcomes(rung)...)
			}
		}
	}
	w.charges = keys(p.Charges, func(x *procedure.Charge) string { return x.Key })
	for _, x := range p.Charges {
		w.parties[x.Key] = keys(x.Parties.Terms, func(t procedure.Term) string { return t.Code })
	}
	w.posts = keys(p.Posts, func(x procedure.Post) string { return x.Key })
	w.clocks = keys(p.Clocks, func(x *procedure.Clock) string { return x.Key })
	w.visits = keys(p.Visits, func(x *procedure.Visit) string { return x.Key })
	w.metrics = keys(p.Metrics, func(x *procedure.Metric) string { return x.Key })
	w.values = keys(source.GetRules(), (*procedurev1.Rule).GetTarget)
	w.groupings = p.Groupings()
	w.notices = slices.Clone(w.steps)
	for _, c := range source.GetClocks() {
		about := "clock/" + c.GetKey() + "/"
		w.notices = append(w.notices, about+"warned", about+"breached")
		for level := range c.GetLadder() {
			w.notices = append(w.notices, about+"escalated/"+strconv.Itoa(level+1))
		}
	}
	for _, names := range []*[]string{&w.notices, &w.flows, &w.work, &w.steps, &w.milestones} {
		*names = sorted(*names)
	}
	for _, step := range slices.Collect(maps.Keys(w.outcomes)) {
		w.outcomes[step] = sorted(w.outcomes[step])
	}
	return w
}

func keys[T any](list []T, key func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = key(x)
	}
	return sorted(out)
}

// sorted returns names in order, each once.
func sorted(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// fieldKeys returns the keys of fields.
func fieldKeys(fields []procedure.Field) []string {
	return keys(fields, func(f procedure.Field) string { return f.Key })
}
