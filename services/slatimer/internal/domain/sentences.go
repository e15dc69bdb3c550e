package domain

import (
	"fmt"
	"strings"
	"time"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/procedure"
)

// maxListed is how many intervals a sentence lists; of a longer account the rest is counted.
const maxListed = 12

// tongue is a language that accounts are given in. Each word stands in both, side by side.
type tongue int

const (
	zh tongue = iota
	en
)

// say chooses.
func (t tongue) say(chinese, english string) string {
	if t == zh {
		return chinese
	}
	return english
}

// name returns a label in the language, or in the other where it has none.
func (t tongue) name(l procedure.Label, key string) string {
	for _, s := range []string{t.say(l.Zh, l.En), l.Zh, l.En} {
		if s != "" {
			return s
		}
	}
	return key
}

// Sentences returns the account in Chinese and in English, a sentence each, with times in the calendar's zone.
func (e Explanation) Sentences() (chinese, english []string) {
	return e.sentences(zh), e.sentences(en)
}

func (e Explanation) sentences(t tongue) []string {
	list := []string{e.policyWords(t), e.startWords(t), e.limitWords(t)}
	for _, s := range []string{e.countedWords(t), e.exceptionWords(t, calendar.Holiday), e.exceptionWords(t, calendar.ExtraDay)} {
		if s != "" {
			list = append(list, s)
		}
	}
	for _, r := range e.Clock.Revisions {
		list = append(list, e.revisionWords(t, r))
	}
	return append(list, e.dueWords(t), e.stateWords(t))
}

// at writes an instant as people in the calendar's zone read it.
func (e Explanation) at(t tongue, at time.Time) string {
	local := at.In(e.Policy.Days().Location())
	if t == en {
		return local.Format("Mon 2006-01-02 15:04:05")
	}
	weekday := []string{"日", "一", "二", "三", "四", "五", "六"}[local.Weekday()]
	return local.Format("2006-01-02（周") + weekday + local.Format("）15:04:05")
}

func (e Explanation) policyWords(t tongue) string {
	var more string
	if len(e.Policy.Clauses) > 0 {
		more = t.say("，依据 ", ", after ") + strings.Join(e.Policy.Clauses, t.say("、", ", "))
	}
	holidays := e.Clock.Holidays
	if holidays == "" {
		holidays = t.say("无", "none")
	}
	return fmt.Sprintf(t.say("时限“%s”出自制度 %s 版本 %s%s，按日历 %s（%s，节假日 %s）计算。",
		"The limit %q is one of procedure %s, edition %s%s; it counts in the calendar %s (%s, holidays %s)."),
		t.name(e.Policy.Name, e.Policy.Key), e.Procedure.Code, e.Procedure.Edition, more, e.Policy.Calendar, e.Policy.Days().Location(), holidays)
}

func (e Explanation) startWords(t tongue) string {
	c := e.Clock
	s := fmt.Sprintf(t.say("触发于 %s（事件 %s）", "What starts it happened on %s (event %s)"), e.at(t, c.TriggerTime), c.StartEventID)
	if !c.CountTime.Equal(c.TriggerTime) {
		s += fmt.Sprintf(t.say("，按收件规则自 %s 计", "; by the rule of receipt it counts from %s"), e.at(t, c.CountTime))
	}
	switch e.Receipt {
	case ReceiptNextOpening:
		return s + fmt.Sprintf(t.say("，当时不在工作时间，故自下一次开门 %s 起算。", ", when the calendar was closed: it begins with the next opening, on %s."), e.at(t, c.StartTime))
	case ReceiptOpen:
		return s + t.say("，当时在工作时间内，即刻起算。", ", when the calendar was open: it begins at once.")
	case ReceiptAtOnce:
	}
	return s + t.say("，即刻起算。", "; it begins at once.")
}

func (e Explanation) limitWords(t tongue) string {
	var why string
	if e.When != "" {
		why = fmt.Sprintf(t.say("（第 %d 种情形：%s）", " (case %d: %s)"), e.Clock.LimitCase, e.When)
	}
	return t.say("时限为", "The limit is ") + limitWords(t, e.Limit) + why + t.say("。", ".")
}

// limitWords says how long a limit is.
func limitWords(t tongue, l procedure.Limit) string {
	n := l.Count
	switch l.Kind {
	case procedure.Hours:
		return durationWords(t, l.Duration) + t.say("（昼夜连续）", " through nights and holidays")
	case procedure.WorkingHours:
		return durationWords(t, l.Duration) + t.say("工作时间", " of working time")
	case procedure.CalendarDays:
		return fmt.Sprintf(t.say("%d 个自然日（同一时刻）", "%d calendar "+plural(n, "day")+", at the same time of day"), n)
	case procedure.CountedDays:
		return fmt.Sprintf(t.say("%d 个工作日（同一时刻）", "%d working "+plural(n, "day")+", at the same time of day"), n)
	case procedure.EndOfCountedDay:
		return fmt.Sprintf(t.say("第 %d 个工作日下班前", "the close of working day %d"), n)
	case procedure.CountedDayTime:
		return fmt.Sprintf(t.say("第 %d 个工作日 %s 前", "working day %d at %s"), n, l.TimeOfDay)
	case procedure.Months:
		return fmt.Sprintf(t.say("%d 个月（顺延至工作日）", "%d calendar "+plural(n, "month")+", moved to a working day"), n)
	case procedure.SameDay:
		return t.say("当日内", "the end of the same day")
	case procedure.Agreed:
		return t.say("约定的时间", "an agreed moment")
	case procedure.Unset:
	}
	return t.say("未定", "not set")
}

// plural returns an English noun as it follows a number.
func plural(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}

func durationWords(t tongue, d time.Duration) string {
	if d > 0 && d < time.Second {
		return t.say("不足1秒", "less than 1 s")
	}
	d = d.Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	var parts []string
	for _, p := range []struct {
		n    int
		unit string
	}{{h, t.say("小时", " h")}, {m, t.say("分", " min")}, {s, t.say("秒", " s")}} {
		if p.n != 0 {
			parts = append(parts, fmt.Sprint(p.n)+p.unit)
		}
	}
	if len(parts) == 0 {
		return t.say("0秒", "0 s")
	}
	return strings.Join(parts, t.say("", " "))
}
