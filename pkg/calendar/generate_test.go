package calendar_test

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"redress.dev/pkg/calendar"
)

// zones are those that find mistakes: none, half and quarter hours, clocks
// changed at midnight, by half an hour, around Ramadan, or a whole day skipped.
var zones = []string{
	"UTC", "Asia/Shanghai", "Asia/Kathmandu", "America/New_York", "Europe/London", "Europe/Dublin",
	"Australia/Lord_Howe", "America/St_Johns", "Africa/Casablanca", "America/Havana",
	"Asia/Beirut", "America/Santiago", "Pacific/Apia",
}

// problem is a random calendar and a random start, with dates of interest near.
type problem struct {
	spec  calendar.Spec
	start time.Time // on a whole minute
	loc   *time.Location
}

func (p problem) oracle() oracle { return oracle{p.spec, p.loc} }

// drawProblem draws starts near a change of the clock half of the time.
func drawProblem(t *rapid.T) problem {
	zone := rapid.SampledFrom(zones).Draw(t, "zone")
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	// 2000 to 2060: past the zones' tables, which end in 2037, and 2011, when
	// Samoa skipped a date.
	start := time.Unix(rapid.Int64Range(946684800, 2840140800).Draw(t, "start")/60*60, 0).In(loc)
	if _, change := start.ZoneBounds(); !change.IsZero() && rapid.Bool().Draw(t, "near a change") {
		start = change.Truncate(time.Minute).Add(time.Duration(rapid.IntRange(-4000, 1000).Draw(t, "minutes from it")) * time.Minute)
	}
	y, m, d := start.Date()
	today := calendar.Date{Year: y, Month: m, Day: d}

	spec := calendar.Spec{Zone: zone, Week: make(map[time.Weekday][]calendar.Interval)}
	for day := time.Sunday; day <= time.Saturday; day++ {
		if hours := drawHours(t); len(hours) > 0 {
			spec.Week[day] = hours
		}
	}
	near := rapid.IntRange(-8, 20)
	for range rapid.IntRange(0, 4).Draw(t, "holidays") {
		spec.Holidays = append(spec.Holidays, today.AddDays(near.Draw(t, "holiday")))
	}
	spec.ExtraDays = make(map[calendar.Date][]calendar.Interval)
	for range rapid.IntRange(0, 3).Draw(t, "extra days") {
		spec.ExtraDays[today.AddDays(near.Draw(t, "extra day"))] = drawHours(t)
	}
	if rapid.Bool().Draw(t, "own counted days") {
		for day := time.Sunday; day <= time.Saturday; day++ {
			if rapid.Bool().Draw(t, "counted") {
				spec.Counted = append(spec.Counted, day)
			}
		}
	}
	return problem{spec, start, loc}
}

// drawHours draws up to three intervals of one day, the last perhaps overnight.
func drawHours(t *rapid.T) []calendar.Interval {
	if rapid.IntRange(0, 9).Draw(t, "all day") == 0 {
		return []calendar.Interval{{From: 0, To: calendar.Midnight}}
	}
	cuts := rapid.SliceOfNDistinct(rapid.IntRange(0, 1440), 0, 6, rapid.ID).Draw(t, "cuts")
	slices.Sort(cuts)
	var hours []calendar.Interval
	for i := 0; i+1 < len(cuts); i += 2 {
		hours = append(hours, calendar.Interval{From: calendar.At(0, cuts[i]), To: calendar.At(0, cuts[i+1])})
	}
	if n := len(hours); n > 0 && rapid.IntRange(0, 3).Draw(t, "overnight") == 0 {
		hours[n-1].To = calendar.At(0, rapid.IntRange(0, int(hours[n-1].From)/60).Draw(t, "end"))
	}
	return hours
}

// drawPauses draws up to three pauses in order, from before start on.
func drawPauses(t *rapid.T, start time.Time) []calendar.Pause {
	var pauses []calendar.Pause
	from := start.Add(-12 * time.Hour)
	for range rapid.IntRange(0, 3).Draw(t, "pauses") {
		from = from.Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "until pause")) * time.Minute)
		to := from.Add(time.Duration(rapid.IntRange(0, 5000).Draw(t, "pause")) * time.Minute)
		pauses = append(pauses, calendar.Pause{From: from, To: to})
		from = to
	}
	return pauses
}

// drawAmount draws whole minutes, often a whole number of hours.
func drawAmount(t *rapid.T) time.Duration {
	if rapid.Bool().Draw(t, "whole hours") {
		return time.Duration(rapid.IntRange(1, 48).Draw(t, "hours")) * time.Hour
	}
	return time.Duration(rapid.IntRange(1, 4000).Draw(t, "minutes")) * time.Minute
}
