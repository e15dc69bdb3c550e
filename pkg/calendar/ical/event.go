package ical

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"redress.dev/pkg/calendar"
)

// event is one VEVENT.
type event struct {
	line       int
	properties []property
	replaced   map[calendar.Date]bool // repetitions that other events stand in for
}

// errTimed says that an event is not made of whole days.
var errTimed = errors.New("no whole days")

// get returns the first property called name.
func (e *event) get(name string) (property, bool) {
	i := slices.IndexFunc(e.properties, func(p property) bool { return p.name == name })
	if i < 0 {
		return property{}, false
	}
	return e.properties[i], true
}

// text returns the words of the first property called name.
func (e *event) text(name string) string {
	p, _ := e.get(name)
	return words(p.value)
}

// String names the event for an error.
func (e *event) String() string {
	s := fmt.Sprintf("event at line %d", e.line)
	if summary := e.text("SUMMARY"); summary != "" {
		s += fmt.Sprintf(" %q", summary)
	}
	if uid := e.text("UID"); uid != "" {
		s += " (UID " + uid + ")"
	}
	return s
}

// override tells each repeated event which of its repetitions others replace.
func (f *file) override() error {
	replaced := make(map[string]map[calendar.Date]bool) // by UID
	for _, e := range f.events {
		p, ok := e.get("RECURRENCE-ID")
		if !ok {
			continue
		}
		d, err := p.date(p.value)
		if errors.Is(err, errTimed) {
			continue // of a timed event, which is another's concern
		}
		if err != nil {
			return fmt.Errorf("%v: %w", e, err)
		}
		uid := e.text("UID")
		if replaced[uid] == nil {
			replaced[uid] = make(map[calendar.Date]bool)
		}
		replaced[uid][d] = true
	}
	for _, e := range f.events {
		if _, ok := e.get("RECURRENCE-ID"); !ok && e.text("UID") != "" {
			e.replaced = replaced[e.text("UID")]
		}
	}
	return nil
}

// bears tells whether the event bears one of the marks.
func (e *event) bears(marks []string) bool {
	for _, p := range e.properties {
		for _, mark := range marks {
			switch p.name {
			case "SUMMARY":
				if mark != "" && strings.Contains(p.value, mark) {
					return true
				}
			case "CATEGORIES", "X-APPLE-SPECIAL-DAY":
				for category := range strings.SplitSeq(p.value, ",") {
					if strings.TrimSpace(category) == mark {
						return true
					}
				}
			}
		}
	}
	return false
}

// cut returns a name without the marks, unless they are all there is of it:
// "春节 补班" is called 春节, but "补班" alone is called so.
func cut(name string, marks []string) string {
	rest := name
	for _, mark := range marks {
		if mark != "" {
			rest = strings.ReplaceAll(rest, mark, "")
		}
	}
	if rest = words(rest); rest != "" {
		return rest
	}
	return name
}

// span returns the event's first day and how many days it has.
func (e *event) span() (first calendar.Date, length int, err error) {
	start, ok := e.get("DTSTART")
	if !ok {
		return calendar.Date{}, 0, errors.New("no DTSTART: give the first day, DTSTART;VALUE=DATE:20260101")
	}
	if first, err = start.date(start.value); err != nil {
		return calendar.Date{}, 0, err
	}
	length = 1
	if end, ok := e.get("DTEND"); ok {
		last, err := end.date(end.value)
		if err != nil {
			return calendar.Date{}, 0, err
		}
		if start.timed() != end.timed() || start.param("TZID") != end.param("TZID") {
			return calendar.Date{}, 0, fmt.Errorf("line %d: DTEND is not of DTSTART's kind and zone: write both as dates", end.line)
		}
		if length = number(last) - number(first); length < 0 {
			return calendar.Date{}, 0, fmt.Errorf("line %d: DTEND %v lies before DTSTART %v: exchange them", end.line, last, first)
		}
		if length == 0 && start.timed() {
			return calendar.Date{}, 0, fmt.Errorf("line %d: DTEND is DTSTART: %w; write DTSTART;VALUE=DATE:%s if the whole day is meant", end.line, errTimed, compact(first))
		}
		length = max(length, 1)
	} else if d, ok := e.get("DURATION"); ok {
		if length, err = d.days(); err != nil {
			return calendar.Date{}, 0, err
		}
	} else if start.timed() {
		return calendar.Date{}, 0, fmt.Errorf("line %d: %w: it begins at a time and has no end; write DTSTART;VALUE=DATE:%s", start.line, errTimed, compact(first))
	}
	if length > MaxEvent {
		return calendar.Date{}, 0, fmt.Errorf("%d days long, more than %d: check DTEND, or split it", length, MaxEvent)
	}
	return first, length, nil
}

// days reads a DURATION of whole days.
func (p property) days() (int, error) {
	digits, weeks := strings.CutSuffix(strings.TrimPrefix(p.value, "P"), "W")
	if !weeks {
		digits = strings.TrimSuffix(digits, "D")
	}
	n, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || n == 0 || len(digits)+2 != len(p.value) {
		return 0, fmt.Errorf("line %d: DURATION %q: %w; write P1D, P1W or a DTEND", p.line, clip(p.value), errTimed)
	}
	if weeks {
		n *= 7
	}
	return int(n), nil
}
