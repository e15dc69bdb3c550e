package calendar

import (
	"maps"
	"slices"
	"time"
)

// compile builds the two lines from the week and the exceptions.
func (c *Calendar) compile() {
	days := slices.Sorted(maps.Keys(c.exceptions))
	var first, end int64
	if len(days) > 0 {
		// One day more: what runs past the midnight of the last exception.
		first, end = days[0], days[len(days)-1]+2
	}
	var open, counted [7]shape
	for w := range 7 {
		open[w] = openShape(c.week[w], c.week[(w+6)%7])
		counted[w] = dayShape(c.countsWeek[w])
	}
	c.open = newLine(c.zone, open, first, end, func(day int64) (shape, bool) {
		_, today := c.exceptions[day]
		_, yesterday := c.exceptions[day-1]
		return openShape(c.hours(day), c.hours(day-1)), today || yesterday
	})
	c.counted = newLine(c.zone, counted, first, end, func(day int64) (shape, bool) {
		e, today := c.exceptions[day]
		return dayShape(e.counts), today
	})
}

// hours returns the intervals that belong to a date.
func (c *Calendar) hours(day int64) []Interval {
	if e, ok := c.exceptions[day]; ok {
		return e.hours
	}
	return c.week[weekday(day)]
}

// counts tells whether a date counts.
func (c *Calendar) counts(day int64) bool {
	if e, ok := c.exceptions[day]; ok {
		return e.counts
	}
	return c.countsWeek[weekday(day)]
}

// openShape returns what is open on a date: its own hours up to midnight, and
// what the day before left over. The two may overlap; time counts once.
func openShape(own, before []Interval) shape {
	var s shape
	for _, i := range before {
		if over := i.end() - secondsPerDay; over > 0 {
			s = append(s, part{0, nanos(over), 0})
		}
	}
	for _, i := range own {
		s = append(s, part{nanos(i.From), nanos(min(i.end(), secondsPerDay)), 0})
	}
	slices.SortFunc(s, func(a, b part) int { return int((a.from - b.from) / int64(time.Second)) })
	merged := s[:0]
	for _, p := range s {
		if n := len(merged); n > 0 && p.from <= merged[n-1].to {
			merged[n-1].to = max(merged[n-1].to, p.to)
			continue
		}
		p.before = merged.total()
		merged = append(merged, p)
	}
	return merged
}

// dayShape returns a whole date, or nothing.
func dayShape(counts bool) shape {
	if !counts {
		return nil
	}
	return shape{{0, nanosPerDay, 0}}
}

func nanos(t TimeOfDay) int64 { return int64(t) * int64(time.Second) }
