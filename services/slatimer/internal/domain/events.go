package domain

import "time"

// Event is one thing that became of a clock.
type Event struct {
	Key
	// Version of the complaint at slatimer after it.
	Version int64
	// OccurTime is when it really happened.
	OccurTime time.Time
	// ClockID, Policy and Round name the clock.
	ClockID string
	Policy  string
	Round   int
	// Detail says what happened, and what belongs to it alone.
	Detail Detail
}

// Detail is one of Started, Warned, Met, Breached, Stopped and Cancelled.
type Detail interface{ detail() }

// Started says that the limit runs.
type Started struct {
	DueTime     time.Time
	Soft        bool
	Internal    bool
	Provisional bool
}

// Warned says that a warning moment came before the clock was stopped. Warning counts the policy's warnings from 0.
type Warned struct{ Warning int }

// Met says that the clock was stopped in time.
type Met struct{}

// Breached says that the due time passed unmet.
type Breached struct{}

// Stopped says that what the clock waited for was learned of after the breach. Late is how long after the due time it happened; 0
// says that it happened in time and was recorded too late.
type Stopped struct{ Late time.Duration }

// Cancelled says that the clock ended with neither, or after a breach with nothing left to wait for.
type Cancelled struct{}

func (Started) detail()   {}
func (Warned) detail()    {}
func (Met) detail()       {}
func (Breached) detail()  {}
func (Stopped) detail()   {}
func (Cancelled) detail() {}
