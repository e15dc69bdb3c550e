package domain

import (
	"fmt"
	"slices"

	"redress.dev/pkg/procedure"
)

// ObstacleKind is what keeps a case on its edition. The numbers are the contract's.
type ObstacleKind int

// The kinds.
const (
	NotFound ObstacleKind = iota + 1
	NotOpen
	ForeignEdition
	FlowLacking
	StepLacking
	StepDiffers
	StepsMerged
	ApproversLacking
	MilestoneLacking
	VisitLacking
	Stuck
)

// Obstacle is one thing that keeps a case on its edition.
type Obstacle struct {
	Kind ObstacleKind
	// Key of the step, flow, milestone or visit that it is about; empty where there is none.
	Key string
	// Detail is one English sentence: what is wrong, and what would help.
	Detail string
}

func obstacle(kind ObstacleKind, key, detail string, args ...any) Obstacle {
	return Obstacle{kind, key, fmt.Sprintf(detail, args...)}
}

// check notes what is in the way: everything at once, so that one mapping can mend it.
func (g *passage) check(c Case, from, to *procedure.Procedure) {
	became := map[string]string{} // old step by new step
	for _, w := range c.Work {
		if w.State != WorkOpen {
			continue
		}
		key := g.key(w.Step)
		switch other, taken := became[key]; {
		case !taken:
			became[key] = w.Step
			g.checkStep(w)
		case other != w.Step:
			g.found = append(g.found, obstacle(StepsMerged, w.Step, "it stands at %q and at %q, which would both become %q; map them to different steps", other, w.Step, key))
		}
	}
	for _, join := range c.Waiting {
		step, ok := g.to.Step(g.key(join))
		if !ok {
			g.found = append(g.found, stepLacking(join, g.key(join)))
		} else if !step.Join {
			g.found = append(g.found, obstacle(StepDiffers, join, "it waits at the join %q, and %q is none in the edition; map it to a join", join, step.Key))
		}
	}
	for _, milestone := range c.Milestones {
		if _, ok := g.milestone(milestone); !ok {
			g.found = append(g.found, obstacle(MilestoneLacking, milestone,
				"it has reached %q, which no step of the edition marks; map the step that reached it to one with a milestone", milestone))
		}
	}
	// Which visits are due only followup knows: a plan that is gone is in the way of every complaint that may have one.
	for _, v := range from.Visits {
		if _, ok := to.Visit(v.Key); !ok {
			g.found = append(g.found, obstacle(VisitLacking, v.Key, "the edition lacks the return visit %q, which may be due", v.Key))
		}
	}
}

// checkStep notes a step of open work that the edition lacks or changes beyond carrying on.
func (g *passage) checkStep(w Work) {
	old, _ := g.from.Step(w.Step)
	step, ok := g.to.Step(g.key(w.Step))
	switch {
	case !ok:
		g.found = append(g.found, stepLacking(w.Step, g.key(w.Step)))
	case step.Kind != old.Kind || step.Mode != old.Mode:
		g.found = append(g.found, obstacle(StepDiffers, w.Step, "it stands at %q, and %q is a step of another kind in the edition; map it to one of its own kind", w.Step, step.Key))
	case step.Kind == procedure.Approval && step.Mode == procedure.Ladder && w.Rung >= len(step.Assignees):
		g.found = append(g.found, obstacle(ApproversLacking, w.Step, "it has come to approver %d of %q, and the edition's ladder ends before", w.Rung+1, w.Step))
	}
}

func stepLacking(old, key string) Obstacle {
	if old != key {
		return obstacle(StepLacking, old, "it stands at %q, and the edition's flow has no step %q; map it to another", old, key)
	}
	return obstacle(StepLacking, old, "it stands at %q, which the edition's flow does not have; map it to another step", old)
}

// milestone returns what a milestone of the old flow is in the new one: the same where any step marks it, else the milestone of the step
// to which a step that marked it is mapped.
func (g *passage) milestone(old string) (string, bool) {
	if slices.ContainsFunc(g.to.Steps, func(s *procedure.Step) bool { return s.Milestone == old }) {
		return old, true
	}
	for _, s := range g.from.Steps {
		if s.Milestone != old {
			continue
		}
		if step, ok := g.to.Step(g.key(s.Key)); ok && step.Milestone != "" {
			return step.Milestone, true
		}
	}
	return old, false
}
