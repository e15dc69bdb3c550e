// Package vectors reads files of calendar test vectors and compares what they
// expect with what pkg/calendar answers. The format is described in
// pkg/calendar/testdata/README.md. Anybody can write such a file for calendars
// of their own and check it with `redressctl calendar check`.
package vectors

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"redress.dev/pkg/calendar"
)

// Schema is the only version of the format that there is.
const Schema = 1

// file is a whole file of vectors.
type file struct {
	Schema    int                     `json:"schema"`
	Calendars map[string]calendarSpec `json:"calendars"`
	Vectors   []vector                `json:"vectors"`
}

// calendarSpec is a calendar as the file writes it.
type calendarSpec struct {
	Zone      string                        `json:"tz"`
	Week      map[string][][2]string        `json:"week"`
	Holidays  []calendar.Date               `json:"holidays"`
	ExtraDays map[calendar.Date][][2]string `json:"extra_days"`
	Counted   []string                      `json:"counted"`
}

// vector is one question and its answer.
type vector struct {
	ID        string          `json:"id"`
	Calendar  string          `json:"calendar"`
	Op        string          `json:"op"`
	Start     time.Time       `json:"start"`
	End       time.Time       `json:"end"`
	Amount    int64           `json:"amount"`
	Pauses    [][2]time.Time  `json:"pauses"`
	StartRule string          `json:"start_rule"`
	Finish    string          `json:"finish"`
	Date      calendar.Date   `json:"date"`
	EndDate   calendar.Date   `json:"end_date"`
	Expect    json.RawMessage `json:"expect"`
	Tags      []string        `json:"tags"`
	Why       string          `json:"why"`
}

var weekdays = map[string]time.Weekday{
	"sun": time.Sunday, "mon": time.Monday, "tue": time.Tuesday, "wed": time.Wednesday,
	"thu": time.Thursday, "fri": time.Friday, "sat": time.Saturday,
}

// read decodes a file. A field that the format does not have is an error: it
// would be a condition that nobody checks.
func read(r io.Reader) (file, error) {
	var f file
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return file{}, fmt.Errorf("read vectors: %w", err)
	}
	if f.Schema != Schema {
		return file{}, fmt.Errorf("read vectors: schema %d, want %d", f.Schema, Schema)
	}
	return f, nil
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

func intervals(pairs [][2]string) ([]calendar.Interval, error) {
	var hours []calendar.Interval
	for _, pair := range pairs {
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
