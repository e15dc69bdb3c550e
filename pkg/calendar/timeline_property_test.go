package calendar_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redress.dev/pkg/calendar"
)

// oddities are changes of the clock that happened once: a date skipped, one
// moved by 44 minutes and a half, by half an hour, by two hours, at one minute
// past midnight.
var oddities = map[string]string{
	"Pacific/Apia": "2011-12-30T10:00:00Z", "Pacific/Kwajalein": "1993-08-21T12:00:00Z", "Pacific/Fakaofo": "2011-12-30T11:00:00Z",
	"Africa/Monrovia": "1972-01-07T00:44:30Z", "Asia/Kathmandu": "1985-12-31T18:30:00Z", "Asia/Pyongyang": "2018-05-04T15:00:00Z",
	"America/Caracas": "2016-05-01T07:00:00Z", "America/St_Johns": "2010-03-14T03:31:00Z", "America/Asuncion": "2024-03-24T03:00:00Z",
	"Australia/Lord_Howe": "2026-04-04T15:00:00Z", "America/Havana": "2026-11-01T05:00:00Z", "America/Santiago": "2026-09-06T04:00:00Z",
	"Asia/Beirut": "2026-10-24T21:00:00Z", "Antarctica/Troll": "2026-03-29T01:00:00Z", "Africa/Casablanca": "2026-02-15T02:00:00Z",
	"America/New_York": "2026-03-08T07:00:00Z", "Africa/Cairo": "2026-10-29T21:00:00Z", "America/Scoresbysund": "2024-03-31T00:00:00Z",
	"Asia/Shanghai": "1988-09-10T17:00:00Z", "Antarctica/Casey": "2020-10-03T16:01:00Z",
}

// drawSeconds draws hours on whole seconds: apart, touching, to 24:00, or past
// midnight.
func drawSeconds(t *rapid.T) []calendar.Interval {
	edges := rapid.SliceOfNDistinct(rapid.OneOf(rapid.IntRange(0, 86400), rapid.SampledFrom([]int{0, 3600, 43200, 82800, 86400}), rapid.Map(rapid.IntRange(0, 24), func(h int) int { return h * 3600 })),
		0, 5, rapid.ID).Draw(t, "edges")
	slices.Sort(edges)
	var hours []calendar.Interval
	for i := 0; i+1 < len(edges); i++ {
		if i%2 == 0 || rapid.IntRange(0, 4).Draw(t, "touch") == 0 {
			hours = append(hours, calendar.Interval{From: calendar.TimeOfDay(edges[i]), To: calendar.TimeOfDay(edges[i+1])})
		}
	}
	if n := len(hours); n > 0 && rapid.IntRange(0, 2).Draw(t, "overnight") == 0 {
		hours[n-1].To = calendar.TimeOfDay(rapid.IntRange(0, int(hours[n-1].From)).Draw(t, "end"))
	}
	return hours
}

// drawOdd draws a calendar and a start around a change of the clock.
func drawOdd(t *rapid.T, zones map[string]string) (problem, timeline) {
	zone := rapid.SampledFrom(slices.Sorted(maps.Keys(zones))).Draw(t, "zone")
	loc, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	change, err := time.Parse(time.RFC3339, zones[zone])
	if err != nil {
		t.Fatal(err)
	}
	start := change.In(loc).Add(time.Duration(rapid.IntRange(-5*86400, 2*86400).Draw(t, "seconds from the change")) * time.Second)
	if rapid.IntRange(0, 3).Draw(t, "part of a second") == 0 {
		start = start.Add(time.Duration(rapid.IntRange(1, 999_999_999).Draw(t, "nanoseconds")))
	}
	y, m, d := start.In(loc).Date()
	today := calendar.Date{Year: y, Month: m, Day: d}
	spec := calendar.Spec{Zone: zone, Week: make(map[time.Weekday][]calendar.Interval), ExtraDays: make(map[calendar.Date][]calendar.Interval)}
	same := drawSeconds(t)
	for day := time.Sunday; day <= time.Saturday; day++ {
		if hours := rapid.OneOf(rapid.Just(same), rapid.Custom(drawSeconds)).Draw(t, "hours"); len(hours) > 0 {
			spec.Week[day] = hours
		}
	}
	near := rapid.IntRange(-6, 12)
	for range rapid.IntRange(0, 4).Draw(t, "holidays") {
		spec.Holidays = append(spec.Holidays, today.AddDays(near.Draw(t, "holiday")))
	}
	for range rapid.IntRange(0, 4).Draw(t, "extra days") {
		spec.ExtraDays[today.AddDays(near.Draw(t, "extra day"))] = drawSeconds(t)
	}
	if rapid.IntRange(0, 2).Draw(t, "own counted days") == 0 {
		spec.Counted = []time.Weekday{time.Monday, time.Tuesday, time.Thursday, time.Saturday}
	}
	p := problem{spec, start, loc}
	l := newTimeline(spec, loc, start)
	if rapid.IntRange(0, 2).Draw(t, "at an edge") == 0 { // an opening, a closing, a change
		var edges []time.Time
		for _, c := range l.cuts {
			if gap := c.Sub(start); gap > -72*time.Hour && gap < 72*time.Hour {
				edges = append(edges, c)
			}
		}
		slices.SortFunc(edges, time.Time.Compare)
		p.start = edges[rapid.IntRange(0, len(edges)-1).Draw(t, "edge")]
		l.cuts = append(l.cuts, p.start)
	}
	return p, l
}

