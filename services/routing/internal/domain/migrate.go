package domain

import (
	"maps"
	"slices"
	"time"

	"redress.dev/pkg/procedure"
)

// Plan says how cases go over to another edition.
type Plan struct {
	// Steps are the new keys of steps, by their old ones; a step that is not in it keeps its key.
	Steps map[string]string
	// Reason is a code.
	Reason string
}

// Migrate returns c as it runs by the edition of s from the instant at on, and the events that say so; from is the edition that it ran
// by.
//
// The rules of the new edition work out their values anew. Open work keeps its id; it goes to the post that the new edition says. Of an
// approval, who is asked no more loses the work, and who is asked only now gets some. Joins open that wait for nothing any more. What
// was reached stays reached.
//
// Where the case cannot go over as a whole, c is returned unchanged with all that is in the way. The other services follow a migration
// blindly, so what could stop them is in the way too.
func Migrate(s Setting, c Case, from *procedure.Procedure, plan Plan, at time.Time) (Case, []Event, []Obstacle) {
	to := s.Procedure
	switch {
	case c.State == StateClosed || c.State == StateWithdrawn:
		return c, nil, []Obstacle{obstacle(NotOpen, "", "the complaint is closed or withdrawn; it stays on its edition")}
	case isAction(from, c):
		return c, nil, []Obstacle{obstacle(NotOpen, "", "it is an action; an action stays on the edition that it began with")}
	case from.Code != to.Code:
		return c, nil, []Obstacle{obstacle(ForeignEdition, to.Code, "the edition is one of %s, the complaint runs by %s", to.Code, from.Code)}
	}
	old, _ := from.Flow(c.Facts.Flow) // the case has run by it
	flow, ok := to.Flow(c.Facts.Flow)
	if !ok {
		return c, nil, []Obstacle{obstacle(FlowLacking, c.Facts.Flow, "the edition has no flow %q", c.Facts.Flow)}
	}
	g := passage{plan: plan, from: old, to: flow}
	g.check(c, from, to)
	if len(g.found) > 0 {
		return c, nil, g.found
	}
	next, events, err := g.pass(s, c, from, at)
	if err != nil {
		return c, nil, []Obstacle{obstacle(Stuck, "", "the edition does not say how it goes on: %v", err)}
	}
	if len(g.found) > 0 {
		return c, nil, g.found
	}
	return next, events, nil
}

// passage is one case's way from a flow to the same flow of another edition.
type passage struct {
	plan     Plan
	from, to *procedure.Flow
	found    []Obstacle
}

// key returns the new key of a step.
func (g *passage) key(old string) string {
	if key, ok := g.plan.Steps[old]; ok {
		return key
	}
	return old
}

// steps returns those of the plan's steps that the old flow has and that change.
func (g *passage) steps() map[string]string {
	moved := maps.Clone(g.plan.Steps)
	maps.DeleteFunc(moved, func(old, key string) bool {
		_, ok := g.from.Step(old)
		return !ok || old == key
	})
	return moved
}

// pass moves the case. It may still find an approval that would wait for nobody.
func (g *passage) pass(s Setting, c Case, from *procedure.Procedure, at time.Time) (Case, []Event, error) {
	before := c.Facts
	m, err := s.begin(c, at)
	if err != nil {
		return c, nil, err
	}
	moved := g.steps()
	m.c.Facts = before.Migrate(nil, moved)
	values, err := s.Procedure.Classify(m.c.Facts)
	if err != nil {
		return c, nil, err
	}
	m.c.Digest, m.c.Facts.Values = s.Procedure.Digest, values
	for i, milestone := range m.c.Milestones {
		m.c.Milestones[i], _ = g.milestone(milestone)
	}
	for i, join := range m.c.Waiting {
		m.c.Waiting[i] = g.key(join)
	}
	for i := range m.c.Charges {
		if c := &m.c.Charges[i]; c.SignStep != "" && g.key(c.SignStep) != c.SignStep {
			c.SignStep, c.Changed = g.key(c.SignStep), true
		}
	}
	asked, err := g.reassign(m, before)
	if err != nil {
		return c, nil, err
	}
	event := Migrated{From: from, To: s.Procedure, Steps: moved, Reason: g.plan.Reason, Round: m.c.Facts.Round, Values: values}
	for _, w := range m.c.Work {
		if w.State == WorkOpen && !asked.gone[w.ID] {
			event.Work = append(event.Work, w)
		}
	}
	m.emit(event) // first: what follows speaks of the new steps
	m.ask(asked)
	if err := m.settle(); err != nil {
		return c, nil, err
	}
	next, events := m.finish()
	return next, events, nil
}

