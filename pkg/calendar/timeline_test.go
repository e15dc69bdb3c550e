package calendar_test

import (
	"slices"
	"time"

	"redress.dev/pkg/calendar"
)

// timeline is a second oracle, exact to the nanosecond where the first steps
// whole minutes. It cuts real time wherever anything could change, asks the
// standard library what the wall clock shows at each cut, and adds up what
// lies between two cuts. What it knows of a zone is what it sees by looking.
type timeline struct {
	oracle
	cuts []time.Time
}

// span is the time that a timeline covers on each side of its start.
const span = 35 * 24 * time.Hour

func newTimeline(spec calendar.Spec, loc *time.Location, start time.Time) timeline {
	l := timeline{oracle: oracle{spec, loc}}
	offset := func(t time.Time) int { _, s := t.In(loc).Zone(); return s }
	from, to := start.Add(-span), start.Add(span)
	seen := map[int]bool{offset(from): true}
	l.cuts = append(l.cuts, from.Truncate(time.Second), start, to.Truncate(time.Second))
	for t := from.Truncate(time.Hour); t.Before(to); t = t.Add(15 * time.Minute) {
		next := t.Add(15 * time.Minute)
		if offset(t) == offset(next) {
			continue
		}
		for t.Add(time.Second).Before(next) && offset(t) == offset(t.Add(time.Second)) {
			t = t.Add(time.Second)
		}
		l.cuts = append(l.cuts, t.Add(time.Second))
		seen[offset(next)] = true
		t = next.Add(-15 * time.Minute)
	}
	y, m, d := from.In(loc).Date()
	for date := (calendar.Date{Year: y, Month: m, Day: d}).AddDays(-2); ; date = date.AddDays(1) {
		midnight := time.Date(date.Year, date.Month, date.Day, 0, 0, 0, 0, time.UTC)
		if midnight.After(to.Add(48 * time.Hour)) {
			break
		}
		edges := []calendar.TimeOfDay{0}
		for _, i := range l.hours(date) {
			edges = append(edges, i.From, i.To, i.To+calendar.Midnight)
		}
		for _, edge := range edges {
			for s := range seen { // with each offset, for one of them is right
				l.cuts = append(l.cuts, midnight.Add(time.Duration(int(edge)-s)*time.Second))
			}
		}
	}
	return l
}

// reading returns the date and the seconds since midnight that the wall clock
// shows; it ticks whole seconds, and so do all edges.
func (l timeline) reading(t time.Time) (calendar.Date, int) {
	local := t.In(l.loc)
	y, m, d := local.Date()
	return calendar.Date{Year: y, Month: m, Day: d}, local.Hour()*3600 + local.Minute()*60 + local.Second()
}

// openOf tells whether an instant lies in the hours that belong to date.
func (l timeline) openOf(date calendar.Date, t time.Time) bool {
	shown, second := l.reading(t)
	return slices.ContainsFunc(l.hours(date), func(i calendar.Interval) bool {
		switch {
		case shown == date:
			return second >= int(i.From) && (second < int(i.To) || i.To <= i.From)
		case shown == date.AddDays(1):
			return i.To <= i.From && second < int(i.To)
		}
		return false
	})
}

func (l timeline) open(t time.Time) bool {
	date, _ := l.reading(t)
	return l.openOf(date, t) || l.openOf(date.AddDays(-1), t)
}

func (l timeline) onCountedDate(t time.Time) bool {
	date, _ := l.reading(t)
	return l.counts(date)
}

// pieces returns the cuts from from to to, those of the pauses among them.
func (l timeline) pieces(from, to time.Time, pauses []calendar.Pause) []time.Time {
	at := []time.Time{from, to}
	for _, t := range l.cuts {
		if t.After(from) && t.Before(to) {
			at = append(at, t)
		}
	}
	for _, p := range pauses {
		for _, t := range []time.Time{p.From, p.To} {
			if t.After(from) && t.Before(to) {
				at = append(at, t)
			}
		}
	}
	slices.SortFunc(at, time.Time.Compare)
	return slices.CompactFunc(at, time.Time.Equal)
}

func (l timeline) end() time.Time {
	return slices.MaxFunc(l.cuts, time.Time.Compare).Add(-72 * time.Hour)
}
func (l timeline) begin() time.Time {
	return slices.MinFunc(l.cuts, time.Time.Compare).Add(96 * time.Hour)
}