// drawPausesAt draws pauses, some of which begin or end at an edge, touch, or
// are empty.
func drawPausesAt(t *rapid.T, p problem, l timeline) []calendar.Pause {
	edges := l.pieces(p.start.Add(-24*time.Hour), p.start.Add(6*24*time.Hour), nil)
	n := 2 * rapid.IntRange(0, 3).Draw(t, "pauses")
	var at []time.Time
	for range n {
		x := rapid.SampledFrom(edges).Draw(t, "edge")
		if rapid.Bool().Draw(t, "beside it") {
			x = x.Add(time.Duration(rapid.Int64Range(-int64(5*time.Hour), int64(5*time.Hour)).Draw(t, "by")))
		}
		at = append(at, x)
	}
	slices.SortFunc(at, time.Time.Compare)
	var pauses []calendar.Pause
	for i := 0; i < n; i += 2 {
		pauses = append(pauses, calendar.Pause{From: at[i], To: at[i+1]})
		if i > 0 && rapid.IntRange(0, 3).Draw(t, "touch") == 0 {
			pauses[i/2].From = at[i-1]
		}
	}
	return pauses
}

func timelineAgrees(t *rapid.T) {
	p, l := drawOdd(t, oddities)
	c := compile(t, p)
	pauses := drawPausesAt(t, p, l)
	amount := time.Duration(rapid.OneOf(rapid.Int64Range(1, int64(60*time.Hour)), rapid.Map(rapid.Int64Range(1, 60), func(h int64) int64 { return h * int64(time.Hour) })).Draw(t, "amount"))
	if rapid.Bool().Draw(t, "to an edge") { // an amount that is used up exactly where something changes
		to := rapid.SampledFrom(l.pieces(p.start, p.start.Add(6*24*time.Hour), pauses)).Draw(t, "edge")
		if exact := l.between(p.start, to, pauses); exact > 0 {
			amount = exact
		}
	}
	if got, want := c.IsOpen(p.start), l.open(p.start); got != want {
		t.Fatalf("IsOpen = %v, want %v", got, want)
	}
	got, err := c.NextOpen(p.start)
	want, found := l.nextOpen(p.start)
	agree(t, "NextOpen", got, err, want, found)
	got, err = c.AddWorking(p.start, amount, pauses...)
	want, found = l.add(p.start, amount, pauses, l.open)
	agree(t, "AddWorking", got, err, want, found)
	got, err = c.SubWorking(p.start, amount)
	want, found = l.sub(p.start, amount)
	agree(t, "SubWorking", got, err, want, found)
	end := p.start.Add(time.Duration(rapid.Int64Range(-int64(90*time.Hour), int64(200*time.Hour)).Draw(t, "end")))
	worked, err := c.WorkingBetween(p.start, end, pauses...)
	if want := l.between(p.start, end, pauses); err != nil || worked != want {
		t.Fatalf("WorkingBetween %v = %v, %v, want %v", end, worked, err, want)
	}

	n := rapid.IntRange(1, 6).Draw(t, "days")
	for rule := calendar.RollMidnight; rule <= calendar.KeepClock; rule++ {
		_, due, found := l.addDays(p.start, n, rule)
		got, err = c.AddCountedDays(p.start, n, rule, calendar.AsIs)
		agree(t, "AddCountedDays", got, err, due, found)
		if !found {
			continue
		}
		want, opens := l.nextOpen(due)
		got, err = c.AddCountedDays(p.start, n, rule, calendar.FinishOpen)
		agree(t, "AddCountedDays with FinishOpen", got, err, want, opens)

	}
	if want, found := l.endOfCountedDay(p.start, n); found {
		got, err := c.EndOfCountedDay(p.start, n)
		agree(t, "EndOfCountedDay", got, err, want, found)
	}
}

// A limit in counted days with pauses ends when N x 24 hours of counted dates
// have run; said of zones that do not change their clocks and of starts away
// from midnight, where this and the rule without pauses are one.
func pausedDaysAgree(t *rapid.T) {
	p, l := drawOdd(t, map[string]string{"Asia/Shanghai": "2026-03-06T10:00:00Z", "Asia/Kathmandu": "2026-12-31T10:00:00Z"})
	c := compile(t, p)
	pauses := drawPausesAt(t, p, l)
	n := rapid.IntRange(1, 6).Draw(t, "days")
	from, _, found := l.addDays(p.start, n, calendar.RollMidnight)
	if _, second := l.reading(from); second == 0 && from.Nanosecond() == 0 || !found {
		t.Skip("at midnight, or too few counted days")
	}
	want, found := l.add(from, time.Duration(n)*24*time.Hour, pauses, l.onCountedDate)
	got, err := c.AddCountedDays(p.start, n, calendar.RollMidnight, calendar.AsIs, pauses...)
	agree(t, "AddCountedDays", got, err, want, found)
	if want, opens := l.nextOpen(want); found && opens {
		got, err := c.AddCountedDays(p.start, n, calendar.RollMidnight, calendar.FinishOpen, pauses...)
		agree(t, "AddCountedDays with FinishOpen", got, err, want, opens)
	}
}

func TestEverythingAgreesWithATimelineCutWhereAnythingChanges(t *testing.T) {
	t.Parallel()
	rapid.Check(t, timelineAgrees)
}

func TestCountedDaysWithPausesAgreeWithTheTimeline(t *testing.T) {
	t.Parallel()
	rapid.Check(t, pausedDaysAgree)
}

func FuzzTimeline(f *testing.F)   { fuzz(f, timelineAgrees) }
func FuzzPausedDays(f *testing.F) { fuzz(f, pausedDaysAgree) }
