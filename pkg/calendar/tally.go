package calendar

// tally holds, for every day number, the sum of a quantity over all days
// before it. The quantity repeats every week except inside a window of days,
// which has a table.
type tally struct {
	first int64    // the day of sums[0]
	sums  []int64  // sums[i] is the sum before day first+i; never empty
	week  [8]int64 // week[w] is the sum over a week's days before weekday w
	shift int64    // what the window adds to every day after it
}

// newTally returns the tally of a quantity that is week[w] on weekday w and
// window[i] on day first+i.
func newTally(week [7]int64, first int64, window []int64) tally {
	t := tally{first: first, sums: make([]int64, len(window)+1)}
	for w, amount := range week {
		t.week[w+1] = t.week[w] + amount
	}
	t.sums[0] = t.weekly(first)
	for i, amount := range window {
		t.sums[i+1] = t.sums[i] + amount
	}
	t.shift = t.sums[len(window)] - t.weekly(first+int64(len(window)))
	return t
}

// before returns the sum over all days before day. Only differences of such
// sums mean anything: it is negative long ago.
func (t *tally) before(day int64) int64 {
	i := day - t.first
	switch {
	case i < 0:
		return t.weekly(day)
	case i < int64(len(t.sums)):
		return t.sums[i]
	}
	return t.weekly(day) + t.shift
}

// weekly is before for a tally without a window.
func (t *tally) weekly(day int64) int64 {
	w := weekday(day)
	return (day-w+3)/7*t.week[7] + t.week[w]
}

// reaching returns the first day by whose end the sum is at least v. It must
// be reached at all: the caller has compared v with the end of the range.
func (t *tally) reaching(v int64) int64 {
	last := len(t.sums) - 1
	switch {
	case v <= t.sums[0]:
		return t.weeklyReaching(v)
	case v > t.sums[last]:
		return t.weeklyReaching(v - t.shift)
	}
	lo, hi := 0, last // sums[lo] < v <= sums[hi]
	for hi-lo > 1 {
		mid := int(uint(lo+hi) >> 1)
		if t.sums[mid] < v {
			lo = mid
		} else {
			hi = mid
		}
	}
	return t.first + int64(lo)
}

// exceeding returns the first day by whose end the sum is more than v, with
// the same condition as reaching.
func (t *tally) exceeding(v int64) int64 { return t.reaching(v + 1) }

// weeklyReaching is reaching for a tally without a window.
func (t *tally) weeklyReaching(v int64) int64 {
	whole := t.week[7]
	if whole == 0 {
		return t.first // nothing outside the window: not asked, see reaching
	}
	weeks := floorDiv(v-1, whole)
	rest := v - weeks*whole // 1 to whole
	w := int64(0)
	for t.week[w+1] < rest {
		w++
	}
	return weeks*7 + w - 3
}
