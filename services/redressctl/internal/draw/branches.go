package draw

import (
	"fmt"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// branches draws what a step leads to.
func (g *graph) branches(s *procedurev1.Step) {
	from := g.at[s.GetKey()]
	switch kind := s.GetKind().(type) {
	case *procedurev1.Step_Task:
		g.next(from, kind.Task.GetNext(), plain, "")
	case *procedurev1.Step_Check:
		g.next(from, kind.Check.GetNext(), plain, "")
	case *procedurev1.Step_Notice:
		g.next(from, kind.Notice.GetNext(), plain, "")
	case *procedurev1.Step_Approval:
		g.next(from, kind.Approval.GetApproved(), approved, g.words.say("批准", "approved"))
		g.next(from, kind.Approval.GetRejected(), rejected, g.words.say("驳回", "rejected"))
	case *procedurev1.Step_Question:
		for i, a := range kind.Question.GetAnswers() {
			l := line{from: from, kind: answer, full: g.words.label(a.GetName(), a.GetCode()), fork: i + 1}
			for _, key := range a.GetNext() {
				l.to = g.at[key]
				g.join(g.cut(l))
			}
			if len(a.GetNext()) == 0 {
				l.to = nowhere
				g.join(g.cut(l))
			}
		}
	}
}

// nowhere is where a branch leads that ends; ends gives it a box.
const nowhere = -1

// next draws branches with conditions. outcome is what an approval decided.
func (g *graph) next(from int, branches []*procedurev1.Next, kind lineKind, outcome string) {
	for _, n := range branches {
		l := line{from: from, to: nowhere, kind: kind, full: outcome}
		if n.GetStep() != "" {
			l.to = g.at[n.GetStep()]
		}
		if n.GetWhen() != "" || n.GetName() != nil {
			if l.full != "" {
				l.full += g.words.say("：", ": ")
			}
			l.full += g.words.label(n.GetName(), g.condition(n.GetWhen()))
			if kind == plain {
				l.kind = condition
			}
		}
		g.join(g.cut(l))
	}
	if len(branches) == 0 {
		g.join(g.cut(line{from: from, to: nowhere, kind: kind, full: outcome}))
	}
}

// sources returns the boxes at which a trigger happens in this flow.
func (g *graph) sources(t *procedurev1.Trigger) []int {
	var at []int
	step := func(key string) {
		if i, ok := g.at[key]; ok {
			at = append(at, i)
		}
	}
	switch on := t.GetOn().(type) {
	case *procedurev1.Trigger_Registered:
		if g.action == nil {
			at = append(at, 0)
		}
	case *procedurev1.Trigger_WorkOpened:
		step(on.WorkOpened)
	case *procedurev1.Trigger_WorkCompleted:
		step(on.WorkCompleted)
	case *procedurev1.Trigger_Milestone:
		for _, s := range g.flow.GetSteps() {
			if s.GetMilestone() == on.Milestone {
				step(s.GetKey())
			}
		}
	case *procedurev1.Trigger_VisitRecorded:
		if i, ok := g.visits[on.VisitRecorded]; ok {
			at = append(at, i)
		}
	case *procedurev1.Trigger_Reopened:
		if g.action == nil {
			step(g.again())
		}
	case *procedurev1.Trigger_ActionOpened:
		at = g.actionAt(on.ActionOpened)
	case *procedurev1.Trigger_ActionClosed:
		if g.action == nil {
			return g.actionAt(on.ActionClosed)
		}
		if on.ActionClosed == g.action.GetKey() {
			return g.closings()
		}
	case *procedurev1.Trigger_Contact: // it may happen at any time: it starts from the beginning
		at = append(at, 0)
	}
	return at
}

// again is the step at which a reopened complaint begins.
func (g *graph) again() string {
	if g.flow.GetReopenStep() != "" {
		return g.flow.GetReopenStep()
	}
	return g.flow.GetSteps()[0].GetKey()
}

// outcomes draws what leads to a return visit and what it leads to. closings are where the complaint closed before it.
func (g *graph) outcomes(v *procedurev1.VisitPlan, closings []int) {
	at, sources := g.visits[v.GetKey()], g.sources(v.GetAfter())
	if v.GetAfter().GetClosed() {
		sources = closings
	}
	for _, from := range sources {
		l := line{from: from, to: at, kind: follows}
		if _, contact := v.GetAfter().GetOn().(*procedurev1.Trigger_Contact); contact {
			l.full = g.trigger(v.GetAfter())
		}
		g.join(g.cut(l))
	}
	g.outcome(at, v.GetSatisfied(), approved, g.words.say("满意", "satisfied"))
	dissatisfied := g.words.say("不满意", "dissatisfied")
	if v.GetMaxRounds() > 0 {
		dissatisfied += fmt.Sprintf(g.words.say("（第 %d 轮起结案）", " (from round %d closed)"), v.GetMaxRounds())
	}
	g.outcome(at, v.GetDissatisfied(), rejected, dissatisfied)
	tries := v.GetMaxAttempts()
	if tries == 0 {
		tries = 3
	}
	g.outcome(at, v.GetUnreached(), condition, fmt.Sprintf(g.words.say("呼叫 %d 次未联系上", "not reached in %d calls"), tries))
}

func (g *graph) outcome(from int, c procedurev1.VisitConsequence, kind lineKind, label string) {
	l := line{from: from, kind: kind, full: label}
	switch c {
	case procedurev1.VisitConsequence_VISIT_CONSEQUENCE_CLOSE:
		l.to = g.closing()
	case procedurev1.VisitConsequence_VISIT_CONSEQUENCE_REOPEN:
		l.to, l.again = g.at[g.again()], true
	default:
		return
	}
	g.join(g.cut(l))
}

// events draws the triggers that close a complaint, or the action.
func (g *graph) events() {
	to := map[int]int{}
	closing := g.procedure.GetClosing().GetOn()
	if g.action != nil {
		closing = g.action.GetClosing()
	}
	for _, t := range closing {
		for _, from := range g.sources(t) {
			box, ok := to[from]
			if !ok {
				box = g.closing()
				to[from] = box
			}
			l := line{from: from, to: box, kind: follows}
			if _, contact := t.GetOn().(*procedurev1.Trigger_Contact); contact {
				l.full = g.trigger(t)
			}
			g.join(g.cut(l))
		}
	}
}

func (g *graph) closing() int {
	if g.action != nil {
		return g.add(box{shape: closed, name: g.words.say("办结", "Closed")})
	}
	return g.add(box{shape: closed, name: g.words.say("结案", "Closed")})
}

// ends gives the branches that end a box of their own, one for each step; where an event leads on from the step, an unlabelled
// branch needs none.
func (g *graph) ends() {
	leads, at := map[int]bool{}, map[int]int{}
	for _, l := range g.arrows {
		leads[l.from] = leads[l.from] || l.kind == follows
	}
	arrows := g.arrows[:0:0]
	for _, l := range g.arrows {
		if l.to == nowhere {
			if l.full == "" && leads[l.from] {
				continue
			}
			if _, ok := at[l.from]; !ok {
				at[l.from] = g.add(box{shape: end, name: g.words.say("结束", "End")})
			}
			l.to = at[l.from]
		}
		arrows = append(arrows, l)
	}
	g.arrows = arrows
}

func (g *graph) stepName(key string) string { return g.words.label(g.step(key).GetName(), key) }

func (g *graph) visitName(key string) string {
	for _, v := range g.procedure.GetVisits() {
		if v.GetKey() == key {
			return g.words.label(v.GetName(), key)
		}
	}
	return key
}
