package calendar

import (
	"slices"
	"time"
)

// SpanKind says what a Span is.
type SpanKind int

// The kinds of span.
const (
	// Counted time is what the limit used up. Counted spans do not touch.
	Counted SpanKind = iota
	// Paused is a pause, cut to the limit's start and end, whether or not the
	// calendar was open in it.
	Paused
	// Holiday is a whole date, from its beginning to its end, that is closed
	// and does not count although its weekday may say otherwise.
	Holiday
	// ExtraDay is a whole date with hours of its own: a make-up working day.
	ExtraDay
)

// String returns the kind in lower case words.
func (k SpanKind) String() string {
	switch k {
	case Counted:
		return "counted"
	case Paused:
		return "paused"
	case Holiday:
		return "holiday"
	case ExtraDay:
		return "extra day"
	}
	return "unknown"
}

// Span is one line of the account of a deadline: [From, To) in the calendar's zone.
type Span struct {
	From, To time.Time
	Kind     SpanKind
	Name     string // the name of a holiday or extra day where the Spec gives one
}

// Trace accounts for a working-time limit that ran from start to end with the
// given pauses: each interval that counted, each pause, and each holiday and
// extra day on the dates from start's to end's, in order of From. The counted
// spans add up to WorkingBetween(start, end, pauses...) exactly, so for a
// deadline that AddWorking gave they add up to its amount.
//
// The list grows with the number of days. It fails with ErrReversed if end is
// before start, and otherwise as WorkingBetween does.
func (c *Calendar) Trace(start, end time.Time, pauses ...Pause) ([]Span, error) {
	return c.trace(c.open, start, end, pauses)
}

// TraceDays is Trace for a limit in counted days: what counts is every instant
// of a date that counts, open or not. For AddCountedDays with RollMidnight in
// a zone that does not change its clocks meanwhile, the counted spans add up
// to 24 hours for each day.
func (c *Calendar) TraceDays(start, end time.Time, pauses ...Pause) ([]Span, error) {
	return c.trace(c.counted, start, end, pauses)
}

func (c *Calendar) trace(l *line, start, end time.Time, pauses []Pause) ([]Span, error) {
	from, err := instantOf(start)
	if err != nil {
		return nil, err
	}
	to, err := instantOf(end)
	if err != nil {
		return nil, err
	}
	if to < from {
		return nil, ErrReversed
	}
	if err := checkPauses(pauses); err != nil {
		return nil, err
	}
	var spans []Span
	count := func(a, b int64) {
		// Midnights and changed clocks cut the line; the account does not.
		if n := len(spans); n > 0 && spans[n-1].Kind == Counted && spans[n-1].To.Equal(c.zone.time(a)) {
			spans[n-1].To = c.zone.time(b)
			return
		}
		spans = append(spans, Span{From: c.zone.time(a), To: c.zone.time(b), Kind: Counted})
	}
	running := from
	for _, p := range pauses {
		a, b := max(from, clampedInstant(p.From)), min(to, clampedInstant(p.To))
		if a >= b {
			continue
		}
		l.each(running, a, count)
		spans = append(spans, Span{From: c.zone.time(a), To: c.zone.time(b), Kind: Paused})
		running = b
	}
	l.each(running, to, count)
	spans = append(spans, c.exceptionsMet(from, to)...)
	slices.SortStableFunc(spans, func(a, b Span) int { return a.From.Compare(b.From) })
	return spans, nil
}

// exceptionsMet returns the holidays and extra days on the dates of [from, to].
func (c *Calendar) exceptionsMet(from, to int64) []Span {
	var spans []Span
	for day := dayOf(c.zone.reading(from)); day <= dayOf(c.zone.reading(to)); day++ {
		if e, ok := c.exceptions[day]; ok {
			spans = append(spans, Span{
				From: c.zone.time(c.zone.passed(day * nanosPerDay)),
				To:   c.zone.time(c.zone.passed((day + 1) * nanosPerDay)),
				Kind: e.kind,
				Name: e.name,
			})
		}
	}
	return spans
}
