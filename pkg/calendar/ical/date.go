package ical

import (
	"fmt"
	"strings"
	"time"

	"redress.dev/pkg/calendar"
)

// timed tells whether p's values have a time of day.
func (p property) timed() bool { return strings.Contains(p.value, "T") }

// date reads one of p's values: a date, or a midnight of the event's own
// clock. A midnight in UTC is none: what date it begins is another zone's say.
func (p property) date(value string) (calendar.Date, error) {
	day, clock, timed := strings.Cut(value, "T")
	t, err := time.Parse("20060102", day)
	if err != nil {
		return calendar.Date{}, fmt.Errorf("line %d: %s %q is no date: write %s;VALUE=DATE:20260101", p.line, p.name, clip(value), p.name)
	}
	if timed && clock != "000000" || timed && p.param("VALUE") == "DATE" {
		return calendar.Date{}, fmt.Errorf("line %d: %s %q has a time of day: %w; write %s;VALUE=DATE:%s if the whole day is meant",
			p.line, p.name, clip(value), errTimed, p.name, t.Format("20060102"))
	}
	return calendar.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}, nil
}

// dates reads all of p's values.
func (p property) dates() ([]calendar.Date, error) {
	var dates []calendar.Date
	for value := range strings.SplitSeq(p.value, ",") {
		d, err := p.date(value)
		if err != nil {
			return nil, err
		}
		dates = append(dates, d)
	}
	return dates, nil
}

func compact(d calendar.Date) string { return strings.ReplaceAll(d.String(), "-", "") }

// number numbers the days, so that they can be subtracted.
func number(d calendar.Date) int {
	return int(time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / (24 * 60 * 60))
}
