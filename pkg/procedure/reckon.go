package procedure

import (
	"errors"
	"time"

	"redress.dev/pkg/calendar"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Reckoner works out deadlines in one calendar, for limits that belong to no procedure.
type Reckoner struct {
	// Holidays names the editions of the holidays that the calendar was made of.
	Holidays string

	days *calendar.Calendar
}

// NewReckoner compiles a calendar. It fails with *InvalidError.
func NewReckoner(in *procedurev1.Calendar) (*Reckoner, error) {
	c := &compiler{in: &procedurev1.Procedure{Calendars: []*procedurev1.Calendar{in}}, out: &Procedure{}}
	c.compileCalendars()
	if len(c.findings) > 0 {
		return nil, &InvalidError{c.findings}
	}
	return &Reckoner{Holidays: c.out.Holidays, days: c.out.calendars[in.GetKey()]}, nil
}

// ErrNoLength is the error of a limit that has no length of its own: an agreed moment, or one without a figure.
var ErrNoLength = errors.New("the limit has no length: an agreed moment or an unset limit has no deadline to work out")

// Deadline works out the schedule of a limit that counts from the instant at; time in the pauses does not count. It fails with
// ErrNoLength, *InvalidError, or calendar's errors.
func (r *Reckoner) Deadline(at time.Time, limit *procedurev1.Limit, shift procedurev1.StartShift, pauses ...calendar.Pause) (Schedule, error) {
	c := &compiler{}
	l := c.limit("limit", limit)
	switch {
	case len(c.findings) > 0:
		return Schedule{}, &InvalidError{c.findings}
	case l.Kind == 0 || l.Kind == Agreed || l.Kind == Unset:
		return Schedule{}, ErrNoLength
	}
	clock := Clock{Key: "limit", Limit: l, NextOpening: shift == procedurev1.StartShift_START_SHIFT_NEXT_OPENING, days: r.days}
	return clock.Schedule(at, Facts{}, pauses...)
}
