package draw

import (
	"fmt"
	"strconv"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// words says things in the picture's language.
type words struct{ lang Lang }

// say returns the Chinese or the English words.
func (w words) say(zh, en string) string {
	if w.lang == En {
		return en
	}
	return zh
}

// label returns a name; fallback where there is none.
func (w words) label(l *procedurev1.Label, fallback string) string {
	first, second := l.GetZh(), l.GetEn()
	if w.lang == En {
		first, second = second, first
	}
	switch {
	case first != "":
		return first
	case second != "":
		return second
	}
	return fallback
}

// oneOf names the first of n posts.
func (w words) oneOf(first string, n int) string {
	if w.lang == En {
		return fmt.Sprintf("%s (1 of %d posts)", first, n)
	}
	return fmt.Sprintf("%s 等 %d 岗", first, n)
}

// count says a number of things.
func (w words) count(n float64, zh, one, many string) string {
	number := strconv.FormatFloat(n, 'f', -1, 64)
	switch {
	case w.lang == Zh:
		return number + " " + zh
	case n == 1:
		return number + " " + one
	}
	return number + " " + many
}

func (w words) hours(n float64) string { return w.count(n, "小时", "hour", "hours") }

func (w words) workingHours(n float64) string {
	return w.count(n, "工作小时", "working hour", "working hours")
}

func (w words) workingDays(n int32) string {
	return w.count(float64(n), "个工作日", "working day", "working days")
}

// warning says when one comes.
func (w words) warning(x *procedurev1.Warning) string {
	switch at := x.GetAt().(type) {
	case *procedurev1.Warning_Share:
		return fmt.Sprintf(w.say("时限过 %.0f%%", "%.0f%% of the time"), 100*at.Share)
	case *procedurev1.Warning_HoursBefore:
		return w.say("到期前 ", "") + w.hours(at.HoursBefore) + w.say("", " before")
	case *procedurev1.Warning_WorkingHoursBefore:
		return w.say("到期前 ", "") + w.workingHours(at.WorkingHoursBefore) + w.say("", " before")
	}
	return ""
}

// escalation says when one comes.
func (w words) escalation(x *procedurev1.Escalation) string {
	switch after := x.GetAfter().(type) {
	case *procedurev1.Escalation_Hours:
		return w.say("", "after ") + w.hours(after.Hours) + w.say("后", "")
	case *procedurev1.Escalation_WorkingHours:
		return w.say("", "after ") + w.workingHours(after.WorkingHours) + w.say("后", "")
	case *procedurev1.Escalation_CountedDays:
		return w.say("", "after ") + w.workingDays(after.CountedDays) + w.say("后", "")
	}
	return ""
}

// limit returns how long a limit is.
func (w words) limit(l *procedurev1.Limit) string {
	switch length := l.GetLength().(type) {
	case *procedurev1.Limit_Hours:
		return w.hours(length.Hours)
	case *procedurev1.Limit_WorkingHours:
		return w.workingHours(length.WorkingHours)
	case *procedurev1.Limit_CalendarDays:
		return w.count(float64(length.CalendarDays), "天", "day", "days")
	case *procedurev1.Limit_CountedDays:
		return w.workingDays(length.CountedDays)
	case *procedurev1.Limit_EndOfCountedDay:
		return fmt.Sprintf(w.say("第 %d 个工作日结束前", "end of working day %d"), length.EndOfCountedDay)
	case *procedurev1.Limit_SameDay:
		return w.say("当日", "same day")
	case *procedurev1.Limit_Agreed:
		return w.say("约定时间", "agreed time")
	case *procedurev1.Limit_Months:
		return w.count(float64(length.Months), "个月", "month", "months")
	case *procedurev1.Limit_CountedDayTime:
		t := length.CountedDayTime
		return fmt.Sprintf(w.say("第 %d 个工作日 %s", "working day %d, %s"), t.GetDays(), t.GetTime())
	}
	return w.say("未规定", "not set")
}

// limits returns every limit that a clock may have.
func (w words) limits(c *procedurev1.ClockPolicy) string {
	var all []string
	for _, k := range c.GetCases() {
		all = append(all, w.limit(k.GetLimit()))
	}
	if c.GetLimit() != nil {
		all = append(all, w.limit(c.GetLimit()))
	}
	if c.GetSoft() {
		all[len(all)-1] += w.say("（建议）", " (suggested)")
	}
	limits := strings.Join(all, " / ")
	if c.GetInternal() {
		limits += w.say("（内部）", " (internal)")
	}
	return limits
}

// milestones that every procedure shares.
var milestones = map[string]string{
	"acknowledged": "已受理", "assigned": "已派单", "contacted": "已联系", "investigated": "已调查", "proposed": "已提方案", "approved": "已批准",
	"answered": "已答复", "implemented": "已实施", "visited": "已回访", "closed": "已结案", "replied": "已回复", "recorded": "已记录", "resolved": "已解决",
	"verified": "已验证", "concluded": "处理完毕",
}

// milestone names one; known says whether it has a name in the language. Procedures name their milestones by keys alone, in English.
func (w words) milestone(m string) (name string, known bool) {
	if w.lang == En {
		return strings.ReplaceAll(m, "_", " "), true
	}
	name, known = milestones[m]
	return name, known
}

// purposes of a contact.
var purposes = map[string]string{"response": "响应", "progress": "进展", "result": "结果", "apology": "致歉", "agreement": "约定", "explanation": "解释"}
