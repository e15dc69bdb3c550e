package ical

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/teambition/rrule-go"

	"redress.dev/pkg/calendar"
)

// start is the first day of one of an event's repetitions.
type start struct {
	date     calendar.Date
	repeated bool // by a rule that goes on past the years
}

// starts returns the first days of all repetitions whose days may lie in the
// years.
func (c *collection) starts(e *event, first calendar.Date) ([]start, error) {
	starts := []start{{first, false}}
	gone := make(map[calendar.Date]bool)
	ruled := false
	for _, p := range e.properties {
		switch p.name {
		case "RRULE":
			if c.repeated++; ruled || c.repeated > MaxRepeated {
				return nil, fmt.Errorf("line %d: more than one RRULE in an event, or %d in all: use RDATE, or export the holidays alone", p.line, MaxRepeated)
			}
			ruled = true
			dates, goesOn, err := yearly(p.value, first, c.FirstYear-1, c.LastYear)
			if err != nil {
				return nil, fmt.Errorf("line %d: RRULE %q: %w", p.line, clip(p.value), err)
			}
			starts[0].repeated = starts[0].repeated || goesOn
			for _, d := range dates {
				starts = append(starts, start{d, goesOn})
			}
		case "RDATE":
			dates, err := p.dates()
			if err != nil {
				return nil, err
			}
			for _, d := range dates {
				starts = append(starts, start{d, false})
			}
		case "EXDATE":
			dates, err := p.dates()
			if err != nil {
				return nil, err
			}
			for _, d := range dates {
				gone[d] = true
			}
		}
	}
	// DTSTART itself is the first repetition, whatever the rule says; it is
	// listed once although the rule gives it too.
	seen := make(map[calendar.Date]bool)
	return slices.DeleteFunc(starts, func(s start) bool {
		again := seen[s.date]
		seen[s.date] = true
		return again || gone[s.date] || e.replaced[s.date]
	}), nil
}

// What a rule may cost: years on which its repetitions are counted before the
// years asked for, and bytes of its lists of numbers.
const (
	maxBack = 200
	maxRule = 200
)

// yearly returns the dates from firstYear to lastYear that an RRULE gives for
// an event that begins on first, and whether it goes on after that. The rule is
// read by rrule-go, but unrolled here: its iterator looks for the next date
// for as long as it takes, up to the year 9999, and a file with a thousand
// rules for February 30 must not take that long a thousand times.
func yearly(value string, first calendar.Date, firstYear, lastYear int) (dates []calendar.Date, goesOn bool, err error) {
	if len(value) > maxRule {
		return nil, false, fmt.Errorf("longer than %d bytes: list the dates as RDATE", maxRule)
	}
	rule, err := rrule.StrToROption(strings.ToUpper(value))
	if err != nil {
		return nil, false, fmt.Errorf("%w: want FREQ=YEARLY and what RFC 5545 allows with it", err)
	}
	if err := supported(rule, value); err != nil {
		return nil, false, err
	}
	if first.Year < firstYear-maxBack {
		return nil, false, fmt.Errorf("it begins in %d, more than %d years back: begin it later", first.Year, maxBack)
	}
	until := calendar.Date{Year: lastYear, Month: time.December, Day: 31}
	goesOn = true
	if !rule.Until.IsZero() {
		y, m, d := rule.Until.Date()
		if end := (calendar.Date{Year: y, Month: m, Day: d}); end.Compare(until) <= 0 {
			until, goesOn = end, false
		}
	}
	count, year, interval := 0, first.Year, max(rule.Interval, 1)
	if rule.Count == 0 && year < firstYear { // nothing to count on the way
		year += (firstYear - year) / interval * interval
	}
	for ; year <= until.Year; year += interval {
		for _, d := range positions(datesIn(year, rule, first), rule.Bysetpos) {
			if d.Compare(first) < 0 {
				continue
			}
			if d.Compare(until) > 0 {
				return dates, goesOn, nil
			}
			if count++; d.Year >= firstYear {
				dates = append(dates, d)
			}
			if count == rule.Count { // never, without one
				return dates, false, nil
			}
		}
	}
	return dates, goesOn, nil
}

