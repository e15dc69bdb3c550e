package ical

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	ics "github.com/arran4/golang-ical"
)

// file is what is read of an iCalendar file.
type file struct {
	name   string
	events []*event
}

// property is one content line that is read.
type property struct {
	line   int // of the file, from 1, where it begins
	name   string
	params map[string][]string // by name in upper case
	value  string              // unescaped if it is text
}

// param returns the first value of a parameter.
func (p property) param(name string) string {
	if values := p.params[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// wanted are the properties that are read; others are skipped unparsed,
// whatever their length.
var wanted = []string{
	"BEGIN", "END", "NAME", "X-WR-CALNAME", "UID", "SUMMARY", "CATEGORIES", "STATUS",
	"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "X-APPLE-SPECIAL-DAY",
}

// maxDepth is how deep components may nest; a VALARM in a VEVENT in a
// VCALENDAR is three.
const maxDepth = 8

// parse returns the calendar's name and its events. What VTODO, VALARM,
// VTIMEZONE and the like hold is no concern of holidays.
func parse(text string) (file, error) {
	var f file
	var open []string // components, the outermost first
	for line := range unfolded(text) {
		p, ok, err := line.property()
		if err != nil && len(open) > 0 {
			return file{}, fmt.Errorf("line %d: %w", line.number, err)
		}
		if len(open) == 0 && (p.name != "BEGIN" || !strings.EqualFold(p.value, "VCALENDAR")) {
			return file{}, fmt.Errorf("line %d: want BEGIN:VCALENDAR: is it an .ics file, and not the page that offers it?", line.number)
		}
		if !ok {
			continue
		}
		switch p.name {
		case "BEGIN":
			open = append(open, strings.ToUpper(p.value))
			if len(open) > maxDepth {
				return file{}, fmt.Errorf("line %d: components nest more than %d deep: remove what is no VEVENT", p.line, maxDepth)
			}
			if open[len(open)-1] == "VEVENT" {
				if len(f.events) == MaxEvents {
					return file{}, fmt.Errorf("line %d: more than %d events: export the holidays alone", p.line, MaxEvents)
				}
				f.events = append(f.events, &event{line: p.line})
			}
		case "END":
			if last := len(open) - 1; !strings.EqualFold(p.value, open[last]) {
				return file{}, fmt.Errorf("line %d: END:%s closes BEGIN:%s: a line between them is missing", p.line, clip(p.value), clip(open[last]))
			}
			open = open[:len(open)-1]
		default:
			f.take(open[len(open)-1], p)
		}
	}
	if strings.TrimSpace(text) == "" {
		return file{}, errors.New("the file is empty: fetch it again")
	}
	if len(open) > 0 {
		return file{}, fmt.Errorf("END:%s is missing: the file was cut off, fetch it again", clip(open[len(open)-1]))
	}
	return f, f.override()
}

// take files a property of a component.
func (f *file) take(component string, p property) {
	switch component {
	case "VCALENDAR":
		if (p.name == "NAME" || p.name == "X-WR-CALNAME") && f.name == "" {
			f.name = words(p.value)
		}
	case "VEVENT":
		e := f.events[len(f.events)-1]
		e.properties = append(e.properties, p)
	}
}

// physical is an unfolded line.
type physical struct {
	number int
	text   string
}

// unfolded yields the lines that are not empty, each joined with those that
// continue it. A line ends with CR LF or LF and is continued by one that
// begins with a blank or a tab.
func unfolded(text string) func(yield func(physical) bool) {
	return func(yield func(physical) bool) {
		var b strings.Builder
		begun, number := 0, 0
		for line := range strings.Lines(text) {
			number++
			line = strings.TrimRight(line, "\r\n")
			if line != "" && (line[0] == ' ' || line[0] == '\t') && begun > 0 {
				b.WriteString(line[1:])
				continue
			}
			if b.Len() > 0 && !yield(physical{begun, b.String()}) {
				return
			}
			b.Reset()
			b.WriteString(line)
			begun = number
		}
		if b.Len() > 0 {
			yield(physical{begun, b.String()})
		}
	}
}

// property parses l, or returns false if nobody reads what it says.
func (l physical) property() (property, bool, error) {
	end := strings.IndexAny(l.text, ":;")
	if end < 0 {
		return property{}, false, fmt.Errorf("%q has no colon: want NAME:VALUE; begin a continued line with a blank", clip(l.text))
	}
	name := strings.ToUpper(l.text[:end])
	if !slices.Contains(wanted, name) {
		return property{}, false, nil
	}
	if len(l.text) > MaxLine {
		return property{}, false, fmt.Errorf("%s of more than %d bytes: split it into several lines of that name", name, MaxLine)
	}
	if !utf8.ValidString(l.text) { // not asked of the whole file: a fold may split a character
		return property{}, false, errors.New("not UTF-8: export or save the file as UTF-8")
	}
	parsed, err := ics.ParseProperty(ics.ContentLine(name + l.text[end:]))
	switch {
	case err != nil:
		return property{}, false, fmt.Errorf("%w: want NAME;PARAMETER=VALUE:VALUE", err)
	case parsed == nil:
		return property{}, false, errors.New(name + " has no value: want " + name + ":VALUE")
	}
	p := property{line: l.number, name: name, params: make(map[string][]string), value: strings.TrimSpace(parsed.Value)}
	for key, values := range parsed.ICalParameters {
		key = strings.ToUpper(key)
		p.params[key] = append(p.params[key], values...)
	}
	return p, true, nil
}

// words returns s in one line without what a terminal would act on.
func words(s string) string {
	return clip(strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f || r >= 0x80 && r < 0xa0 }), " "))
}

// maxWords is how many characters of somebody's text are kept.
const maxWords = 100

func clip(s string) string {
	if runes := []rune(s); len(runes) > maxWords {
		return string(runes[:maxWords-1]) + "…"
	}
	return s
}
