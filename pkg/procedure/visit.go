package procedure

// defaultAttempts are the calls after which a visit ends unreached where a plan does not say.
const defaultAttempts = 3

// Consequence is what follows a return visit.
type Consequence int

// The consequences.
const (
	Nothing Consequence = iota // the complaint stays as it is
	Close
	Reopen // a new round with its own clocks
)

// Visit is a return visit to the complainant.
type Visit struct {
	Key  string
	Name Label
	// After is what makes it due.
	After Trigger
	// Assignee is the post that makes it.
	Assignee Assignee
	// MaxAttempts are the calls without reaching the complainant after which it ends unreached, 1 to 20.
	MaxAttempts int
	// MaxRounds after which dissatisfaction no longer reopens but closes as not accepted; 0 means no limit.
	MaxRounds int
	// Form is what is recorded at the visit.
	Form []Field
	// Satisfied, Dissatisfied and Unreached are what follows each outcome.
	Satisfied    Consequence
	Dissatisfied Consequence
	Unreached    Consequence

	when *expression
}

// Applies reports whether the visit becomes due, given the facts; its trigger is matched beforehand.
func (v *Visit) Applies(f Facts) (bool, error) { return v.when.holds(f) }
