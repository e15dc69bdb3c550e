// Package vectors reads files of calendar test vectors and compares what they
// expect with what pkg/calendar answers. The format is described in
// pkg/calendar/testdata/README.md. Anybody can write such a file for calendars
// of their own and check it with `redressctl calendar check`.
package vectors

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"redress.dev/pkg/calendar"
)

// Schema is the only version of the format that there is.
const Schema = 1

// MaxBytes is the size of the largest file that is read: some 500,000 vectors.
const MaxBytes = 64 << 20

// file is a whole file of vectors.
type file struct {
	Schema    int                     `json:"schema"`
	Calendars map[string]calendarSpec `json:"calendars"`
	Vectors   []json.RawMessage       `json:"vectors"`
}

// calendarSpec is a calendar as the file writes it. Pairs are slices because
// an array would drop a third element without a word.
type calendarSpec struct {
	Zone      string                       `json:"tz"`
	Week      map[string][][]string        `json:"week"`
	Holidays  []calendar.Date              `json:"holidays"`
	ExtraDays map[calendar.Date][][]string `json:"extra_days"`
	Counted   []string                     `json:"counted"`
}

var weekdays = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday,
	"thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
}

// read decodes a file. A field that the format does not have is an error, and
// so are a key that stands twice and what follows the end: each would be a
// condition that nobody checks.
func read(r io.Reader) (file, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxBytes+1))
	if err != nil {
		return file{}, fmt.Errorf("read vectors: %w", err)
	}
	if len(text) > MaxBytes {
		return file{}, fmt.Errorf("read vectors: more than %d bytes: split the file", MaxBytes)
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	if err := checkKeys(text); err != nil {
		return file{}, fmt.Errorf("read vectors: %w", err)
	}
	var f file
	if err := strict(text, &f); err != nil {
		return file{}, fmt.Errorf("read vectors: %w", err)
	}
	if f.Schema != Schema {
		return file{}, fmt.Errorf("read vectors: schema %d, want %d", f.Schema, Schema)
	}
	return f, nil
}

// strict decodes JSON without unknown fields.
func strict(text []byte, v any) error {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.DisallowUnknownFields()
	return dec.Decode(v)
}

// compile returns the calendar that s describes.
func (s calendarSpec) compile() (*calendar.Calendar, error) {
	spec := calendar.Spec{
		Zone:      s.Zone,
		Week:      make(map[time.Weekday][]calendar.Interval),
		Holidays:  s.Holidays,
		ExtraDays: make(map[calendar.Date][]calendar.Interval),
	}
	var err error
	for name, hours := range s.Week {
		day, ok := weekdays[name]
		if !ok {
			return nil, fmt.Errorf("week: %q is none of %s", name, weekdayNames)
		}
		if spec.Week[day], err = intervals(hours); err != nil {
			return nil, fmt.Errorf("week: %s: %w", name, err)
		}
	}
	for date, hours := range s.ExtraDays {
		if spec.ExtraDays[date], err = intervals(hours); err != nil {
			return nil, fmt.Errorf("extra day %v: %w", date, err)
		}
	}
	if s.Counted != nil {
		spec.Counted = []time.Weekday{} // present but empty: no weekday counts
	}
	for _, name := range s.Counted {
		day, ok := weekdays[name]
		if !ok {
			return nil, fmt.Errorf("counted: %q is none of %s", name, weekdayNames)
		}
		spec.Counted = append(spec.Counted, day)
	}
	return calendar.New(spec)
}

const weekdayNames = "mon, tue, wed, thu, fri, sat, sun"

func intervals(pairs [][]string) ([]calendar.Interval, error) {
	var hours []calendar.Interval
	for _, pair := range pairs {
		if len(pair) != 2 {
			return nil, fmt.Errorf("interval %q: want [from, to]", pair)
		}
		from, err := calendar.ParseTimeOfDay(pair[0])
		if err != nil {
			return nil, err
		}
		to, err := calendar.ParseTimeOfDay(pair[1])
		if err != nil {
			return nil, err
		}
		hours = append(hours, calendar.Interval{From: from, To: to})
	}
	return hours, nil
}
