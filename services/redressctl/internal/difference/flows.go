package difference

import (
	"slices"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

func (d *differ) flows(a, b []*procedurev1.Flow) {
	gone, come, kept := match(a, b, (*procedurev1.Flow).GetKey)
	for _, f := range gone {
		d.add(Steps, "The flow %s is gone, with its %d steps", "取消流程 %s（共 %d 个环节）", d.n.called(f.GetKey(), f.GetName()), len(f.GetSteps()))
	}
	for _, f := range come {
		d.add(Steps, "New flow %s, with %d steps", "新增流程 %s（共 %d 个环节）", d.n.called(f.GetKey(), f.GetName()), len(f.GetSteps()))
	}
	for _, f := range kept {
		d.flow(f.a, f.b)
	}
}

func (d *differ) flow(a, b *procedurev1.Flow) {
	what := d.say("flow ", "流程 ") + d.n.called(b.GetKey(), b.GetName())
	d.became(Steps, what+d.say(" begins its next round at", " 再次受理时的起始环节"), d.reopens(a), d.reopens(b))
	d.name(what, a.GetName(), b.GetName())
	d.rest(Other, what, a, b, "key", "name", "steps", "reopen_step")
	d.steps(what, a.GetSteps(), b.GetSteps())
}

// steps compares those of a flow or an action.
func (d *differ) steps(what string, a, b []*procedurev1.Step) {
	gone, come, kept := match(a, b, (*procedurev1.Step).GetKey)
	for _, s := range come {
		d.add(Steps, "New step %s in the %s (%s)", "%[2]s新增环节 %[1]s（%[3]s）", d.n.called(s.GetKey(), s.GetName()), what, d.doer(s))
	}
	for _, s := range gone {
		d.add(Steps, "The step %s of the %s is gone", "%[2]s取消环节 %[1]s", d.n.called(s.GetKey(), s.GetName()), what)
	}
	if first := a[0].GetKey(); first != b[0].GetKey() {
		d.became(Steps, what+d.say(" begins at", " 起始环节"), d.n.step(first), d.n.step(b[0].GetKey()))
	}
	for _, s := range kept {
		d.step(s.a, s.b)
	}
}

// reopens names the step at which a reopened complaint begins; none means the first.
func (d *differ) reopens(f *procedurev1.Flow) string {
	if f.GetReopenStep() == "" {
		return d.say("its first step", "首个环节")
	}
	return d.n.step(f.GetReopenStep())
}

// doer says who does a step.
func (d *differ) doer(s *procedurev1.Step) string {
	if list := assignees(s); len(list) > 0 {
		return d.n.owners(list)
	}
	return d.say("decided at once", "自动判断")
}

func assignees(s *procedurev1.Step) []*procedurev1.Assignee {
	switch k := s.GetKind().(type) {
	case *procedurev1.Step_Task:
		return []*procedurev1.Assignee{k.Task.GetAssignee()}
	case *procedurev1.Step_Question:
		return []*procedurev1.Assignee{k.Question.GetAssignee()}
	case *procedurev1.Step_Notice:
		return k.Notice.GetRecipients()
	case *procedurev1.Step_Approval:
		return k.Approval.GetApprovers()
	default:
		return nil
	}
}

// kind says what a step is.
func (d *differ) kind(s *procedurev1.Step) string {
	switch s.GetKind().(type) {
	case *procedurev1.Step_Task:
		return d.say("a task", "办理")
	case *procedurev1.Step_Question:
		return d.say("a question", "选择")
	case *procedurev1.Step_Check:
		return d.say("a check", "自动判断")
	case *procedurev1.Step_Notice:
		return d.say("a notice", "通知")
	case *procedurev1.Step_Approval:
		return d.say("an approval", "审批")
	default:
		return ""
	}
}

func (d *differ) step(a, b *procedurev1.Step) {
	what := d.say("step ", "环节 ") + d.n.called(b.GetKey(), b.GetName())
	d.became(Steps, what, d.kind(a), d.kind(b))
	if d.kind(a) != d.kind(b) {
		d.became(Owners, what, d.doer(a), d.doer(b))
	} else {
		d.owned(what, a, b)
	}
	d.listed(Steps, what+d.say(" leads to", " 的去向"), ways(d.n, a), ways(d.n, b), false)
	_, _, kept := match(branches(a), branches(b), d.n.way)
	for _, w := range kept {
		d.name(what+d.say(", the way to ", "，去向 ")+d.n.way(w.b), w.a.GetName(), w.b.GetName())
		d.rest(Other, what, w.a, w.b, "when", "step", "name")
	}
	d.became(Steps, what+d.say(", milestone", "，标记节点"), a.GetMilestone(), b.GetMilestone())
	d.switched(Steps, what, a.GetJoin(), b.GetJoin(), "waits for all its branches", "须等所有分支到齐", "no longer waits for its branches", "不再等待其他分支")
	d.name(what, a.GetName(), b.GetName())
	d.rest(Other, what, a, b, "key", "name", "task", "question", "check", "notice", "approval", "milestone", "join")
}

// owned compares two steps of the same kind in all but where they lead.
func (d *differ) owned(what string, a, b *procedurev1.Step) {
	d.became(Owners, what, d.doer(a), d.doer(b))
	switch k := b.GetKind().(type) {
	case *procedurev1.Step_Task:
		old := a.GetTask()
		d.fields(Fields, what, what+d.say(", ", "，"), old.GetForm(), k.Task.GetForm())
		d.listed(Fields, what+d.say(" must carry", " 必须包含"), old.GetRequiredContent(), k.Task.GetRequiredContent(), false)
		d.rest(Other, what, old, k.Task, "assignee", "form", "next", "required_content")
	case *procedurev1.Step_Question:
		old := a.GetQuestion()
		d.fields(Fields, what, what+d.say(", ", "，"), old.GetForm(), k.Question.GetForm())
		d.name(what+d.say(", the question", "，所提问题"), old.GetText(), k.Question.GetText())
		_, _, kept := match(old.GetAnswers(), k.Question.GetAnswers(), (*procedurev1.Answer).GetCode)
		for _, x := range kept { // where it leads is one of the step's ways
			d.name(what+d.say(", answer ", "，选项 ")+x.b.GetCode(), x.a.GetName(), x.b.GetName())
			d.rest(Other, what+d.say(", answer ", "，选项 ")+x.b.GetCode(), x.a, x.b, "code", "name", "next")
		}
		d.rest(Other, what, old, k.Question, "assignee", "text", "answers", "form")
	case *procedurev1.Step_Check:
		d.rest(Other, what, a.GetCheck(), k.Check, "next")
	case *procedurev1.Step_Notice:
		d.rest(Other, what, a.GetNotice(), k.Notice, "recipients", "next")
	case *procedurev1.Step_Approval:
		old := a.GetApproval()
		d.became(Owners, what+d.say(", decided", "，审批方式"), d.mode(old.GetMode()), d.mode(k.Approval.GetMode()))
		d.rest(Other, what, old, k.Approval, "approvers", "mode", "approved", "rejected")
	}
}

func (d *differ) mode(m procedurev1.ApprovalMode) string {
	switch m {
	case procedurev1.ApprovalMode_APPROVAL_MODE_ANY:
		return d.say("by any one of them", "任一人同意即可")
	case procedurev1.ApprovalMode_APPROVAL_MODE_LADDER:
		return d.say("one after the other", "逐级审批")
	default:
		return d.say("by all of them", "全部同意")
	}
}

// branches returns the ways out of a step that carry a condition; a question's are its answers.
func branches(s *procedurev1.Step) []*procedurev1.Next {
	return slices.Concat(s.GetTask().GetNext(), s.GetCheck().GetNext(), s.GetNotice().GetNext(), s.GetApproval().GetApproved(), s.GetApproval().GetRejected())
}

// ways returns where a step leads, a sentence for each way out; of a question also the answers that lead nowhere.
func ways(n naming, s *procedurev1.Step) []string {
	var out []string
	add := func(prefix string, list []*procedurev1.Next) {
		for _, w := range list {
			out = append(out, prefix+n.way(w))
		}
	}
	switch k := s.GetKind().(type) {
	case *procedurev1.Step_Task:
		add("", k.Task.GetNext())
	case *procedurev1.Step_Check:
		add("", k.Check.GetNext())
	case *procedurev1.Step_Notice:
		add("", k.Notice.GetNext())
	case *procedurev1.Step_Approval:
		add(n.say("approved: ", "同意："), k.Approval.GetApproved())
		add(n.say("rejected: ", "不同意："), k.Approval.GetRejected())
	case *procedurev1.Step_Question:
		for _, a := range k.Question.GetAnswers() {
			to := n.say("the end", "结束")
			if len(a.GetNext()) > 0 {
				to = join(mapped(a.GetNext(), n.step))
			}
			out = append(out, n.say("answer "+a.GetCode()+": ", "选择 "+a.GetCode()+":")+to)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(out)))
}
