package procedure_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"redress.dev/pkg/calendar"
	"redress.dev/pkg/procedure"
)

// units are the ways of counting, with a short and a long limit each: in a chain of clocks they stand side by side, and every one
// can be paused.
var units = [][2]string{
	{"{hours: 1}", "{hours: 100.5}"}, {"{working_hours: 0.5}", "{working_hours: 50}"}, {"{calendar_days: 1}", "{calendar_days: 30}"},
	{"{counted_days: 1}", "{counted_days: 20}"}, {"{end_of_counted_day: 1}", "{end_of_counted_day: 5}"}, {"{same_day: true}", "{same_day: true}"},
	{"{months: 1}", "{months: 12}"}, {`{counted_day_time: {days: 1, time: "10:00"}}`, `{counted_day_time: {days: 7, time: "17:00"}}`},
}

// mixed is a procedure with a clock for each unit in an office in Shanghai, with China's holidays, and in one in New York, whose
// clocks go forward and back.
var mixed = sync.OnceValues(func() (*procedure.Procedure, error) {
	var b strings.Builder
	b.WriteString(base[:strings.Index(base, "clocks:")])
	for _, office := range []string{"office", "york"} {
		for i, u := range units {
			for j, limit := range u {
				fmt.Fprintf(&b, "%s  - {key: %s_%d_%d, start: {work_opened: work}, limit: %s, calendar: %s, stop: [{milestone: worked}], pause: [{contact: a}], resume: [{contact: b}]}\n",
					map[bool]string{true: "clocks:\n"}[office == "office" && i+j == 0], office, i, j, limit, office)
			}
		}
	}
	b.WriteString(base[strings.Index(base, "visits:"):strings.Index(base, "metrics:")])
	const york = `
  - key: york
    zone: America/New_York
    week: [{days: [mon, tue, wed, thu, fri], hours: ["08:30-12:00", "13:00-17:30"]}, {days: [sat], hours: ["09:00-12:00"]}]
    exceptions: [{date: "2026-11-26", name: {en: Thanksgiving}}]
vocabularies:`
	return build(strings.Replace(b.String(), "\nvocabularies:", york, 1))
})

// paused draws a clock, when it starts and when it pauses.
type paused struct {
	clock  *procedure.Clock
	unit   int
	york   bool
	start  time.Time
	pauses []calendar.Pause
}

func drawPaused(t *rapid.T, maxPauses int) paused {
	p, err := mixed()
	if err != nil {
		t.Fatal(err)
	}
	d := paused{unit: rapid.IntRange(0, len(units)-1).Draw(t, "unit"), york: rapid.Bool().Draw(t, "york")}
	key := fmt.Sprintf("%s_%d_%d", map[bool]string{true: "york", false: "office"}[d.york], d.unit, rapid.IntRange(0, 1).Draw(t, "long"))
	d.clock, _ = p.Clock(key)
	d.start = time.Date(2025, 11, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.IntRange(0, 450*24*60).Draw(t, "start")) * time.Minute)
	at := d.start.Add(-time.Duration(rapid.IntRange(0, 2*24*60).Draw(t, "before")) * time.Minute)
	for range rapid.IntRange(0, maxPauses).Draw(t, "pauses") {
		from := at.Add(gap(t, "running"))
		at = from.Add(gap(t, "standing"))
		d.pauses = append(d.pauses, calendar.Pause{From: from, To: at})
	}
	return d
}

// gap draws a length of time: hours mostly, weeks at times, and nothing at all now and then.
func gap(t *rapid.T, label string) time.Duration {
	top := rapid.SampledFrom([]int{0, 90, 24 * 60, 24 * 60, 20 * 24 * 60}).Draw(t, label)
	return time.Duration(rapid.IntRange(0, top).Draw(t, label)) * time.Minute
}

// due is when the clock is due that starts at the instant.
func (d paused) due(t *rapid.T, start time.Time, pauses ...calendar.Pause) time.Time {
	s, err := d.clock.Schedule(start, procedure.Facts{}, pauses...)
	if err != nil {
		t.Fatalf("%s from %v with %v: %v", d.clock.Key, start, pauses, err)
	}
	return s.DueTime
}

func (d paused) name() string { return d.clock.Key + " " + units[d.unit][0] }

// counted is how much of the limit's own counting lies in [from, to) outside the pauses.
func (d paused) counted(t *rapid.T, from, to time.Time, pauses ...calendar.Pause) time.Duration {
	spans, err := d.clock.Limit.Account(d.clock.Days(), from, to, pauses)
	if err != nil {
		t.Fatal(err)
	}
	var sum time.Duration
	for _, s := range spans {
		if s.Kind == calendar.Counted {
			sum += s.To.Sub(s.From)
		}
	}
	return sum
}

// endsWithADay is whether a limit ends with a day or at a time of one: pauses move it by whole days.
func (d paused) endsWithADay() bool {
	k := d.clock.Limit.Kind
	return k == procedure.EndOfCountedDay || k == procedure.SameDay || k == procedure.CountedDayTime
}

