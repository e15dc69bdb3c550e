package domain_test

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
)

// explain accounts for the story's only clock.
func (s *story) explain() domain.Explanation {
	s.t.Helper()
	e, err := domain.Explain(s.file.Clocks[0], s.p, s.file.Facts)
	if err != nil {
		s.t.Fatal(err)
	}
	return e
}

func TestExplanationInWords(t *testing.T) {
	s := begin(t, changing, "", "working_hours", "2026-04-03 16:00", nil)
	s.happen(contact("wait", "2026-04-03 17:00"))
	s.happen(contact("go", "2026-04-07 09:30"))
	s.happen(milestone("answered", "2026-04-09 10:00"))
	zh, en := s.explain().Sentences()
	for _, want := range []string{
		`The limit "working_hours" is one of procedure changing, edition 1; it counts in the calendar office (Asia/Shanghai, holidays cn@2026-`,
		"What starts it happened on Fri 2026-04-03 16:00:00 (event e); it begins at once.",
		"The limit is 10 h of working time.",
		"Counted: Fri 2026-04-03 16:00:00 to Fri 2026-04-03 17:00:00 (1 h); Tue 2026-04-07 09:30:00 to Tue 2026-04-07 12:00:00 (2 h 30 min);",
		"together 10 h.",
		"Closed as holidays: 2026-04-04 清明节, 2026-04-05 清明节, 2026-04-06 清明节.",
		"Paused from Fri 2026-04-03 17:00:00 on (event e).",
		"Resumed on Tue 2026-04-07 09:30:00: due on Wed 2026-04-08 10:30:00 (event e).",
		"So it is due on Wed 2026-04-08 10:30:00.",
		"It was breached; it ended on Thu 2026-04-09 10:00:00, 23 h 30 min late.",
	} {
		if !strings.Contains(strings.Join(en, "\n"), want) {
			t.Errorf("English says\n%s\nwithout %q", strings.Join(en, "\n"), want)
		}
	}
	for _, want := range []string{
		"时限为10小时工作时间。", "2026-04-03（周五）16:00:00 至 2026-04-03（周五）17:00:00（1小时）", "合计 10小时。",
		"其间放假：2026-04-04 清明节、2026-04-05 清明节、2026-04-06 清明节。", "因此应于 2026-04-08（周三）10:30:00 前完成。",
		"已逾期，2026-04-09（周四）10:00:00 结束，迟 23小时30分。",
	} {
		if !strings.Contains(strings.Join(zh, "\n"), want) {
			t.Errorf("Chinese says\n%s\nwithout %q", strings.Join(zh, "\n"), want)
		}
	}
	if len(zh) != len(en) {
		t.Errorf("%d sentences in Chinese, %d in English", len(zh), len(en))
	}
}

// The account names every make-up day, the case that chose the limit, and what was agreed.
func TestExplanationNamesWhatItMet(t *testing.T) {
	s := begin(t, changing, "", "tiered", "2026-02-13 10:00", map[string]procedure.Value{"distance": procedure.Number(200)})
	if e := s.explain(); e.When != "fields.distance <= 300.0" || e.Limit.Kind != procedure.CalendarDays || !e.Verified || e.Counted != 72*time.Hour {
		t.Errorf("explanation = %+v", e)
	}
	s = begin(t, changing, "", "counted_days", "2026-02-13 10:00", nil)
	e := s.explain()
	if _, en := e.Sentences(); !strings.Contains(strings.Join(en, " "), "Open as make-up or special days: 2026-02-14") || e.CountedDays != 2 {
		t.Errorf("%d counted days: %s", e.CountedDays, strings.Join(en, " "))
	}
	s = begin(t, changing, "", "agreeing", "2026-03-02 09:30", nil)
	s.happen(completed("check", "w", "2026-03-02 10:00", map[string]procedure.Value{"agreed": procedure.Time(at("2026-03-05 17:00"))}))
	if _, en := s.explain().Sentences(); !strings.Contains(strings.Join(en, " "), "Agreed anew on Mon 2026-03-02 10:00:00: due on Thu 2026-03-05 17:00:00 instead of Mon 2026-03-02 11:30:00") {
		t.Errorf("explanation %s", strings.Join(en, " "))
	}
	s = begin(t, changing, "", "mail", "2026-03-04 07:30", nil)
	if _, en := s.explain().Sentences(); !strings.Contains(strings.Join(en, " "), "when the calendar was closed: it begins with the next opening, on Wed 2026-03-04 09:00:00.") {
		t.Errorf("explanation %s", strings.Join(en, " "))
	}
}

// Another grade during a pause derives the due time from what was paused by then, and so does the account.
func TestExplanationOfWhatWasDerivedDuringAPause(t *testing.T) {
	s := begin(t, changing, "", "tiered", "2026-03-02 10:00", map[string]procedure.Value{"distance": procedure.Number(50)})
	s.happen(contact("wait", "2026-03-02 12:00"))
	for _, h := range []procedure.Happening{
		{OccurTime: at("2026-03-02 13:00"), Round: 1, Values: map[string]string{"grade": "high"}},
		{OccurTime: at("2026-03-02 11:00"), Round: 1, Values: map[string]string{"grade": "low"}}, // before the pause, heard of during it
		contact("go", "2026-03-02 15:00"),
	} {
		if s.happen(h); !s.explain().Verified {
			t.Errorf("after %+v the account of %+v is not verified", h, s.file.Clocks[0].Terms)
		}
	}
}

