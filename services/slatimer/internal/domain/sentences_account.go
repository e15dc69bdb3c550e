package domain

import (
	"fmt"
	"strings"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/procedure"
)

// countedWords lists what counted, and what it adds up to. To an agreed moment nothing is counted.
func (e Explanation) countedWords(t tongue) string {
	if e.Limit.Kind == procedure.Agreed || e.Clock.Agreed() {
		return ""
	}
	var parts []string
	n := 0
	for _, s := range e.Spans {
		if s.Kind != calendar.Counted {
			continue
		}
		if n++; n <= maxListed {
			parts = append(parts, e.at(t, s.From)+t.say(" 至 ", " to ")+e.at(t, s.To)+t.say("（", " (")+durationWords(t, s.To.Sub(s.From))+t.say("）", ")"))
		}
	}
	if n == 0 {
		return ""
	}
	if n > maxListed {
		parts = append(parts, fmt.Sprintf(t.say("另有 %d 段", "and %d more"), n-maxListed))
	}
	return fmt.Sprintf(t.say("计入：%s；合计 %s。", "Counted: %s; together %s."), strings.Join(parts, t.say("；", "; ")), durationWords(t, e.Counted))
}

// exceptionWords names the holidays, or the make-up days, that it met.
func (e Explanation) exceptionWords(t tongue, kind calendar.SpanKind) string {
	var parts []string
	for _, s := range e.Spans {
		if s.Kind == kind {
			parts = append(parts, strings.TrimSpace(s.From.Format("2006-01-02")+" "+s.Name))
		}
	}
	switch {
	case len(parts) == 0:
		return ""
	case kind == calendar.Holiday:
		return t.say("其间放假：", "Closed as holidays: ") + strings.Join(parts, t.say("、", ", ")) + t.say("。", ".")
	}
	return t.say("其间调休上班：", "Open as make-up or special days: ") + strings.Join(parts, t.say("、", ", ")) + t.say("。", ".")
}

// revisionWords tells of one change.
func (e Explanation) revisionWords(t tongue, r Revision) string {
	when, due := e.at(t, r.Time), e.at(t, r.DueAfter)
	var what string
	switch r.Kind {
	case RevisionPaused:
		what = fmt.Sprintf(t.say("%s 起暂停", "Paused from %s on"), when)
	case RevisionResumed:
		what = fmt.Sprintf(t.say("%s 恢复计时，应于 %s 前完成", "Resumed on %s: due on %s"), when, due)
	case RevisionAgreed:
		what = fmt.Sprintf(t.say("%s 另行约定：改为 %s，原为 %s", "Agreed anew on %s: due on %s instead of %s"), when, due, e.at(t, r.DueBefore))
	case RevisionReclassed:
		what = fmt.Sprintf(t.say("%s 定级变化，适用另一时限：改为 %s，原为 %s", "Classified anew on %s, so that another limit counts: due on %s instead of %s"), when, due, e.at(t, r.DueBefore))
	case RevisionExcused:
		what = fmt.Sprintf(t.say("%s 已与客户沟通，逾期不计违约", "Excused on %s: its passing unmet is no breach"), when)
	case RevisionMigrated:
		what = fmt.Sprintf(t.say("%s 转入制度新版本：改为 %s，原为 %s", "Moved to another edition on %s: due on %s instead of %s"), when, due, e.at(t, r.DueBefore))
	case RevisionRecomputed:
		what = fmt.Sprintf(t.say("%s 节假日更新（原 %s）：改为 %s，原为 %s", "Derived anew on %s with other holidays than %s: due on %s instead of %s"), when, r.HolidaysBefore, due, e.at(t, r.DueBefore))
	}
	by := r.Actor
	if r.Reason != "" {
		by += t.say("，", ", ") + r.Reason
	}
	if r.EventID != "" {
		by += t.say("，事件 ", ", event ") + r.EventID
	}
	if by = strings.TrimLeft(by, ",， "); by != "" {
		what += t.say("（", " (") + by + t.say("）", ")")
	}
	return what + t.say("。", ".")
}

// dueWords says when it is due.
func (e Explanation) dueWords(t tongue) string {
	s := fmt.Sprintf(t.say("因此应于 %s 前完成", "So it is due on %s"), e.at(t, e.Clock.DueTime))
	if e.Clock.Provisional {
		s += t.say("；其间有尚未公布节假日的日期，暂定", "; provisionally, for it depends on days whose holidays are not published yet")
	}
	return s + t.say("。", ".")
}

// stateWords says where the clock stands.
func (e Explanation) stateWords(t tongue) string {
	c := e.Clock
	var s string
	switch c.State {
	case StateRunning:
		return t.say("正在计时。", "It is running.")
	case StatePaused:
		return t.say("现已暂停。", "It is paused.")
	case StateMet:
		return fmt.Sprintf(t.say("已按时完成：%s。", "It was met on %s."), e.at(t, c.EndTime))
	case StateCancelled:
		return fmt.Sprintf(t.say("已取消：%s。", "It was cancelled on %s."), e.at(t, c.EndTime))
	case StateBreached:
		s = t.say("已逾期", "It was breached")
	case StateExcused:
		s = t.say("逾期但已获谅解", "It passed unmet, which had been excused")
	}
	if c.EndTime.IsZero() {
		return s + t.say("，尚未完成。", "; nothing has ended it yet.")
	}
	late := max(0, c.EndTime.Sub(c.DueTime))
	return s + fmt.Sprintf(t.say("，%s 结束，迟 %s。", "; it ended on %s, %s late."), e.at(t, c.EndTime), durationWords(t, late))
}
