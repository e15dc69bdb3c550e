package draw

import (
	"slices"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// trigger says when something happens.
func (g *graph) trigger(t *procedurev1.Trigger) string {
	w := g.words
	switch on := t.GetOn().(type) {
	case *procedurev1.Trigger_Registered:
		return w.say("登记", "registration")
	case *procedurev1.Trigger_WorkOpened:
		return g.stepName(on.WorkOpened) + w.say("（开始）", " (opened)")
	case *procedurev1.Trigger_WorkCompleted:
		return g.stepName(on.WorkCompleted) + w.say("（完成）", " (done)")
	case *procedurev1.Trigger_Milestone:
		return g.milestone(on.Milestone)
	case *procedurev1.Trigger_Contact:
		zh, ok := purposes[on.Contact]
		if !ok {
			zh = on.Contact
		}
		return w.say("与客户联系："+zh, "contact: "+strings.ReplaceAll(on.Contact, "_", " "))
	case *procedurev1.Trigger_VisitRecorded:
		return g.visitName(on.VisitRecorded)
	case *procedurev1.Trigger_Closed:
		return w.say("结案", "closing")
	case *procedurev1.Trigger_Reopened:
		return w.say("重新打开", "reopening")
	case *procedurev1.Trigger_ActionOpened:
		return g.actionName(on.ActionOpened) + w.say("（开始）", " (opened)")
	case *procedurev1.Trigger_ActionClosed:
		return g.actionName(on.ActionClosed) + w.say("（结束）", " (ended)")
	}
	return w.say("其他", "other")
}

// triggers says when one of several things happens.
func (g *graph) triggers(list ...*procedurev1.Trigger) string {
	var all []string
	for _, t := range list {
		if s := g.trigger(t); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return strings.Join(all, g.words.say("；", "; "))
}

// milestone names one; where the language has no name for it, by the steps that reach it, in this picture if there are any.
func (g *graph) milestone(m string) string {
	if name, known := g.words.milestone(m); known {
		return name
	}
	var names []string
	here := len(g.flow.GetSteps())
	for s := range g.allSteps() {
		here--
		if here < 0 && len(names) > 0 {
			break
		}
		if name := g.words.label(s.GetName(), s.GetKey()); s.GetMilestone() == m && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return strings.Join(names, " / ") + "（节点）"
}

// flagName is what stands beside the flag of a step's milestone.
func (g *graph) flagName(m string) string {
	if m == "" {
		return ""
	}
	if name, known := g.words.milestone(m); known {
		return name
	}
	return "节点"
}
