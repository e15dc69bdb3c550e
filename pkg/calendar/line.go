package calendar

import "sort"

// part is a stretch of one date, [from, to) in nanoseconds since midnight,
// that is on the line; before is the time on the line earlier that date.
type part struct{ from, to, before int64 }

// shape is what of one date is on the line: ascending parts that do not touch.
type shape []part

// total returns how much of the date is on the line.
func (s shape) total() int64 {
	if len(s) == 0 {
		return 0
	}
	last := s[len(s)-1]
	return last.before + last.to - last.from
}

// line is a set of instants that can be measured: the open instants of a
// calendar, or all instants on dates that count. elapsed is its measure, and
// reach and leave are the two inverses of it.
type line struct {
	zone    *zone
	days    tally    // time on the line before each date, over readings
	shapes  []shape  // the first seven are those of an ordinary Monday to Sunday
	shapeOf []uint32 // for each day of the tally's window, its place in shapes

	base  []int64 // for each stretch of the zone: elapsed(at) = over readings + base
	floor []int64 // elapsed at the beginning of each stretch
	limit int64   // elapsed at the end of the range
}

// newLine compiles a line. ordinary is the shape of each weekday, Monday
// first. Day numbers from first to end-1 have the shape that special gives, or
// where it gives false the ordinary one.
func newLine(z *zone, ordinary [7]shape, first, end int64, special func(day int64) (shape, bool)) *line {
	l := &line{zone: z, shapes: ordinary[:]}
	var week [7]int64
	for w, s := range ordinary {
		week[w] = s.total()
	}
	window := make([]int64, 0, end-first)
	for day := first; day < end; day++ {
		n := uint32(weekday(day))
		if s, ok := special(day); ok {
			n = uint32(len(l.shapes))
			l.shapes = append(l.shapes, s)
		}
		l.shapeOf = append(l.shapeOf, n)
		window = append(window, l.shapes[n].total())
	}
	l.days = newTally(week, first, window)

	// Each stretch goes on where the one before it ended, whatever the reading
	// jumped by: this is where skipped and repeated hours get their worth.
	elapsed := l.before(z.starts[0] + z.offsets[0])
	for k, start := range z.starts {
		if k > 0 {
			elapsed = l.before(start+z.offsets[k-1]) + l.base[k-1]
		}
		l.floor = append(l.floor, elapsed)
		l.base = append(l.base, elapsed-l.before(start+z.offsets[k]))
	}
	l.limit = l.elapsed(maxInstant)
	return l
}

// shape returns the shape of a date.
func (l *line) shape(day int64) shape {
	if i := day - l.days.first; i >= 0 && i < int64(len(l.shapeOf)) {
		return l.shapes[l.shapeOf[i]]
	}
	return l.shapes[weekday(day)]
}

// before returns the time on the line before a reading.
func (l *line) before(reading int64) int64 {
	day := dayOf(reading)
	sum, rest := l.days.before(day), reading-day*nanosPerDay
	s := l.shape(day)
	for i := len(s) - 1; i >= 0; i-- {
		if p := &s[i]; rest > p.from {
			return sum + p.before + min(rest, p.to) - p.from
		}
	}
	return sum
}

// contains tells whether an instant is on the line.
func (l *line) contains(at int64) bool {
	reading := l.zone.reading(at)
	day := dayOf(reading)
	rest := reading - day*nanosPerDay
	for _, p := range l.shape(day) {
		if rest >= p.from && rest < p.to {
			return true
		}
	}
	return false
}

// elapsed returns the time on the line before an instant. Only differences
// mean anything.
func (l *line) elapsed(at int64) int64 {
	k := l.zone.stretch(at)
	return l.before(at+l.zone.offsets[k]) + l.base[k]
}

// reach returns the earliest instant with elapsed(instant) == v, for v more
// than elapsed(minInstant) and at most limit.
func (l *line) reach(v int64) int64 {
	k := len(l.floor) - 1
	if l.floor[k] >= v {
		k = sort.Search(k, func(k int) bool { return l.floor[k] >= v }) - 1
	}
	v -= l.base[k]
	day := l.days.reaching(v)
	v -= l.days.before(day)
	s := l.shape(day)
	i := 0
	for i+1 < len(s) && s[i+1].before < v {
		i++
	}
	return day*nanosPerDay + s[i].from + v - s[i].before - l.zone.offsets[k]
}

// leave returns the latest instant with elapsed(instant) == v, for v at least
// elapsed(minInstant) and less than limit. That instant is on the line.
func (l *line) leave(v int64) int64 {
	k := len(l.floor) - 1
	if l.floor[k] > v {
		k = sort.Search(k, func(k int) bool { return l.floor[k] > v }) - 1
	}
	v -= l.base[k]
	day := l.days.exceeding(v)
	v -= l.days.before(day)
	s := l.shape(day)
	i := 0
	for i+1 < len(s) && s[i+1].before <= v {
		i++
	}
	return day*nanosPerDay + s[i].from + v - s[i].before - l.zone.offsets[k]
}

// each calls yield with the stretches of the line in [from, to), in order.
// One stretch may come in several touching pieces.
func (l *line) each(from, to int64, yield func(from, to int64)) {
	for k := l.zone.stretch(from); k < len(l.zone.starts) && l.zone.starts[k] < to; k++ {
		offset := l.zone.offsets[k]
		begin, end := max(from, l.zone.starts[k])+offset, to+offset
		if k+1 < len(l.zone.starts) {
			end = min(end, l.zone.starts[k+1]+offset)
		}
		for day := dayOf(begin); day*nanosPerDay < end; day++ {
			for _, p := range l.shape(day) {
				a, b := max(begin, day*nanosPerDay+p.from), min(end, day*nanosPerDay+p.to)
				if a < b {
					yield(a-offset, b-offset)
				}
			}
		}
	}
}
