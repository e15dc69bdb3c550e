package calendar

import (
	"math"
	"time"
)

// Everything inside the package is a whole number of nanoseconds in an int64:
// instants since 1970-01-01 UTC, readings since 1970-01-01 00:00 on the wall
// clock, and amounts. 230 years of them fit with room for a sum of two offsets.
const (
	firstYear = 1970
	lastYear  = 2199

	secondsPerDay = 24 * 60 * 60
	nanosPerDay   = secondsPerDay * int64(time.Second)

	minInstant = 0
	maxInstant = 84006 * nanosPerDay // 2200-01-01, exclusive
	maxDay     = maxInstant / nanosPerDay
)

// instantOf returns t as an instant, or ErrOutOfRange.
func instantOf(t time.Time) (int64, error) {
	s := t.Unix() // not UnixNano, which wraps around outside 1678 to 2262
	if s < minInstant || s >= maxInstant/int64(time.Second) {
		return 0, ErrOutOfRange
	}
	return s*int64(time.Second) + int64(t.Nanosecond()), nil
}

// clampedInstant returns t as an instant, moved into the range if it lies
// outside.
func clampedInstant(t time.Time) int64 {
	at, err := instantOf(t)
	switch {
	case err == nil:
		return at
	case t.Unix() < minInstant:
		return minInstant
	}
	return maxInstant
}

// addSafe returns a+b for b >= 0, or the greatest int64 where that is too much.
func addSafe(a, b int64) int64 {
	if a > math.MaxInt64-b {
		return math.MaxInt64
	}
	return a + b
}

// floorDiv returns a/b rounded down, for b > 0.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// dayOf returns the day number of the date that a reading lies on. It is
// written out because a constant divisor costs a third of floorDiv's.
func dayOf(reading int64) int64 {
	q := reading / nanosPerDay
	if reading-q*nanosPerDay < 0 {
		q--
	}
	return q
}

// weekday returns the weekday of a day number, Monday being 0.
func weekday(day int64) int64 {
	const mondayOffset = 3 // 1970-01-01 was a Thursday
	w := (day + mondayOffset) % 7
	if w < 0 {
		w += 7
	}
	return w
}
