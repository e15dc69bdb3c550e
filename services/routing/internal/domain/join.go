package domain

import (
	"slices"

	"redress.dev/pkg/procedure"
)

// settle opens the joins that need wait no longer, and says where the case stands then.
//
// A join that a branch has reached opens when no open step, and no other waiting join, can still lead to it: so it opens once for
// all branches that were really taken, however they part and meet before it, and never waits for one that was not taken. Two joins
// that can each lead to the other do not wait for each other. So where no work is open, no join waits: a case is never stranded.
func (m *move) settle() error {
	for len(m.c.Waiting) > 0 {
		step := m.ready()
		if step == nil {
			break
		}
		m.c.Waiting = slices.DeleteFunc(m.c.Waiting, func(key string) bool { return key == step.Key })
		if err := m.open(step); err != nil {
			return err
		}
	}
	m.c.State = StateDone
	if m.c.hasOpen("") {
		m.c.State = StateOpen
	}
	return nil
}

// ready returns the first waiting join in the order of the pack that may open, or nil when all of them wait for open work.
func (m *move) ready() *procedure.Step {
	before := make(map[string]map[string]bool, len(m.c.Waiting))
	for _, key := range m.c.Waiting {
		before[key] = leadingTo(m.flow, key)
	}
	for _, step := range m.flow.Steps {
		mine, waiting := before[step.Key]
		if !waiting {
			continue
		}
		work := slices.ContainsFunc(m.c.Work, func(w Work) bool { return w.State == WorkOpen && mine[w.Step] })
		join := slices.ContainsFunc(m.c.Waiting, func(key string) bool { return mine[key] && !before[key][step.Key] })
		if !work && !join {
			return step
		}
	}
	return nil
}

// leadingTo returns the steps from which a branch may come to the step.
func leadingTo(flow *procedure.Flow, key string) map[string]bool {
	before := map[string]bool{}
	next := []string{key}
	for len(next) > 0 {
		step, ok := flow.Step(next[len(next)-1])
		next = next[:len(next)-1]
		if !ok {
			continue
		}
		for _, source := range step.Sources {
			if !before[source] {
				before[source] = true
				next = append(next, source)
			}
		}
	}
	return before
}
