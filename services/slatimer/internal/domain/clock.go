package domain

import "time"

// State is where a clock stands. The numbers are the contract's.
type State int

// The states.
const (
	StateRunning   State = iota + 1 // not due yet
	StateMet                        // stopped in time
	StateBreached                   // due time passed unmet, whether or not it was stopped afterwards
	StateCancelled                  // ended with neither
	StatePaused                     // not due until it is resumed
	StateExcused                    // due time passed unmet, which had been excused before
)

// Clock is one time limit of a complaint. All times are UTC in whole microseconds.
type Clock struct {
	ID     string
	Policy string
	Round  int
	// WorkID is the work whose opening started it; empty when something else did.
	WorkID string
	// StartEventID is the event that started it, EndEventID the one that ended it; empty until then.
	StartEventID string
	EndEventID   string
	// TriggerTime is when what started it happened, CountTime from when its limit counts, and StartTime when that begins, after the
	// shift to an opening.
	TriggerTime time.Time
	CountTime   time.Time
	StartTime   time.Time

	Terms

	Soft     bool
	Internal bool

	State State
	// NextTime is the next moment at which something happens by itself: a warning, the due time, a step of the ladder. Zero when
	// none is left. Its timer is armed for it.
	NextTime time.Time
	// Warned and Escalated are the warnings and steps that have come, a bit for each.
	Warned, Escalated uint32
	// ExcuseTime is when its passing unmet was excused; zero when it was not.
	ExcuseTime time.Time
	// EndTime is when it was stopped or cancelled; zero until then, also while a breached clock waits for its stop.
	EndTime time.Time
	// BreachTime is the due time that passed unmet; zero when it did not.
	BreachTime time.Time
}

// Open reports whether a happening can still end the clock.
func (c Clock) Open() bool { return c.EndTime.IsZero() }

// Pending reports whether its due time is still to come: it can be paused, replaced and derived anew.
func (c Clock) Pending() bool { return c.State == StateRunning || c.State == StatePaused }

// nextAfter returns the clock's first moment after t: a warning or the due time of one that runs, a step of the ladder of one that
// is breached. Zero when there is none.
func (c Clock) nextAfter(t time.Time) time.Time {
	var next time.Time
	switch {
	case !c.Open():
	case c.State == StateRunning:
		next = c.DueTime
		for i, w := range c.WarnTimes {
			if c.Warned&bit(i) == 0 && w.After(c.StartTime) && w.After(t) && w.Before(next) {
				next = w
			}
		}
	case c.State == StateBreached:
		for i, e := range c.EscalateTimes {
			if c.Escalated&bit(i) == 0 && (next.IsZero() || e.Before(next)) {
				next = e
			}
		}
	}
	return next
}

func bit(i int) uint32 { return 1 << i }

// fireNext lets the clock's next moment come.
func (d *draft) fireNext(c *Clock) {
	at := c.NextTime
	switch {
	case c.State == StateBreached:
		for i, e := range c.EscalateTimes {
			if e.Equal(at) && c.Escalated&bit(i) == 0 {
				c.Escalated |= bit(i)
				d.emit(c, at, Escalated{i})
			}
		}
	case !at.Equal(c.DueTime):
		for i, w := range c.WarnTimes {
			if w.Equal(at) && c.Warned&bit(i) == 0 {
				c.Warned |= bit(i)
				d.emit(c, at, Warned{i})
			}
		}
	case !c.ExcuseTime.IsZero():
		c.State = StateExcused
		d.emit(c, at, Excused{ExcuseTime: c.ExcuseTime})
	default:
		c.State, c.BreachTime = StateBreached, at
		d.emit(c, at, Breached{})
	}
	c.NextTime = c.nextAfter(at)
}

// fireBefore lets the moments come that lie before t: what the timers would have done by then, had the news not been faster.
func (d *draft) fireBefore(c *Clock, t time.Time) {
	for !c.NextTime.IsZero() && c.NextTime.Before(t) {
		d.fireNext(c)
	}
}
