package procedure

import (
	"slices"
	"strings"
)

// actions follows every action as a procedure of its own: its only flow is the action's, its clocks are those of the action, and its
// opening and end stand for registration and closing.
func (v *verifier) actions() {
	for _, a := range v.out.Actions {
		out := *v.out
		out.Flows, out.Closing, out.Visits, out.Clocks = []*Flow{a.Flow}, a.Closing, nil, nil
		out.Actions, out.Metrics = nil, nil
		for _, k := range v.out.Clocks {
			if k.Action == a.Key {
				out.Clocks = append(out.Clocks, k.standalone())
			}
		}
		c := *v.compiler
		c.out, c.findings = &out, nil
		one := &verifier{compiler: &c, certain: map[string]map[string]map[string]bool{}, busy: v.busy, fine: map[string]bool{}, effort: v.effort, action: a.Key, before: v.out.Flows}
		one.walkFlows()
		one.conditions()
		one.posts()
		if a.Alone {
			one.alone(a)
		}
		one.clocks()
		one.charges()
		v.subs = append(v.subs, one)
		v.effort = one.effort
		for _, f := range c.findings {
			if rest, ok := strings.CutPrefix(f.Path, at("flows", a.Key)); ok {
				f.Path = at("actions", a.Key) + rest
			}
			v.findings = append(v.findings, f)
		}
	}
}

// alone reports assignees that give no post where the action opens without a complaint, whose facts are all unset.
func (v *verifier) alone(a *Action) {
	for _, s := range a.Flow.Steps {
		own := func(name string) bool { // recorded by then, or not: it is not known
			for _, t := range a.Flow.Steps {
				if strings.HasPrefix(name, "answers."+t.Key+".") {
					return true
				}
			}
			return false
		}
		for _, who := range s.Assignees {
			if who.expression == nil || slices.ContainsFunc(who.expression.names(), own) {
				continue
			}
			if _, err := who.Post(Facts{Flow: a.Key, Round: 1}); err != nil {
				v.found(PostMissing, who.path, "where the action opens without a complaint it gives no post; name one for then, or leave alone out")
			}
		}
	}
}

// standalone returns k as a clock of a procedure that is the action alone.
func (k *Clock) standalone() *Clock {
	own := *k
	alone := func(list []Trigger) []Trigger {
		out := make([]Trigger, len(list))
		for i, t := range list {
			out[i] = t.standalone()
		}
		return out
	}
	own.Start = own.Start.standalone()
	own.Stop, own.Cancel, own.Pause, own.Resume, own.Excuse, own.Replace = alone(k.Stop), alone(k.Cancel), alone(k.Pause), alone(k.Resume), alone(k.Excuse), alone(k.Replace)
	return &own
}

func (t Trigger) standalone() Trigger {
	switch t.Kind {
	case ActionOpened:
		return Trigger{Kind: Registered}
	case ActionClosed:
		return Trigger{Kind: Closed}
	default:
		return t
	}
}

// mine returns the clocks of what is verified: an action's, or the complaint's.
func (v *verifier) mine() []*Clock {
	return slices.DeleteFunc(slices.Clone(v.out.Clocks), func(k *Clock) bool { return k.Action != v.action })
}

// beginning is how a way through a flow begins, for people.
func (v *verifier) beginning() string {
	if v.action != "" {
		return "opening ->"
	}
	return "registration ->"
}