// supported refuses what makes no yearly holiday, and what costs too much.
func supported(rule *rrule.ROption, value string) error {
	switch {
	case rule.Freq != rrule.YEARLY:
		return errors.New("want FREQ=YEARLY: what is closed every week belongs to the calendar's week, and other dates into RDATE")
	case len(rule.Byhour)+len(rule.Byminute)+len(rule.Bysecond) > 0:
		return errors.New("whole days have no BYHOUR, BYMINUTE or BYSECOND: remove it")
	case len(rule.Byweekno)+len(rule.Byeaster) > 0:
		return errors.New("BYWEEKNO and BYEASTER are not supported: list the dates as RDATE")
	case rule.Count > MaxDays || rule.Count < 0:
		return fmt.Errorf("COUNT=%d: want at most %d, or an UNTIL", rule.Count, MaxDays)
	case rule.Interval < 0 || rule.Interval > MaxYears:
		return fmt.Errorf("INTERVAL=%d: want 1 to %d", rule.Interval, MaxYears)
	case !rule.Dtstart.IsZero():
		return errors.New("DTSTART is a line of its own: remove it from the rule")
	case strings.Contains(strings.ToUpper(value), "COUNT=0"), strings.Contains(strings.ToUpper(value), "INTERVAL=0"):
		return errors.New("COUNT and INTERVAL begin at 1: write the number meant")
	}
	if _, err := rrule.NewRRule(*rule); err != nil { // the bounds of each number
		return fmt.Errorf("%w: see RFC 5545, 3.3.10", err)
	}
	return nil
}

// datesIn returns the dates of one year that the rule's parts select, in order.
func datesIn(year int, rule *rrule.ROption, first calendar.Date) []calendar.Date {
	months, monthDays := rule.Bymonth, rule.Bymonthday
	if len(rule.Byyearday)+len(rule.Bymonthday)+len(rule.Byweekday) == 0 {
		monthDays = []int{first.Day}
		if len(months) == 0 {
			months = []int{int(first.Month)}
		}
	}
	var dates []calendar.Date
	begin, end := number(calendar.Date{Year: year, Month: 1, Day: 1}), number(calendar.Date{Year: year + 1, Month: 1, Day: 1})
	n := begin // numbers the days
	for month := time.January; month <= time.December; month++ {
		monthEnd := time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
		if !either(months, int(month), int(month)) {
			n += monthEnd
			continue
		}
		weekday := time.Date(year, month, 1, 0, 0, 0, 0, time.UTC).Weekday()
		for day := 1; day <= monthEnd; day, n, weekday = day+1, n+1, (weekday+1)%7 {
			// A weekday's number counts within the month where BYMONTH
			// stands, within the year elsewhere.
			nth, of := n-begin, end-begin
			if len(rule.Bymonth) > 0 {
				nth, of = day-1, monthEnd
			}
			if either(monthDays, day, day-monthEnd-1) && either(rule.Byyearday, n-begin+1, n-end) &&
				onWeekday(rule.Byweekday, weekday, nth/7+1, -((of-1-nth)/7+1)) {
				dates = append(dates, calendar.Date{Year: year, Month: month, Day: day})
			}
		}
	}
	return dates
}

// either tells whether a list that may be absent has n or, counted from the
// end, back.
func either(list []int, n, back int) bool {
	return len(list) == 0 || slices.Contains(list, n) || slices.Contains(list, back)
}

// onWeekday tells whether a list that may be absent has the weekday, any of
// them or the nth or, counted from the end, the back-th.
func onWeekday(list []rrule.Weekday, day time.Weekday, nth, back int) bool {
	return len(list) == 0 || slices.ContainsFunc(list, func(w rrule.Weekday) bool {
		return w.Day() == (int(day)+6)%7 && (w.N() == 0 || w.N() == nth || w.N() == back)
	})
}

// positions returns the dates of a year at the places that BYSETPOS names.
func positions(dates []calendar.Date, places []int) []calendar.Date {
	if len(places) == 0 {
		return dates
	}
	var at []calendar.Date
	for i, d := range dates {
		if either(places, i+1, i-len(dates)) {
			at = append(at, d)
		}
	}
	return at
}
