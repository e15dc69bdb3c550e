package procedure

import (
	"fmt"
	"maps"
	"slices"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// plainTrigger turns a trigger into its plain form; false when it is empty.
func plainTrigger(in *procedurev1.Trigger) (Trigger, bool) {
	t := Trigger{Content: in.GetContent()}
	switch on := in.GetOn().(type) {
	case *procedurev1.Trigger_Registered:
		t.Kind = Registered
	case *procedurev1.Trigger_WorkOpened:
		t.Kind, t.Key = WorkOpened, on.WorkOpened
	case *procedurev1.Trigger_WorkCompleted:
		t.Kind, t.Key = WorkCompleted, on.WorkCompleted
	case *procedurev1.Trigger_Milestone:
		t.Kind, t.Key = Milestone, on.Milestone
	case *procedurev1.Trigger_Contact:
		t.Kind, t.Key = Contact, on.Contact
	case *procedurev1.Trigger_VisitRecorded:
		t.Kind, t.Key = VisitRecorded, on.VisitRecorded
	case *procedurev1.Trigger_Closed:
		t.Kind = Closed
	case *procedurev1.Trigger_Reopened:
		t.Kind = Reopened
	}
	return t, t.Kind != 0
}

// trigger compiles a trigger and sees that what it waits for exists.
func (c *compiler) trigger(path string, in *procedurev1.Trigger) Trigger {
	t, _ := plainTrigger(in) // the contract wants one of them
	if len(t.Content) > 0 && t.Kind != WorkCompleted && t.Kind != Contact {
		c.found(TriggerInvalid, path+".content", "only completed work and contacts carry content")
	}
	switch t.Kind {
	case WorkOpened, WorkCompleted:
		if !c.opensWork(t.Key) {
			c.found(StepUnknown, path, "no flow has a task, question or approval %q", t.Key)
		}
	case Milestone:
		if known := c.milestones(); !known[t.Key] {
			c.found(MilestoneUnknown, path+".milestone", "no step reaches %q; %s", t.Key, instead(t.Key, slices.Sorted(maps.Keys(known))))
		}
	case Contact:
		if t.Key == "" {
			c.found(TriggerInvalid, path+".contact", "name the purpose of the contact, for example response")
		}
	case VisitRecorded:
		if !slices.ContainsFunc(c.in.GetVisits(), func(v *procedurev1.VisitPlan) bool { return v.GetKey() == t.Key }) {
			c.found(VisitUnknown, path+".visit_recorded", "there is no visit %q", t.Key)
		}
	case Reopened:
		if !slices.ContainsFunc(c.in.GetVisits(), reopens) {
			c.found(TriggerInvalid, path, "no visit reopens a complaint")
		}
	default: // a complaint is always registered, and checkEnds sees that it can close
	}
	return t
}

// triggers compiles a list of which any one is enough.
func (c *compiler) triggers(path string, in []*procedurev1.Trigger) []Trigger {
	var out []Trigger
	for i, t := range in {
		out = append(out, c.trigger(fmt.Sprintf("%s[%d]", path, i), t))
	}
	return out
}

// reopens reports whether a visit can begin a new round.
func reopens(v *procedurev1.VisitPlan) bool {
	const reopen = procedurev1.VisitConsequence_VISIT_CONSEQUENCE_REOPEN
	return v.GetSatisfied() == reopen || v.GetDissatisfied() == reopen || v.GetUnreached() == reopen
}

// opensWork reports whether some flow has a step of this key that a post works on.
func (c *compiler) opensWork(step string) bool {
	for _, f := range c.out.Flows {
		if s, ok := f.Step(step); ok && s.Kind.Work() {
			return true
		}
	}
	return false
}

// milestones returns those that some step reaches.
func (c *compiler) milestones() map[string]bool {
	out := map[string]bool{}
	for _, f := range c.in.GetFlows() {
		for _, s := range f.GetSteps() {
			if s.GetMilestone() != "" {
				out[s.GetMilestone()] = true
			}
		}
	}
	return out
}
