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
	// Edition is the digest of the edition whose policy counts.
	Edition string
	// Detail says what happened, and what belongs to it alone.
	Detail Detail
}

// Detail says what happened; the types below are all that there are.
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

// Paused says that the clock's time stands still.
type Paused struct{}

// Resumed says that it runs on, and until when.
type Resumed struct{ DueTime time.Time }

// ReplaceCause says why a due time was replaced. The numbers are the contract's.
type ReplaceCause int

// The causes.
const (
	ReplacedByAgreement ReplaceCause = iota + 1
	ReplacedByRule                   // other values made another limit count
	ReplacedByMigration              // another edition of the procedure counts
	ReplacedByHolidays               // another edition of the holidays counts
)

// Replaced says that another due time counts from now on. The two may be equal after a migration, which is told all the same.
type Replaced struct {
	PreviousDueTime time.Time
	DueTime         time.Time
	Provisional     bool
	Cause           ReplaceCause
}

// Met says that the clock was stopped in time.
type Met struct{}

// Breached says that the due time passed unmet.
type Breached struct{}

// Escalated says that a step of the ladder came while nothing had stopped the breached clock. Level counts the policy's steps from 0.
type Escalated struct{ Level int }

// Excused says that the due time passed unmet, which is no breach: it had been excused at ExcuseTime.
type Excused struct{ ExcuseTime time.Time }

// Stopped says that what the clock waited for was learned of after its due time had passed. Late is how long after the due time it happened; 0
// says that it happened in time and was recorded too late.
type Stopped struct{ Late time.Duration }

// Cancelled says that the clock ended with neither, or after a breach with nothing left to wait for.
type Cancelled struct{}

func (Started) detail()   {}
func (Warned) detail()    {}
func (Paused) detail()    {}
func (Resumed) detail()   {}
func (Replaced) detail()  {}
func (Escalated) detail() {}
func (Excused) detail()   {}
func (Met) detail()       {}
func (Breached) detail()  {}
func (Stopped) detail()   {}
func (Cancelled) detail() {}
