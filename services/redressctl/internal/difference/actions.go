package difference

import procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

func (d *differ) actions(a, b []*procedurev1.Action) {
	gone, come, kept := match(a, b, (*procedurev1.Action).GetKey)
	for _, x := range come {
		d.add(Actions, "New action %s, with %d steps; opened by %s", "新增措施 %s（共 %d 个环节），由%s开出", d.n.called(x.GetKey(), x.GetName()), len(x.GetSteps()), d.openers(x))
	}
	for _, x := range gone {
		d.add(Actions, "The action %s is gone, with its %d steps", "取消措施 %s（共 %d 个环节）", d.n.called(x.GetKey(), x.GetName()), len(x.GetSteps()))
	}
	for _, x := range kept {
		d.action(x.a, x.b)
	}
}

// openers says what opens an action; people may open any.
func (d *differ) openers(a *procedurev1.Action) string {
	if len(a.GetOpen()) == 0 {
		return d.say("people", "人")
	}
	out := join(mapped(a.GetOpen(), d.n.trigger))
	if a.GetWhen() != "" {
		out = d.say(out+" when "+a.GetWhen(), "当 "+a.GetWhen()+" 时"+out)
	}
	return out
}

func (d *differ) action(a, b *procedurev1.Action) {
	what := d.say("action ", "措施 ") + d.n.called(b.GetKey(), b.GetName())
	d.triggers(Actions, what+d.say(" is opened by", " 的开出条件"), a.GetOpen(), b.GetOpen())
	d.became(Actions, what+d.say(" is opened only when", " 的开出前提"), a.GetWhen(), b.GetWhen())
	d.triggers(Actions, what+d.say(" closes on", " 的办结条件"), a.GetClosing(), b.GetClosing())
	d.switched(Actions, what, a.GetMany(), b.GetMany(), "may be open several times for one complaint", "对同一投诉可同时开出多个",
		"may be open once at a time for one complaint", "对同一投诉同时只能有一个")
	d.switched(Actions, what, a.GetAlone(), b.GetAlone(), "may be opened without a complaint", "可不属于任何投诉而开出",
		"is opened only for complaints", "只能为投诉开出")
	d.became(Actions, what+d.say(", word of its number", "，编号字样"), a.GetNumbering(), b.GetNumbering())
	d.name(what, a.GetName(), b.GetName())
	d.rest(Other, what, a, b, "key", "name", "open", "when", "steps", "closing", "numbering", "many", "alone")
	d.steps(what, a.GetSteps(), b.GetSteps())
}
