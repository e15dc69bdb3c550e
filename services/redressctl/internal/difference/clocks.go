package difference

import (
	"fmt"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

func (d *differ) clocks(a, b []*procedurev1.ClockPolicy) {
	gone, come, kept := match(a, b, (*procedurev1.ClockPolicy).GetKey)
	for _, c := range come {
		d.add(Limits, "New limit %s: %s from %s on", "新增时限 %s：自%[3]s起 %[2]s", d.n.called(c.GetKey(), c.GetName()), lengths(d.n, c), d.n.trigger(c.GetStart()))
	}
	for _, c := range gone {
		d.add(Limits, "The limit %s of %s is gone", "取消时限 %s（%s）", d.n.called(c.GetKey(), c.GetName()), lengths(d.n, c))
	}
	for _, c := range kept {
		d.clock(c.a, c.b)
	}
}

// lengths says all that a clock may run.
func lengths(n naming, c *procedurev1.ClockPolicy) string {
	list := limitCases(n, c)
	if c.GetLimit() != nil || len(list) == 0 {
		list = append(list, n.limit(c.GetLimit()))
	}
	return join(list)
}

func limitCases(n naming, c *procedurev1.ClockPolicy) []string {
	return mapped(c.GetCases(), func(k *procedurev1.LimitCase) string {
		return n.say(n.limit(k.GetLimit())+" when "+k.GetWhen(), "当 "+k.GetWhen()+" 时 "+n.limit(k.GetLimit()))
	})
}

func (d *differ) clock(a, b *procedurev1.ClockPolicy) {
	what := d.n.called(b.GetKey(), b.GetName())
	d.became(Limits, what, d.n.limit(a.GetLimit()), d.n.limit(b.GetLimit()))
	d.listed(Limits, what, limitCases(d.n, a), limitCases(d.n, b), true)
	d.became(Clocks, what+d.say(" starts with", " 起算于"), d.n.trigger(a.GetStart()), d.n.trigger(b.GetStart()))
	d.became(Clocks, what+d.say(" applies when", " 适用条件"), a.GetWhen(), b.GetWhen())
	next := procedurev1.StartShift_START_SHIFT_NEXT_OPENING
	d.switched(Clocks, what, a.GetShift() == next, b.GetShift() == next, "counts from the next opening", "自下次上班起算", "counts at once", "即时起算")
	d.became(Clocks, what+d.say(" counts in the calendar", " 所用日历"), a.GetCalendar(), b.GetCalendar())
	for _, list := range []struct {
		words string
		a, b  []*procedurev1.Trigger
	}{
		{d.say(" is met by", " 的达成条件"), a.GetStop(), b.GetStop()},
		{d.say(" is cancelled by", " 的取消条件"), a.GetCancel(), b.GetCancel()},
		{d.say(" pauses on", " 的暂停条件"), a.GetPause(), b.GetPause()},
		{d.say(" runs on with", " 的恢复条件"), a.GetResume(), b.GetResume()},
		{d.say(" is excused by", " 的免责条件"), a.GetExcuse(), b.GetExcuse()},
		{d.say(" is agreed anew on", " 的改约条件"), a.GetReplace().GetOn(), b.GetReplace().GetOn()},
	} {
		d.triggers(Clocks, what+list.words, list.a, list.b)
	}
	d.became(Clocks, what+d.say(", agreed anew in", "，改约时间取自"), a.GetReplace().GetDue(), b.GetReplace().GetDue())
	d.listed(Clocks, what+d.say(" warns", " 的预警"), warnings(d.n, a), warnings(d.n, b), false)
	d.became(Clocks, what+d.say(", told of a breach", "，超时通知"), d.n.owners(a.GetBreach().GetNotify()), d.n.owners(b.GetBreach().GetNotify()))
	d.listed(Clocks, what+d.say(" escalates", " 的升级"), ladder(d.n, a), ladder(d.n, b), false)
	d.switched(Clocks, what, a.GetSoft(), b.GetSoft(), "is only suggested now", "改为建议时限", "is binding now", "改为强制时限")
	d.switched(Clocks, what, a.GetInternal(), b.GetInternal(), "is an internal limit now", "改为内部时限", "is the customer's limit now", "改为对客户的时限")
	d.switched(Clocks, what, a.GetAgreeable(), b.GetAgreeable(), "may be agreed anew by a call", "允许改约", "may no longer be agreed anew by a call", "不再允许改约")
	d.name(what, a.GetName(), b.GetName())
	d.rest(Other, what, a, b, "key", "name", "start", "when", "shift", "limit", "calendar", "stop", "cancel", "warnings", "breach", "soft", "internal",
		"cases", "pause", "resume", "replace", "excuse", "ladder", "agreeable")
	d.rest(Clocks, what, orEmpty(a.GetBreach()), orEmpty(b.GetBreach()), "notify")
}

// orEmpty lets what is left out and what is empty be the same.
func orEmpty(b *procedurev1.Breach) *procedurev1.Breach {
	if b == nil {
		return &procedurev1.Breach{}
	}
	return b
}

// triggers notes what of a list of happenings has come or gone.
func (d *differ) triggers(s Section, what string, a, b []*procedurev1.Trigger) {
	d.listed(s, what, mapped(a, d.n.trigger), mapped(b, d.n.trigger), false)
}

func warnings(n naming, c *procedurev1.ClockPolicy) []string {
	return mapped(c.GetWarnings(), func(w *procedurev1.Warning) string {
		var when string
		switch x := w.GetAt().(type) {
		case *procedurev1.Warning_Share:
			when = n.say(fmt.Sprintf("after %g %% of its time", x.Share*100), fmt.Sprintf("用时达 %g%% 时", x.Share*100))
		case *procedurev1.Warning_HoursBefore:
			when = n.say(fmt.Sprintf("%g hours before it is due", x.HoursBefore), fmt.Sprintf("到期前 %g 小时", x.HoursBefore))
		case *procedurev1.Warning_WorkingHoursBefore:
			when = n.say(fmt.Sprintf("%g working hours before it is due", x.WorkingHoursBefore), fmt.Sprintf("到期前 %g 个工作小时", x.WorkingHoursBefore))
		default:
			when = w.String()
		}
		return when + told(n, w.GetNotify())
	})
}

func ladder(n naming, c *procedurev1.ClockPolicy) []string {
	return mapped(c.GetLadder(), func(e *procedurev1.Escalation) string {
		var when string
		switch x := e.GetAfter().(type) {
		case *procedurev1.Escalation_Hours:
			when = n.say(fmt.Sprintf("%g hours after the due time", x.Hours), fmt.Sprintf("超时 %g 小时后", x.Hours))
		case *procedurev1.Escalation_WorkingHours:
			when = n.say(fmt.Sprintf("%g working hours after the due time", x.WorkingHours), fmt.Sprintf("超时 %g 个工作小时后", x.WorkingHours))
		case *procedurev1.Escalation_CountedDays:
			when = n.say(fmt.Sprintf("%d working days after the due time", x.CountedDays), fmt.Sprintf("超时 %d 个工作日后", x.CountedDays))
		default:
			when = e.String()
		}
		return when + told(n, e.GetNotify())
	})
}

// told says who hears of it.
func told(n naming, list []*procedurev1.Assignee) string {
	if len(list) == 0 {
		return ""
	}
	return n.say(", telling ", "，通知 ") + n.owners(list)
}
