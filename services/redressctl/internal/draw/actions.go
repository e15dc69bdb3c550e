package draw

import (
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// beginning is the box at which the picture begins: the registration, or what opens the action.
func (g *graph) beginning() box {
	say := g.words.say
	if g.action == nil {
		return box{shape: start, name: say("登记", "Registered"), text: []string{g.words.label(g.flow.GetName(), g.flow.GetKey())}}
	}
	b := box{shape: start, name: say("开始", "Opened"), clauses: g.action.GetClauses()}
	by := say("由人开出", "by people")
	if list := g.action.GetOpen(); len(list) > 0 {
		by = g.triggers(list...)
		if g.action.GetWhen() != "" {
			by += say("，且 ", " if ") + g.condition(g.action.GetWhen())
		}
		by += say("；或由人开出", "; or by people")
	}
	if g.action.GetAlone() {
		by += say("，可不属于任何投诉", ", also without a complaint")
	}
	b.text = []string{by}
	return b
}

// openings gives the actions that this flow opens a box each.
func (g *graph) openings() {
	for _, a := range g.procedure.GetActions() {
		for _, t := range a.GetOpen() {
			if _, drawn := g.actions[a.GetKey()]; !drawn && (len(g.sources(t)) > 0 || t.GetClosed()) {
				g.actions[a.GetKey()] = g.add(box{shape: action, key: a.GetKey(), name: g.actionName(a.GetKey()), clauses: a.GetClauses(),
					text: []string{g.words.say("编号 ", "number ") + a.GetNumbering()}})
			}
		}
	}
}

// opened draws what opens the actions.
func (g *graph) opened() {
	for _, a := range g.procedure.GetActions() {
		to, drawn := g.actions[a.GetKey()]
		if !drawn {
			continue
		}
		seen := map[int]bool{}
		for _, t := range a.GetOpen() {
			sources := g.sources(t)
			if t.GetClosed() {
				sources = g.closings()
			}
			for _, from := range sources {
				if seen[from] {
					continue
				}
				seen[from] = true
				l := line{from: from, to: to, kind: follows, full: g.condition(a.GetWhen())}
				if _, contact := t.GetOn().(*procedurev1.Trigger_Contact); contact {
					l.full = g.trigger(t)
				}
				g.join(g.cut(l))
			}
		}
	}
}

// actionAt returns where an action begins in this picture; an action that only people open may begin and end at any time.
func (g *graph) actionAt(key string) []int {
	switch i, drawn := g.actions[key]; {
	case drawn:
		return []int{i}
	case g.action == nil || g.action.GetKey() == key:
		return []int{0}
	default:
		return nil
	}
}

func (g *graph) actionName(key string) string {
	for _, a := range g.procedure.GetActions() {
		if a.GetKey() == key {
			return g.words.label(a.GetName(), key)
		}
	}
	return key
}

// closedName is what a closing is in the legend.
func (g *graph) closedName() string {
	if g.action != nil {
		return g.words.say("办结", "action closed")
	}
	return g.words.say("结案", "complaint closed")
}

// owner returns the action whose clock c is; "" for the complaint's. The clock that starts with an action, or with a step or a milestone
// of it, is the action's.
func (g *graph) owner(c *procedurev1.ClockPolicy) string {
	for _, a := range g.procedure.GetActions() {
		if c.GetStart().GetActionOpened() == a.GetKey() {
			return a.GetKey()
		}
		for _, s := range a.GetSteps() {
			switch on := c.GetStart().GetOn().(type) {
			case *procedurev1.Trigger_WorkOpened:
				if on.WorkOpened == s.GetKey() {
					return a.GetKey()
				}
			case *procedurev1.Trigger_WorkCompleted:
				if on.WorkCompleted == s.GetKey() {
					return a.GetKey()
				}
			case *procedurev1.Trigger_Milestone:
				if on.Milestone == s.GetMilestone() {
					return a.GetKey()
				}
			}
		}
	}
	return ""
}
