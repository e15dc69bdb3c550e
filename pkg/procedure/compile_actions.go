package procedure

import (
	"fmt"
	"slices"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// compileActions takes over the actions; the flows are known by then, the clocks are not.
func (c *compiler) compileActions() {
	owners := map[string]string{} // of steps and milestones
	claim := func(path string, f *Flow, owner string) {
		for _, s := range f.Steps {
			for _, name := range []string{"step " + s.Key, "milestone " + s.Milestone} {
				if before, taken := owners[name]; name != "milestone " && taken && before != owner {
					c.found(KeyTaken, at(path+".steps", s.Key), "the %s is one of %s too: a trigger could not say whose it waits for; give it another key", name, before)
				}
				owners[name] = owner
			}
		}
	}
	for _, f := range c.out.Flows {
		claim("", f, "the complaint")
	}
	for _, in := range c.in.GetActions() {
		path := at("actions", in.GetKey())
		a := &Action{
			Key: in.GetKey(), Name: label(in.GetName()), Many: in.GetMany(), Alone: in.GetAlone(), numbering: in.GetNumbering(),
			when: c.expression(path+".when", in.GetWhen(), wantTruth),
			Flow: &Flow{Key: in.GetKey(), Name: label(in.GetName()), Reopen: in.GetSteps()[0].GetKey(), Action: true},
		}
		for _, s := range in.GetSteps() {
			a.Flow.Steps = append(a.Flow.Steps, c.step(at(path+".steps", s.GetKey()), s))
		}
		unique(c, path+".steps", a.Flow.Steps, func(s *Step) string { return s.Key })
		c.checkGraph(path, a.Flow)
		claim(path, a.Flow, "the action "+a.Key)
		if _, taken := find(c.out.Flows, a.Key, func(f *Flow) string { return f.Key }); taken {
			c.found(KeyTaken, path, "a flow has this key; give the action another")
		}
		c.out.Actions = append(c.out.Actions, a)
	}
	unique(c, "actions", c.out.Actions, func(a *Action) string { return a.Key })
	for i, in := range c.in.GetActions() { // now that every action is known
		a, path := c.out.Actions[i], at("actions", in.GetKey())
		a.Open, a.Closing = c.triggers(path+".open", in.GetOpen()), c.triggers(path+".closing", in.GetClosing())
		for n, t := range a.Open {
			if owner := c.owner(t); owner != "" {
				c.found(TriggerInvalid, fmt.Sprintf("%s.open[%d]", path, n), "it is of the action %s; what happens to a complaint opens an action", owner)
			}
		}
		for n, t := range a.Closing {
			if c.owner(t) != a.Key {
				c.found(TriggerInvalid, fmt.Sprintf("%s.closing[%d]", path, n), "it is no step or milestone of the action; its own close it")
			}
		}
	}
}

// owner returns the action whose step or milestone a trigger waits for; "" for the complaint's, and for what both may see.
func (c *compiler) owner(t Trigger) string {
	for _, a := range c.out.Actions {
		if a.Flow.happens(t) {
			return a.Key
		}
	}
	return ""
}

// happens reports whether a step of f makes t happen.
func (f *Flow) happens(t Trigger) bool {
	return slices.ContainsFunc(f.Steps, func(s *Step) bool {
		switch t.Kind {
		case WorkOpened, WorkCompleted:
			return s.Key == t.Key && s.Kind.Work()
		case Milestone:
			return s.Milestone == t.Key
		default:
			return false
		}
	})
}

// clockOwner returns the action whose clock k is, "" for the complaint's, and sees that none of its triggers is of another.
func (c *compiler) clockOwner(path string, k *Clock) string {
	own := c.owner(k.Start)
	if k.Start.Kind == ActionOpened {
		own = k.Start.Key
	}
	for name, list := range map[string][]Trigger{
		".stop": k.Stop, ".cancel": k.Cancel, ".pause": k.Pause, ".resume": k.Resume, ".excuse": k.Excuse, ".replace.on": k.Replace,
	} {
		for i, t := range list {
			here := fmt.Sprintf("%s%s[%d]", path, name, i)
			switch of := c.owner(t); {
			case own == "" && of != "":
				c.found(TriggerInvalid, here, "the clock is the complaint's, this happens to the action %s; wait for action_closed, or let the clock start with the action", of)
			case own != "" && of != own && (t.Kind != ActionClosed || t.Key != own):
				c.found(TriggerInvalid, here, "the clock is one of the action %s, to which this does not happen; name a step or milestone of it, or action_closed", own)
			}
		}
	}
	return own
}

// knownAction reports an action that does not exist.
func (c *compiler) knownAction(path, key string) {
	if !slices.ContainsFunc(c.in.GetActions(), func(a *procedurev1.Action) bool { return a.GetKey() == key }) {
		c.found(ActionUnknown, path, "there is no action %q", key)
	}
}

// stepsOf returns the steps of everything that steps stand in, flows first, by the path of each.
func stepsOf(in *procedurev1.Procedure, each func(path string, steps []*procedurev1.Step)) {
	for _, f := range in.GetFlows() {
		each(at("flows", f.GetKey()), f.GetSteps())
	}
	for _, a := range in.GetActions() {
		each(at("actions", a.GetKey()), a.GetSteps())
	}
}