// questions are what becomes of the approvals of a case.
type questions struct {
	gone map[string]bool // work of who is asked no more
	open []Work          // of who is asked only now
}

// reassign gives the open work its new steps and posts. before are the facts by which the old edition asked.
func (g *passage) reassign(m *move, before procedure.Facts) (questions, error) {
	asked := questions{gone: map[string]bool{}}
	was := map[string]*procedure.Step{} // by new key; check has seen that no two become one
	for i := range m.c.Work {
		if w := &m.c.Work[i]; w.State == WorkOpen {
			old, _ := g.from.Step(w.Step)
			w.Step, w.Changed = g.key(w.Step), true
			was[w.Step] = old
		}
	}
	for _, step := range m.flow.Steps { // in the order of the pack: what opens is the same every time
		old, stands := was[step.Key]
		if !stands {
			continue
		}
		var err error
		if step.Kind == procedure.Approval && step.Mode != procedure.Ladder {
			err = g.approvers(m, old, step, before, &asked)
		} else {
			err = give(m, step)
		}
		if err != nil {
			return asked, &StuckError{step.Key, err}
		}
	}
	return asked, nil
}

// give gives the one open work of a step to the post that the edition says.
func give(m *move, step *procedure.Step) error {
	for i := range m.c.Work {
		w := &m.c.Work[i]
		if w.State != WorkOpen || w.Step != step.Key {
			continue
		}
		post, err := step.Assignees[w.Rung].Post(m.c.Facts) // a task and a question have one, on rung 0
		if err != nil {
			return err
		}
		if post != w.Post {
			w.Post, w.Person = post, m.acting(post, m.at)
		}
	}
	return nil
}

// approvers compares whom the old edition asked with whom the new one asks. The work of those who have decided has ended: they are not
// asked again.
func (g *passage) approvers(m *move, old, step *procedure.Step, before procedure.Facts, asked *questions) error {
	was, _, err := posts(old.Assignees, before)
	if err != nil {
		return err
	}
	now, places, err := posts(step.Assignees, m.c.Facts)
	if err != nil {
		return err
	}
	waits := false
	for i := range m.c.Work {
		w := &m.c.Work[i]
		if w.State != WorkOpen || w.Step != step.Key {
			continue
		}
		if place := slices.Index(now, w.Post); place >= 0 {
			w.Rung, waits = places[place], true
		} else {
			asked.gone[w.ID] = true
		}
	}
	for n, post := range now {
		if !slices.Contains(was, post) {
			waits = true
			asked.open = append(asked.open, Work{
				ID: m.NewID(), Step: step.Key, Rung: places[n], Round: m.c.Facts.Round, Post: post, Person: m.acting(post, m.at),
				State: WorkOpen, OpenTime: m.at, Changed: true,
			})
		}
	}
	if !waits {
		g.found = append(g.found, obstacle(ApproversLacking, old.Key,
			"the edition asks nobody from whom the approval %q still waits for a decision; let them decide first", old.Key))
	}
	return nil
}

// ask cancels and opens the work of approvals.
func (m *move) ask(asked questions) {
	for i := range m.c.Work {
		if w := &m.c.Work[i]; asked.gone[w.ID] {
			w.State, w.EndTime = WorkCancelled, m.at
			m.emit(Cancelled{*w})
		}
	}
	for _, w := range asked.open {
		m.c.Work = append(m.c.Work, w)
		m.emit(Opened{w, procedure.Approval})
	}
}

// isAction reports whether the case is one of an action.
func isAction(p *procedure.Procedure, c Case) bool {
	_, ok := p.Action(c.Facts.Flow)
	return ok
}
