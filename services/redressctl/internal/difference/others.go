package difference

import (
	"strconv"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

func (d *differ) visits(a, b []*procedurev1.VisitPlan) {
	gone, come, kept := match(a, b, (*procedurev1.VisitPlan).GetKey)
	for _, v := range come {
		d.add(Visits, "New return visit %s by %s after %s", "新增回访 %s：由 %s 在%s后进行", d.n.called(v.GetKey(), v.GetName()), d.n.owner(v.GetAssignee()), d.n.trigger(v.GetAfter()))
	}
	for _, v := range gone {
		d.add(Visits, "The return visit %s is gone", "取消回访 %s", d.n.called(v.GetKey(), v.GetName()))
	}
	for _, v := range kept {
		what := d.say("return visit ", "回访 ") + d.n.called(v.b.GetKey(), v.b.GetName())
		d.became(Owners, what, d.n.owner(v.a.GetAssignee()), d.n.owner(v.b.GetAssignee()))
		d.became(Visits, what+d.say(" after", " 的时机"), d.n.trigger(v.a.GetAfter()), d.n.trigger(v.b.GetAfter()))
		d.became(Visits, what+d.say(" only when", " 的条件"), v.a.GetWhen(), v.b.GetWhen())
		d.became(Visits, what+d.say(", satisfied", "，满意"), d.consequence(v.a.GetSatisfied()), d.consequence(v.b.GetSatisfied()))
		d.became(Visits, what+d.say(", dissatisfied", "，不满意"), d.consequence(v.a.GetDissatisfied()), d.consequence(v.b.GetDissatisfied()))
		d.became(Visits, what+d.say(", not reached", "，未联系上"), d.consequence(v.a.GetUnreached()), d.consequence(v.b.GetUnreached()))
		d.became(Visits, what+d.say(", calls without an answer", "，未接通上限"), number(v.a.GetMaxAttempts()), number(v.b.GetMaxAttempts()))
		d.became(Visits, what+d.say(", rounds until dissatisfaction closes", "，不满意可再次受理的轮次上限"), number(v.a.GetMaxRounds()), number(v.b.GetMaxRounds()))
		d.name(what, v.a.GetName(), v.b.GetName())
		d.rest(Visits, what, v.a, v.b, "key", "name", "after", "when", "assignee", "satisfied", "dissatisfied", "unreached", "max_attempts", "max_rounds")
	}
}

// number prints a bound; 0 is none.
func number(n int32) string {
	if n == 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}

func (d *differ) consequence(c procedurev1.VisitConsequence) string {
	switch c {
	case procedurev1.VisitConsequence_VISIT_CONSEQUENCE_CLOSE:
		return d.say("closes", "结案")
	case procedurev1.VisitConsequence_VISIT_CONSEQUENCE_REOPEN:
		return d.say("reopens", "再次受理")
	default:
		return d.say("changes nothing", "不变")
	}
}

func (d *differ) posts(a, b []*procedurev1.Post) {
	gone, come, kept := match(a, b, (*procedurev1.Post).GetKey)
	for _, p := range come {
		d.add(Posts, "New post %s", "新增岗位 %s", d.n.called(p.GetKey(), p.GetName()))
	}
	for _, p := range gone {
		d.add(Posts, "The post %s is gone", "取消岗位 %s", d.n.called(p.GetKey(), p.GetName()))
	}
	for _, p := range kept {
		what := d.say("post ", "岗位 ") + d.n.called(p.b.GetKey(), p.b.GetName())
		d.name(what, p.a.GetName(), p.b.GetName())
		d.name(what+d.say(", its unit", "，所属部门"), p.a.GetUnit(), p.b.GetUnit())
		d.rest(Posts, what, p.a, p.b, "key", "name", "unit")
	}
}

func (d *differ) calendars(a, b []*procedurev1.Calendar) {
	gone, come, kept := match(a, b, (*procedurev1.Calendar).GetKey)
	for _, c := range come {
		d.add(Calendars, "New calendar %s", "新增日历 %s", d.n.called(c.GetKey(), c.GetName()))
	}
	for _, c := range gone {
		d.add(Calendars, "The calendar %s is gone", "取消日历 %s", d.n.called(c.GetKey(), c.GetName()))
	}
	for _, c := range kept {
		what := d.say("calendar ", "日历 ") + d.n.called(c.b.GetKey(), c.b.GetName())
		d.listed(Calendars, what+d.say(" is open", " 的工作时间"), hours(c.a), hours(c.b), true)
		d.listed(Calendars, what+d.say(", working days", " 的工作日"), c.a.GetCounted(), c.b.GetCounted(), false)
		d.listed(Calendars, what+d.say(", own exceptions", " 的特殊日期"), exceptions(c.a), exceptions(c.b), false)
		d.name(what, c.a.GetName(), c.b.GetName())
		d.rest(Calendars, what, c.a, c.b, "key", "name", "week", "counted", "exceptions")
		_, _, dates := match(c.a.GetExceptions(), c.b.GetExceptions(), (*procedurev1.DatedHours).GetDate)
		for _, x := range dates {
			d.name(what+d.say(", ", "，")+x.b.GetDate(), x.a.GetName(), x.b.GetName())
		}
	}
}

// hours says when a calendar is open; which comes first matters for make-up days.
func hours(c *procedurev1.Calendar) []string {
	return mapped(c.GetWeek(), func(w *procedurev1.WeekdayHours) string { return join(w.GetDays()) + " " + join(w.GetHours()) })
}

func exceptions(c *procedurev1.Calendar) []string {
	return mapped(c.GetExceptions(), func(e *procedurev1.DatedHours) string {
		if len(e.GetHours()) == 0 {
			return e.GetDate() + " –"
		}
		return e.GetDate() + " " + join(e.GetHours())
	})
}

func (d *differ) metrics(a, b []*procedurev1.Metric) {
	gone, come, kept := match(a, b, (*procedurev1.Metric).GetKey)
	for _, m := range come {
		d.add(Figures, "New figure %s", "新增指标 %s", d.n.called(m.GetKey(), m.GetName()))
	}
	for _, m := range gone {
		d.add(Figures, "The figure %s is gone", "取消指标 %s", d.n.called(m.GetKey(), m.GetName()))
	}
	for _, m := range kept {
		what := d.say("figure ", "指标 ") + d.n.called(m.b.GetKey(), m.b.GetName())
		d.became(Figures, what+d.say(" counts", " 的分子"), m.a.GetNumerator(), m.b.GetNumerator())
		d.became(Figures, what+d.say(" out of", " 的分母"), m.a.GetDenominator(), m.b.GetDenominator())
		d.name(what, m.a.GetName(), m.b.GetName())
		d.rest(Figures, what, m.a, m.b, "key", "name", "numerator", "denominator")
	}
}
