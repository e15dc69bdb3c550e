package calendar

import (
	"fmt"
	"slices"
	"time"
)

// TimeOfDay is a wall-clock reading in seconds since midnight, 0 to 86400.
// 86400 is 24:00, the end of the day.
type TimeOfDay int

// Midnight is 24:00, the end of a day. It is legal as the end of an interval.
const Midnight TimeOfDay = secondsPerDay

// At returns the reading hour:minute.
func At(hour, minute int) TimeOfDay { return TimeOfDay(hour*3600 + minute*60) }

// ParseTimeOfDay reads HH:MM or HH:MM:SS, from 00:00 to 24:00.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	if s == "24:00" || s == "24:00:00" {
		return Midnight, nil
	}
	for _, layout := range []string{"15:04", time.TimeOnly} {
		// The length check refuses what time.Parse lets pass: one-digit
		// hours and fractions of a second.
		if t, err := time.Parse(layout, s); err == nil && len(s) == len(layout) {
			return At(t.Hour(), t.Minute()) + TimeOfDay(t.Second()), nil
		}
	}
	return 0, fmt.Errorf("time of day %q: want HH:MM or HH:MM:SS, 00:00 to 24:00", s)
}

// String returns HH:MM, or HH:MM:SS where there are seconds.
func (t TimeOfDay) String() string {
	if t%60 != 0 {
		return fmt.Sprintf("%02d:%02d:%02d", int(t)/3600, int(t)/60%60, int(t)%60)
	}
	return fmt.Sprintf("%02d:%02d", int(t)/3600, int(t)/60%60)
}

// Interval is a stretch of opening hours [From, To) on the wall clock. One
// whose To is not after its From runs past midnight and belongs to the date it
// starts on: {22:00, 06:00} is eight hours, {09:00, 09:00} is twenty-four.
type Interval struct {
	From TimeOfDay // 00:00 to 23:59:59
	To   TimeOfDay // 00:00 to 24:00
}

// String returns From-To.
func (i Interval) String() string { return i.From.String() + "-" + i.To.String() }

// end returns the end in seconds since the midnight before From, past 86400
// for an interval that runs past midnight.
func (i Interval) end() TimeOfDay {
	if i.To <= i.From {
		return i.To + secondsPerDay
	}
	return i.To
}

// sortHours returns hours in order of their beginnings, or what is wrong.
// Intervals of one date may touch but not overlap.
func sortHours(hours []Interval) ([]Interval, error) {
	sorted := slices.Clone(hours)
	slices.SortFunc(sorted, func(a, b Interval) int { return int(a.From) - int(b.From) })
	for n, i := range sorted {
		if i.From < 0 || i.From >= secondsPerDay || i.To < 0 || i.To > secondsPerDay {
			return nil, fmt.Errorf("interval %v: want 00:00 to 24:00", i)
		}
		if n > 0 && sorted[n-1].end() > i.From {
			return nil, fmt.Errorf("intervals %v and %v overlap", sorted[n-1], i)
		}
	}
	return sorted, nil
}