func (l timeline) add(start time.Time, amount time.Duration, pauses []calendar.Pause, runs func(time.Time) bool) (time.Time, bool) {
	at := l.pieces(start, l.end(), pauses)
	for i, t := range at[:len(at)-1] {
		if !runs(t) || paused(t, pauses) {
			continue
		}
		if piece := at[i+1].Sub(t); piece < amount {
			amount -= piece
		} else {
			return t.Add(amount), true
		}
	}
	return start, false
}

func (l timeline) sub(end time.Time, amount time.Duration) (time.Time, bool) {
	at := l.pieces(l.begin(), end, nil)
	for i := len(at) - 2; i >= 0; i-- {
		if !l.open(at[i]) {
			continue
		}
		if piece := at[i+1].Sub(at[i]); piece < amount {
			amount -= piece
		} else {
			return at[i+1].Add(-amount), true
		}
	}
	return end, false
}

func (l timeline) between(start, end time.Time, pauses []calendar.Pause) time.Duration {
	if end.Before(start) {
		return -l.between(end, start, pauses)
	}
	var sum time.Duration
	at := l.pieces(start, end, pauses)
	for i, t := range at[:len(at)-1] {
		if l.open(t) && !paused(t, pauses) {
			sum += at[i+1].Sub(t)
		}
	}
	return sum
}

func (l timeline) nextOpen(start time.Time) (time.Time, bool) {
	for _, t := range l.pieces(start, l.end(), nil) {
		if l.open(t) {
			return t, true
		}
	}
	return start, false
}

// instant finds a reading by looking where the clock shows it, or jumps over it.
func (l timeline) instant(date calendar.Date, second int, nanos time.Duration) time.Time {
	want := time.Date(date.Year, date.Month, date.Day, 0, 0, second, 0, time.UTC)
	shows := func(t time.Time) time.Time { // the reading as if it were UTC
		d, s := l.reading(t)
		return time.Date(d.Year, d.Month, d.Day, 0, 0, s, 0, time.UTC)
	}
	at := l.pieces(want.Add(-50*time.Hour), want.Add(50*time.Hour), nil)
	for i, t := range at[:len(at)-1] {
		t = t.Truncate(time.Second)
		first, last := shows(t), shows(at[i+1].Add(-1))
		if !want.Before(first) && !want.After(last) && !last.Before(first) {
			return t.Add(want.Sub(first)).Add(nanos)
		}
		if after := shows(at[i+1]); want.After(last) && want.Before(after) && want.After(first) {
			return at[i+1].Truncate(time.Second).Add(want.Sub(last) - time.Second).Add(nanos)
		}
	}
	return time.Time{}
}

// addDays is AddCountedDays without pauses.
func (l timeline) addDays(start time.Time, n int, rule calendar.StartRule) (from, due time.Time, ok bool) {
	from = start
	if rule == calendar.RollOpen {
		if from, ok = l.nextOpen(start); !ok {
			return start, start, false
		}
	}
	date, second := l.reading(from)
	nanos := time.Duration(from.Nanosecond())
	step := func() bool {
		for range 40 {
			if date = date.AddDays(1); l.counts(date) {
				return true
			}
		}
		return false
	}
	if (rule == calendar.RollMidnight || rule == calendar.RollKeep) && !l.counts(date) {
		if !step() {
			return start, start, false
		}
		if rule == calendar.RollMidnight {
			second, nanos = 0, 0
		}
		from = l.instant(date, second, nanos)
	}
	for range n {
		if !step() {
			return start, start, false
		}
	}
	due = l.instant(date, second, nanos)
	return from, due, due.Before(l.end())
}

// endOfCountedDay returns the last instant up to which the hours of the n-th
// counted date are open; false where it has none.
func (l timeline) endOfCountedDay(start time.Time, n int) (time.Time, bool) {
	date, _ := l.reading(start)
	for range 40 {
		if date = date.AddDays(1); l.counts(date) {
			n--
		}
		if n == 0 {
			break
		}
	}
	if n > 0 || time.Date(date.Year, date.Month, date.Day+3, 0, 0, 0, 0, time.UTC).After(l.end()) {
		return start, false
	}
	at := l.pieces(start, l.end(), nil)
	for i := len(at) - 2; i >= 0; i-- {
		if l.openOf(date, at[i]) {
			return at[i+1], true
		}
	}
	return start, false
}
