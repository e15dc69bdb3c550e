package calendar_test

import (
	"testing"
	"time"

	"redress.dev/pkg/calendar"
)

// FuzzAnything feeds whatever integers come to every method: it may refuse,
// but must answer at once, without panic, and what it answers must be true.
func FuzzAnything(f *testing.F) {
	f.Add(uint8(1), uint8(62), 32400, 64800, 79200, 21600, 2026, 3, 2, int64(1772416800), int64(57600000000000), 2, int64(1772420400), int64(1772424000))
	f.Add(uint8(3), uint8(127), 0, 86400, 0, 0, 2026, 3, 8, int64(1772949600), int64(1), 400, int64(0), int64(253402300799))
	f.Add(uint8(10), uint8(1), 79200, 21600, 1, 2, 2199, 12, 31, int64(7258118399), int64(9223372036854775807), 9223372036854775807, int64(-62135596800), int64(9223372036854775807))
	f.Add(uint8(12), uint8(64), -5, 90000, 3, 3, 1970, 1, 1, int64(-1), int64(-1), -1, int64(5), int64(4))
	f.Fuzz(func(t *testing.T, zone, days uint8, from, to, extraFrom, extraTo, year, month, day int, start, amount int64, n int, pauseFrom, pauseTo int64) {
		spec := calendar.Spec{
			Zone:      zones[int(zone)%len(zones)],
			Week:      make(map[time.Weekday][]calendar.Interval),
			Holidays:  []calendar.Date{{Year: year, Month: time.Month(month), Day: day}},
			ExtraDays: make(map[calendar.Date][]calendar.Interval),
		}
		for d := range 7 {
			if days&(1<<d) != 0 {
				spec.Week[time.Weekday(d)] = []calendar.Interval{{From: calendar.TimeOfDay(from), To: calendar.TimeOfDay(to)}}
			}
		}
		date := spec.Holidays[0].AddDays(1)
		spec.ExtraDays[date] = []calendar.Interval{{From: calendar.TimeOfDay(extraFrom), To: calendar.TimeOfDay(extraTo)}}
		c, err := calendar.New(spec)
		if err != nil {
			return
		}
		at := time.Unix(start, 0)
		pause := calendar.Pause{From: time.Unix(pauseFrom, 0), To: time.Unix(pauseTo, 0)}
		if due, err := c.AddWorking(at, time.Duration(amount), pause); err == nil {
			if got, err := c.WorkingBetween(at, due, pause); err != nil || got != time.Duration(amount) {
				t.Errorf("WorkingBetween(%v, %v) = %v, %v, want %v", at, due, got, err, time.Duration(amount))
			}
		}
		if back, err := c.SubWorking(at, time.Duration(amount)); err == nil {
			if got, err := c.WorkingBetween(back, at); err != nil || got != time.Duration(amount) {
				t.Errorf("WorkingBetween(%v, %v) = %v, %v, want %v", back, at, got, err, time.Duration(amount))
			}
		}
		if opening, err := c.NextOpen(at); err == nil && (!c.IsOpen(opening) || opening.Before(at)) {
			t.Errorf("NextOpen(%v) = %v, which is closed or earlier", at, opening)
		}
		later := func(name string, got time.Time, err error) {
			if err == nil && got.Before(at) {
				t.Errorf("%s(%v) = %v, which is earlier", name, at, got)
			}
		}
		for rule := calendar.StartRule(-1); rule <= 4; rule++ {
			got, err := c.AddCountedDays(at, n, rule, calendar.FinishOpen, pause)
			later("AddCountedDays", got, err)
		}
		got, err := c.EndOfCountedDay(at, n)
		later("EndOfCountedDay", got, err)
		got, err = c.EndOfDay(at)
		later("EndOfDay", got, err)
		got, err = c.AddDays(at, n)
		later("AddDays", got, err)
		got, err = c.AddMonths(at, n)
		later("AddMonths", got, err)
		c.Provisional(at, pause.To)
		c.IsCountedDay(date)
		if _, err := c.CountedDaysBetween(date, c.DateOf(at)); err == nil {
			if spans, err := c.Trace(at, at.Add(1000*time.Hour), pause); err == nil && len(spans) > 1000 {
				t.Errorf("Trace of 1,000 hours has %d spans", len(spans))
			}
		}
	})
}

func FuzzParse(f *testing.F) {
	f.Add("2026-02-28")
	f.Add("24:00")
	f.Add("23:59:59")
	f.Fuzz(func(t *testing.T, s string) {
		if d, err := calendar.ParseDate(s); err == nil && d.String() != s {
			t.Errorf("ParseDate(%q) = %v", s, d)
		}
		if tod, err := calendar.ParseTimeOfDay(s); err == nil {
			if again, err := calendar.ParseTimeOfDay(tod.String()); err != nil || again != tod {
				t.Errorf("ParseTimeOfDay(%q) = %v, which reads as %v, %v", s, tod, again, err)
			}
		}
	})
}
