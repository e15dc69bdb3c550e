package calendar

import (
	"fmt"
	"time"
)

// Pause is a stretch [From, To) in which a limit does not run. Methods take
// pauses in order; they may touch but not overlap, and may lie wherever they
// like, outside opening hours or beyond the deadline, where they change nothing.
type Pause struct{ From, To time.Time }

// checkPauses returns ErrPauses unless pauses are as Pause says.
func checkPauses(pauses []Pause) error {
	for i, p := range pauses {
		if p.To.Before(p.From) {
			return fmt.Errorf("%w: pause %d ends before it begins", ErrPauses, i)
		}
		if i > 0 && p.From.Before(pauses[i-1].To) {
			return fmt.Errorf("%w: pause %d begins before pause %d ends", ErrPauses, i, i-1)
		}
	}
	return nil
}

// between returns the time on the line in [from, to) outside the pauses, for
// from not after to.
func (l *line) between(from, to int64, pauses []Pause) int64 {
	sum := l.elapsed(to) - l.elapsed(from)
	for _, p := range pauses {
		a, b := max(from, clampedInstant(p.From)), min(to, clampedInstant(p.To))
		if a < b {
			sum -= l.elapsed(b) - l.elapsed(a)
		}
	}
	return sum
}

// add returns the earliest instant by which amount > 0 of the line has passed
// since start outside the pauses, or false if the range ends before.
func (l *line) add(start, amount int64, pauses []Pause) (int64, bool) {
	v := l.elapsed(start)
	for _, p := range pauses {
		from, to := max(start, clampedInstant(p.From)), clampedInstant(p.To)
		if to <= start {
			continue
		}
		pausedAt := l.elapsed(from)
		if pausedAt-v >= amount {
			break
		}
		amount -= pausedAt - v
		start, v = to, l.elapsed(to)
	}
	v = addSafe(v, amount)
	if v > l.limit {
		return 0, false
	}
	due := l.reach(v)
	return due, due < maxInstant
}