// Nothing is counted to an agreed moment, a stretch of no whole second is not one of none, and English has a singular.
func TestExplanationReadsWell(t *testing.T) {
	s := begin(t, changing, "", "end_of_counted_day", "2026-03-02 09:30", nil)
	s.happen(contact("wait", "2026-03-02 10:00"))
	e := s.explain()
	e.Spans, e.Counted = []calendar.Span{{From: at("2026-03-02 09:30"), To: at("2026-03-02 09:30").Add(time.Millisecond), Kind: calendar.Counted}}, time.Millisecond
	zh, en := e.Sentences()
	for _, want := range []string{"（不足1秒）；合计 不足1秒。", "(less than 1 s); together less than 1 s."} {
		if !strings.Contains(strings.Join(append(zh, en...), "\n"), want) {
			t.Errorf("the account lacks %q:\n%s", want, strings.Join(append(zh, en...), "\n"))
		}
	}
	for limit, want := range map[procedure.Limit]string{
		{Kind: procedure.CalendarDays, Count: 1}: "1 calendar day,", {Kind: procedure.CountedDays, Count: 2}: "2 working days,", {Kind: procedure.Months, Count: 1}: "1 calendar month,",
	} {
		e.Limit = limit
		if _, en := e.Sentences(); !strings.Contains(strings.Join(en, "\n"), want) {
			t.Errorf("English does not say %q:\n%s", want, strings.Join(en, "\n"))
		}
	}

	s = begin(t, changing, "", "agreeing", "2026-03-02 09:30", nil)
	s.happen(completed("check", "w", "2026-03-02 10:00", map[string]procedure.Value{"agreed": procedure.Time(at("2026-03-05 17:00"))}))
	zh, en = s.explain().Sentences()
	if told := strings.Join(append(zh, en...), "\n"); strings.Contains(told, "Counted:") || strings.Contains(told, "计入：") {
		t.Errorf("it counts to a moment that was agreed:\n%s", told)
	}
}

// Whatever pauses a clock and whenever it is explained: the derivation comes out the same again, its intervals follow one another
// between start and due, and what counted adds up to the limit.
func TestIntervalsAddUpToTheDeadline(t *testing.T) {
	t.Parallel()
	p := load(t, changing)
	rapid.Check(t, func(t *rapid.T) {
		channel := rapid.SampledFrom([]string{"hours", "working_hours", "calendar_days", "counted_days", "end_of_counted_day", "same_day", "months", "counted_day_time"}).Draw(t, "channel")
		now := at("2026-01-01 00:00").Add(time.Duration(rapid.IntRange(0, 360*24*60).Draw(t, "start")) * time.Minute)
		h := procedure.Happening{
			Tenant: "default", ComplaintID: "c", OccurTime: now, Round: 1, Occurrence: procedure.Occurrence{Kind: procedure.Registered},
			Registration: &procedure.Registration{Edition: p.Digest, Channel: channel},
		}
		file := domain.Open(h, 0)
		apply := func(h procedure.Happening) {
			var err error
			if file, _, err = domain.Apply(file, h, p, func() string { return "clock" }); err != nil {
				t.Fatal(err)
			}
		}
		apply(h)
		for _, minutes := range rapid.SliceOfN(rapid.IntRange(0, 6*24*60), 0, 6).Draw(t, "pauses") {
			now = now.Add(time.Duration(minutes) * time.Minute)
			purpose := "wait"
			if file.Clocks[0].State == domain.StatePaused {
				purpose = "go"
			}
			apply(procedure.Happening{OccurTime: now, Occurrence: procedure.Occurrence{Kind: procedure.Contact, Key: purpose}})
		}
		c := file.Clocks[0]
		e, err := domain.Explain(c, p, file.Facts)
		if err != nil || !e.Verified {
			t.Fatalf("not verified: %+v, %v", c, err)
		}
		var sum time.Duration
		last := c.StartTime
		for _, s := range e.Spans {
			if s.Kind == calendar.Holiday || s.Kind == calendar.ExtraDay {
				continue // whole dates, beside the others
			}
			if s.From.Before(last) || s.To.Before(s.From) || s.To.After(c.DueTime) {
				t.Fatalf("interval %v to %v of %+v", s.From, s.To, c)
			}
			if last = s.To; s.Kind == calendar.Counted {
				sum += s.To.Sub(s.From)
			}
		}
		if sum != e.Counted {
			t.Fatalf("the intervals add up to %v, the account says %v", sum, e.Counted)
		}
		if c.State == domain.StatePaused {
			return // what is left is not counted yet
		}
		want := map[procedure.LimitKind]time.Duration{
			procedure.Hours: e.Limit.Duration, procedure.WorkingHours: e.Limit.Duration, procedure.CalendarDays: 24 * time.Hour * time.Duration(e.Limit.Count),
			procedure.CountedDays: 24 * time.Hour * time.Duration(e.Limit.Count),
		}[e.Limit.Kind]
		if want != 0 && sum != want {
			t.Fatalf("%s: %v counted, the limit is %v", channel, sum, want)
		}
		if want == 0 && len(c.Pauses()) == 0 && e.Limit.Kind == procedure.EndOfCountedDay && e.CountedDays != e.Limit.Count {
			t.Fatalf("%d counted days, the limit is %d", e.CountedDays, e.Limit.Count)
		}
	})
}
