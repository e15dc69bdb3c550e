package calendar

import "errors"

// The errors of this package. Every one is final: the same call fails again.
// Use errors.Is; most come wrapped with what was wrong.
var (
	// ErrSpec says that a Spec does not describe a calendar. New wraps it
	// around every problem it found, not only the first.
	ErrSpec = errors.New("calendar: bad spec")

	// ErrNoWorkingTime says that the calendar does not open often enough to
	// answer, however long one waits.
	ErrNoWorkingTime = errors.New("calendar: no working time")

	// ErrNoCountedDay says that too few dates count to answer, however long
	// one waits.
	ErrNoCountedDay = errors.New("calendar: no counted day")

	// ErrOutOfRange says that an instant or a date given, or the answer, lies
	// before 1970 or after 2199.
	ErrOutOfRange = errors.New("calendar: outside the years 1970 to 2199")

	// ErrAmount says that an amount of time or days is negative or, where the
	// method says so, zero.
	ErrAmount = errors.New("calendar: amount out of range")

	// ErrPauses says that a pause ends before it begins, or that pauses are
	// out of order or overlap.
	ErrPauses = errors.New("calendar: bad pauses")

	// ErrReversed says that an end lies before its start where only forward
	// makes sense.
	ErrReversed = errors.New("calendar: end before start")

	// ErrRule says that a StartRule or a Finish is none of the constants.
	ErrRule = errors.New("calendar: unknown rule")
)
