package domain

import "time"

// Timer wakes slatimer at the next moment of a clock. Its time is its generation: a clock whose next moment has changed has another
// timer, and the old one is worth nothing.
type Timer struct {
	Key
	Shard    int
	ClockID  string
	FireTime time.Time
}

// Change is what a decision leaves to be kept.
type Change struct {
	Key
	// Started are the clocks that are new, Changed those that were there and stand elsewhere, Rederived those of them whose terms
	// are others.
	Started   []Clock
	Changed   []Clock
	Rederived []Clock
	// Disarmed and Armed are the timers that no longer count, and those that do from now on.
	Disarmed []Timer
	Armed    []Timer
}

// Diff returns what lies between a file as it was loaded and as it has become.
func Diff(before, after File) Change {
	ch := Change{Key: after.Key}
	for i, c := range after.Clocks {
		var was Clock
		switch {
		case i >= len(before.Clocks):
			ch.Started = append(ch.Started, c)
		case c.moved(before.Clocks[i]):
			was = before.Clocks[i]
			ch.Changed = append(ch.Changed, c)
			if c.revised(was) {
				ch.Rederived = append(ch.Rederived, c)
			}
		default:
			continue
		}
		if c.NextTime.Equal(was.NextTime) {
			continue
		}
		if !was.NextTime.IsZero() {
			ch.Disarmed = append(ch.Disarmed, after.timer(c.ID, was.NextTime))
		}
		if !c.NextTime.IsZero() {
			ch.Armed = append(ch.Armed, after.timer(c.ID, c.NextTime))
		}
	}
	return ch
}

func (f File) timer(clockID string, at time.Time) Timer {
	return Timer{Key: f.Key, Shard: f.Shard, ClockID: clockID, FireTime: at}
}

// moved reports whether something has become of c since it was was.
func (c Clock) moved(was Clock) bool {
	return c.State != was.State || !c.NextTime.Equal(was.NextTime) || !c.EndTime.Equal(was.EndTime) || c.revised(was)
}

// revised reports whether c's terms are others than those of was.
func (c Clock) revised(was Clock) bool {
	return len(c.Revisions) != len(was.Revisions) || c.Holidays != was.Holidays
}
