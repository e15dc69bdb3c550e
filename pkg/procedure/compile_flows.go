package procedure

import (
	"fmt"
	"slices"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// compileFlows takes over the graphs of steps.
func (c *compiler) compileFlows() {
	for _, in := range c.in.GetFlows() {
		path := at("flows", in.GetKey())
		f := &Flow{Key: in.GetKey(), Name: label(in.GetName()), Reopen: in.GetReopenStep()}
		if f.Reopen == "" {
			f.Reopen = in.GetSteps()[0].GetKey()
		}
		for _, s := range in.GetSteps() {
			f.Steps = append(f.Steps, c.step(at(path+".steps", s.GetKey()), s))
		}
		unique(c, path+".steps", f.Steps, func(s *Step) string { return s.Key })
		c.out.Flows = append(c.out.Flows, f)
		c.checkGraph(path, f)
	}
	unique(c, "flows", c.out.Flows, func(f *Flow) string { return f.Key })
}

// step compiles one node, whatever its kind.
func (c *compiler) step(path string, in *procedurev1.Step) *Step {
	s := &Step{Key: in.GetKey(), Name: label(in.GetName()), Milestone: in.GetMilestone(), Join: in.GetJoin(), Guidance: Label{Zh: in.GetGuidance().GetZh(), En: in.GetGuidance().GetEn()}}
	if in.GetGuidance() != nil && in.GetTask() == nil && in.GetQuestion() == nil && in.GetApproval() == nil {
		c.found(GuidanceIdle, path+".guidance", "nobody does work here, so that nobody is shown it; give it to a task, a question or an approval")
	}
	one := func(path string, a *procedurev1.Assignee) []Assignee {
		return []Assignee{c.assignee(path+".assignee", a)}
	}
	switch k := in.GetKind().(type) {
	case *procedurev1.Step_Task:
		path += ".task"
		s.Kind, s.Assignees = Task, one(path, k.Task.GetAssignee())
		s.Form = c.form(path+".form", k.Task.GetForm())
		s.RequiredContent = k.Task.GetRequiredContent()
		s.next = c.branches(path+".next", k.Task.GetNext())
	case *procedurev1.Step_Question:
		path += ".question"
		s.Kind, s.Assignees = Question, one(path, k.Question.GetAssignee())
		s.Text = label(k.Question.GetText())
		s.Form = c.form(path+".form", k.Question.GetForm())
		for _, a := range k.Question.GetAnswers() {
			s.Answers = append(s.Answers, Answer{a.GetCode(), label(a.GetName()), a.GetNext()})
		}
		unique(c, path+".answers", s.Answers, func(a Answer) string { return a.Code })
	case *procedurev1.Step_Check:
		s.Kind, s.next = Check, c.branches(path+".check.next", k.Check.GetNext())
	case *procedurev1.Step_Notice:
		path += ".notice"
		s.Kind, s.Assignees = Notice, c.assignees(path+".recipients", k.Notice.GetRecipients())
		s.next = c.branches(path+".next", k.Notice.GetNext())
	case *procedurev1.Step_Approval:
		path += ".approval"
		s.Kind, s.Assignees = Approval, c.assignees(path+".approvers", k.Approval.GetApprovers())
		s.Mode = Mode(k.Approval.GetMode())
		s.next = c.branches(path+".approved", k.Approval.GetApproved())
		s.rejected = c.branches(path+".rejected", k.Approval.GetRejected())
	}
	return s
}

// branches compiles the ways out of a step; their targets are looked at when all steps are known.
func (c *compiler) branches(path string, in []*procedurev1.Next) []branch {
	var out []branch
	for i, n := range in {
		when := c.expression(fmt.Sprintf("%s[%d].when", path, i), n.GetWhen(), wantTruth)
		out = append(out, branch{when, n.GetStep()})
	}
	return out
}

// ways returns, for each way of finishing s, the steps that certainly open. A condition is taken to be able to hold or not.
func (s *Step) ways() [][]string {
	if s.Kind == Question {
		var ways [][]string
		for _, a := range s.Answers {
			ways = append(ways, a.Next)
		}
		return ways
	}
	certain := func(branches []branch) (steps []string) {
		for _, b := range branches {
			if b.when == nil && b.step != "" {
				steps = append(steps, b.step)
			}
		}
		return steps
	}
	if s.Kind == Approval {
		return [][]string{certain(s.next), certain(s.rejected)}
	}
	return [][]string{certain(s.next)}
}

// leads returns the steps that s may lead to.
func (s *Step) leads() (steps []string) {
	for _, a := range s.Answers {
		steps = append(steps, a.Next...)
	}
	for _, b := range slices.Concat(s.next, s.rejected) {
		if b.step != "" {
			steps = append(steps, b.step)
		}
	}
	return steps
}

// ending returns the steps from which every branch can come to an end.
func (f *Flow) ending() map[string]bool {
	ends := map[string]bool{}
	for before := -1; before < len(ends); { // until a pass finds no more
		before = len(ends)
		for _, s := range f.Steps {
			for _, way := range s.ways() {
				if !slices.ContainsFunc(way, func(key string) bool { return !ends[key] }) {
					ends[s.Key] = true
				}
			}
		}
	}
	return ends
}

// checkGraph sees that every step is reached and can end, and that no steps lead round in a circle without anybody acting.
func (c *compiler) checkGraph(path string, f *Flow) {
	for _, s := range f.Steps {
		for _, key := range s.leads() {
			to, ok := f.Step(key)
			if !ok {
				c.found(StepUnknown, at(path+".steps", s.Key), "it leads to %q, which is no step of the flow%s", key, meant(key, f.stepKeys()))
			} else if !slices.Contains(to.Sources, s.Key) {
				to.Sources = append(to.Sources, s.Key)
			}
		}
	}
	if _, ok := f.Step(f.Reopen); !ok {
		c.found(StepUnknown, path+".reopen_step", "%q is no step of the flow%s", f.Reopen, meant(f.Reopen, f.stepKeys()))
	}
	reached, ending := f.closure([]string{f.Steps[0].Key, f.Reopen}, (*Step).leads), f.ending()
	for i, s := range f.Steps {
		here := at(path+".steps", s.Key)
		if !reached[s.Key] {
			if before(f.Steps[:i], s.Sources, reached) {
				continue // the step that leads here has the finding
			}
			c.found(StepUnreachable, here, "no step leads to it, and the flow does not begin there")
		} else if !ending[s.Key] {
			c.found(StepEndless, here, "no way from it ends; give one of the steps it leads to a way out")
		}
		if !s.Kind.Work() && f.circles(s) {
			c.found(CircleUnattended, here, "it leads back to itself without anybody acting; put a task or a question between")
		}
	}
}

// before reports whether one of the sources is an earlier step that is not reached either.
func before(earlier []*Step, sources []string, reached map[string]bool) bool {
	return slices.ContainsFunc(earlier, func(s *Step) bool { return !reached[s.Key] && slices.Contains(sources, s.Key) })
}

// closure returns the steps that are reached from some.
func (f *Flow) closure(from []string, onward func(*Step) []string) map[string]bool {
	seen := map[string]bool{}
	for len(from) > 0 {
		key := from[0]
		from = from[1:]
		if s, ok := f.Step(key); ok && !seen[key] {
			seen[key] = true
			from = append(from, onward(s)...)
		}
	}
	return seen
}

// circles reports whether s leads back to itself through steps that are done at once.
func (f *Flow) circles(s *Step) bool {
	atOnce := func(t *Step) []string {
		if t.Kind.Work() {
			return nil
		}
		return t.leads()
	}
	return f.closure(atOnce(s), atOnce)[s.Key]
}
