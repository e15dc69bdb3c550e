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
)

// Clock is one time limit of a complaint. All times are UTC in whole microseconds.
type Clock struct {
	ID     string
	Policy string
	Round  int
	// WorkID is the work whose opening started it; empty when something else did.
	WorkID string
	// StartEventID is the event that started it.
	StartEventID string
	// TriggerTime is when that happened, StartTime when the limit began to count, DueTime when it is due.
	TriggerTime time.Time
	StartTime   time.Time
	DueTime     time.Time
	// WarnTimes are the moments of the policy's warnings, in the policy's order. Those not between start and due never come.
	WarnTimes   []time.Time
	Soft        bool
	Internal    bool
	Provisional bool

	State State
	// NextTime is the next moment at which something happens by itself, a warning or the breach; zero when none is left. Its timer
	// is armed for it.
	NextTime time.Time
	// EndTime is when it was stopped or cancelled; zero until then, also while a breached clock waits for its stop.
	EndTime time.Time
	// BreachTime is the due time that passed unmet; zero when it did not.
	BreachTime time.Time
}

// Open reports whether a happening can still end the clock.
func (c Clock) Open() bool { return c.EndTime.IsZero() }

// nextAfter returns the clock's first moment after t: a warning, or the due time.
func (c Clock) nextAfter(t time.Time) time.Time {
	next := c.DueTime
	for _, w := range c.WarnTimes {
		if w.After(c.StartTime) && w.After(t) && w.Before(next) {
			next = w
		}
	}
	return next
}

// fireNext lets the clock's next moment come.
func (d *draft) fireNext(c *Clock) {
	at := c.NextTime
	if at.Equal(c.DueTime) {
		c.State, c.BreachTime, c.NextTime = StateBreached, at, time.Time{}
		d.emit(c, at, Breached{})
		return
	}
	for i, w := range c.WarnTimes {
		if w.Equal(at) {
			d.emit(c, at, Warned{i})
		}
	}
	c.NextTime = c.nextAfter(at)
}

// fireBefore lets the moments come that lie before t: what the timers would have done by then, had the news not been faster.
func (d *draft) fireBefore(c *Clock, t time.Time) {
	for c.State == StateRunning && c.NextTime.Before(t) {
		d.fireNext(c)
	}
}
