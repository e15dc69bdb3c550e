package difference

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// naming names the parts of both editions for people: as the new one calls them, and as the old one does where they are gone. So what is
// merely called otherwise differs in its name alone.
type naming struct {
	now, before *procedurev1.Procedure
	lang        Lang
}

func (n naming) say(en, zh string) string {
	if n.lang == Zh {
		return zh
	}
	return en
}

// called returns a key with what it is called, if the edition says: answer (Reply to the customer).
func (n naming) called(key string, l *procedurev1.Label) string {
	name := l.GetEn()
	if n.lang == Zh || name == "" {
		name = l.GetZh()
	}
	if n.lang == Zh && name == "" {
		name = l.GetEn()
	}
	switch {
	case name == "" || name == key:
		return key
	case n.lang == Zh:
		return "“" + name + "”（" + key + "）"
	}
	return fmt.Sprintf("%q (%s)", name, key)
}

// post names a post by its key.
func (n naming) post(key string) string {
	for _, p := range slices.Concat(n.now.GetPosts(), n.before.GetPosts()) {
		if p.GetKey() == key {
			return n.called(key, p.GetName())
		}
	}
	return key
}

// step names a step by its key, in whichever flow or action.
func (n naming) step(key string) string {
	var lists [][]*procedurev1.Step
	for _, f := range slices.Concat(n.now.GetFlows(), n.before.GetFlows()) {
		lists = append(lists, f.GetSteps())
	}
	for _, a := range slices.Concat(n.now.GetActions(), n.before.GetActions()) {
		lists = append(lists, a.GetSteps())
	}
	for _, s := range slices.Concat(lists...) {
		if s.GetKey() == key {
			return n.called(key, s.GetName())
		}
	}
	return key
}

// action names an action by its key.
func (n naming) action(key string) string {
	for _, a := range slices.Concat(n.now.GetActions(), n.before.GetActions()) {
		if a.GetKey() == key {
			return n.called(key, a.GetName())
		}
	}
	return key
}

func (n naming) owner(a *procedurev1.Assignee) string {
	if a.GetExpression() != "" {
		return n.say("whoever "+a.GetExpression()+" gives", "由 "+a.GetExpression()+" 确定")
	}
	return n.post(a.GetPost())
}

func (n naming) owners(list []*procedurev1.Assignee) string {
	return join(mapped(list, n.owner))
}

// limit says how long a clock runs: "2 working days".
func (n naming) limit(l *procedurev1.Limit) string {
	count := func(k int32, en, zh string) string {
		if n.lang == Zh {
			return strconv.Itoa(int(k)) + " " + zh
		}
		if k != 1 {
			en += "s"
		}
		return strconv.Itoa(int(k)) + " " + en
	}
	hours := func(h float64, en, zh string) string {
		if h == float64(int32(h)) {
			return count(int32(h), en, zh)
		}
		return strconv.FormatFloat(h, 'g', -1, 64) + " " + n.say(en+"s", zh)
	}
	switch x := l.GetLength().(type) {
	case *procedurev1.Limit_Hours:
		return hours(x.Hours, "hour", "小时")
	case *procedurev1.Limit_WorkingHours:
		return hours(x.WorkingHours, "working hour", "个工作小时")
	case *procedurev1.Limit_CalendarDays:
		return count(x.CalendarDays, "calendar day", "个自然日")
	case *procedurev1.Limit_CountedDays:
		return count(x.CountedDays, "working day", "个工作日")
	case *procedurev1.Limit_EndOfCountedDay:
		return n.say("the close of business ", "收到后第 ") + count(x.EndOfCountedDay, "working day", "个工作日") + n.say(" later", "下班前")
	case *procedurev1.Limit_SameDay:
		return n.say("the same day", "当日")
	case *procedurev1.Limit_Agreed:
		return n.say("the moment agreed in "+x.Agreed, x.Agreed+" 约定的时间")
	case *procedurev1.Limit_Months:
		return count(x.Months, "month", "个月")
	case *procedurev1.Limit_CountedDayTime:
		t := x.CountedDayTime
		return n.say(t.GetTime()+", ", "第 ") + count(t.GetDays(), "working day", "个工作日") + n.say(" later", " "+t.GetTime()+" 前")
	case *procedurev1.Limit_Unset:
		return n.say("no figure given", "未给出时限")
	}
	return n.say("none of its own", "无默认时限")
}

// trigger says what happens.
func (n naming) trigger(t *procedurev1.Trigger) string {
	var words string
	switch x := t.GetOn().(type) {
	case *procedurev1.Trigger_Registered:
		words = n.say("the registration", "登记")
	case *procedurev1.Trigger_WorkOpened:
		words = n.say("the opening of work of "+n.step(x.WorkOpened), n.step(x.WorkOpened)+"开始")
	case *procedurev1.Trigger_WorkCompleted:
		words = n.say("the completion of work of "+n.step(x.WorkCompleted), n.step(x.WorkCompleted)+"完成")
	case *procedurev1.Trigger_Milestone:
		words = n.say("the milestone "+x.Milestone, "到达节点 "+x.Milestone)
	case *procedurev1.Trigger_Contact:
		words = n.say("a contact for "+x.Contact, "与客户联系（"+x.Contact+")")
	case *procedurev1.Trigger_VisitRecorded:
		words = n.say("the return visit "+x.VisitRecorded, "回访 "+x.VisitRecorded+" 结束")
	case *procedurev1.Trigger_Closed:
		words = n.say("the closing", "结案")
	case *procedurev1.Trigger_Reopened:
		words = n.say("the reopening", "再次受理")
	case *procedurev1.Trigger_ActionOpened:
		words = n.say("the opening of an action "+n.action(x.ActionOpened), "措施 "+n.action(x.ActionOpened)+" 开始")
	case *procedurev1.Trigger_ActionClosed:
		words = n.say("the end of an action "+n.action(x.ActionClosed), "措施 "+n.action(x.ActionClosed)+" 结束")
	default:
		words = t.String()
	}
	if len(t.GetContent()) > 0 {
		words += n.say(" with ", "，内容含 ") + join(t.GetContent())
	}
	return words
}

// way says where a branch leads.
func (n naming) way(w *procedurev1.Next) string {
	to := n.say("the end", "结束")
	if w.GetStep() != "" {
		to = n.step(w.GetStep())
	}
	if w.GetWhen() == "" {
		return to
	}
	return n.say(to+" when "+w.GetWhen(), "当 "+w.GetWhen()+" 时"+to)
}

// fieldKind says what kind of fact a field is: "number".
func fieldKind(k procedurev1.FieldKind) string { return enum(k.String(), "FIELD_KIND_") }

// enum returns an enum's value as people read it.
func enum(value, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(value, prefix), "_", " "))
}

func join(list []string) string { return strings.Join(list, ", ") }

func mapped[T any](list []T, f func(T) string) []string {
	out := make([]string, len(list))
	for i, x := range list {
		out[i] = f(x)
	}
	return out
}