// What counts from later is not due earlier, whatever pauses both. It cannot hold in three cases, each of which has its own bound:
//
//   - clock readings that are skipped or come twice when clocks go forward or back: at most the hour that they are moved by;
//   - months: from January 30 at 11:00 and January 31 at 10:00 a month ends on February 28, at 11:00 and at 10:00: never on an
//     earlier date, but earlier in that day;
//   - a limit that ends with a day moves by a whole day for a pause of a minute, and one in months may be longer by a weekend: what
//     starts after a pause has lost nothing to it, and may be due first. With pauses after both starts alone it holds.
func TestALaterStartIsNotDueEarlier(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawPaused(t, 4)
		later := d.start.Add(gap(t, "later"))
		if d.endsWithADay() || d.clock.Limit.Kind == procedure.Months {
			kept := d.pauses[:0]
			for _, p := range d.pauses {
				if !p.From.Before(later) {
					kept = append(kept, p)
				}
			}
			d.pauses = kept
		}
		first, second := d.due(t, d.start, d.pauses...), d.due(t, later, d.pauses...)
		var slack time.Duration
		switch {
		case d.clock.Limit.Kind == procedure.Months:
			slack = 24 * time.Hour
			days := d.clock.Days()
			if a, b := d.due(t, d.start), d.due(t, later); days.DateOf(b).Compare(days.DateOf(a)) < 0 {
				t.Fatalf("%s from %v is due on %v, from %v on %v, a date before", d.name(), d.start, a, later, b)
			}
		case d.york && d.clock.Limit.Kind == procedure.CalendarDays:
			slack = time.Hour
		}
		if second.Before(first.Add(-slack)) {
			t.Fatalf("%s from %v is due %v, from %v already %v; pauses %v", d.name(), d.start, first, later, second, d.pauses)
		}
	})
}

// A pause that lies wholly before the start or after the due time changes nothing, and neither does one of no length.
func TestAPauseOutsideTheLimitChangesNothing(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawPaused(t, 3)
		want := d.due(t, d.start, d.pauses...)
		var with []calendar.Pause
		early := d.start
		if len(d.pauses) > 0 && d.pauses[0].From.Before(early) {
			early = d.pauses[0].From
		}
		with = append(with, calendar.Pause{From: early.Add(-gap(t, "early") - time.Minute), To: early})
		with = append(with, d.pauses...)
		late := want
		if n := len(d.pauses); n > 0 && d.pauses[n-1].To.After(late) {
			late = d.pauses[n-1].To
		}
		late = late.Add(gap(t, "after"))
		with = append(with, calendar.Pause{From: late, To: late.Add(gap(t, "late"))})
		if got := d.due(t, d.start, with...); !got.Equal(want) {
			t.Fatalf("%s from %v is due %v with %v, and %v with %v", d.name(), d.start, want, d.pauses, got, with)
		}
		at := d.start.Add(gap(t, "empty"))
		if got := d.due(t, d.start, calendar.Pause{From: at, To: at}); !got.Equal(d.due(t, d.start)) {
			t.Fatalf("%s from %v: a pause of no length moves it to %v", d.name(), d.start, got)
		}
	})
}

// A longer pause does not make a clock due earlier, nor does one more.
func TestALongerPauseIsNotDueEarlier(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawPaused(t, 4)
		if len(d.pauses) == 0 {
			return
		}
		whole := d.due(t, d.start, d.pauses...)
		i := rapid.IntRange(0, len(d.pauses)-1).Draw(t, "which")
		shorter := append([]calendar.Pause(nil), d.pauses...)
		length := shorter[i].To.Sub(shorter[i].From)
		shorter[i].To = shorter[i].From.Add(time.Duration(rapid.Float64Range(0, 1).Draw(t, "share") * float64(length)))
		if got := d.due(t, d.start, shorter...); got.After(whole) {
			t.Fatalf("%s from %v is due %v with %v, and %v with less, %v", d.name(), d.start, whole, d.pauses, got, shorter)
		}
		if got := d.due(t, d.start, append(shorter[:i:i], shorter[i+1:]...)...); got.After(whole) {
			t.Fatalf("%s from %v is due %v with %v, and %v without pause %d", d.name(), d.start, whole, d.pauses, got, i)
		}
	})
}

// Who resumes has at least what was left: outside the pauses as much of the limit's own counting lies before the due time as without
// any. It is exactly as much, but where the limit ends with a day: there it may be more, by no more than lies between the ends of two
// days, of which a short one closes up to five and a half hours earlier.
func TestWhoResumesHasWhatWasLeft(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawPaused(t, 5)
		plain := d.due(t, d.start)
		due := d.due(t, d.start, d.pauses...)
		had, has := d.counted(t, d.start, plain), d.counted(t, d.start, due, d.pauses...)
		if has < had || has > had && !d.endsWithADay() {
			t.Fatalf("%s from %v has %v instead of %v with %v: due %v instead of %v", d.name(), d.start, has, had, d.pauses, due, plain)
		}
		if has-had > 25*time.Hour+5*time.Hour+30*time.Minute { // a date of 25 hours, when clocks go back
			t.Fatalf("%s from %v has %v more than %v with %v: due %v", d.name(), d.start, has-had, had, d.pauses, due)
		}
	})
}

// Two pauses that touch are one.
func TestTouchingPausesAreOne(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawPaused(t, 4)
		var split []calendar.Pause
		for _, p := range d.pauses {
			at := p.From.Add(time.Duration(rapid.Float64Range(0, 1).Draw(t, "at") * float64(p.To.Sub(p.From))))
			split = append(split, calendar.Pause{From: p.From, To: at}, calendar.Pause{From: at, To: p.To})
		}
		if whole, parts := d.due(t, d.start, d.pauses...), d.due(t, d.start, split...); !whole.Equal(parts) {
			t.Fatalf("%s from %v is due %v with %v, and %v with %v", d.name(), d.start, whole, d.pauses, parts, split)
		}
	})
}
