package vectors

import (
	"encoding/json"
	"math"
	"time"

	"redress.dev/pkg/calendar"
)

var startRules = map[string]calendar.StartRule{
	"":              calendar.RollMidnight, // the default
	"roll_midnight": calendar.RollMidnight,
	"roll_open":     calendar.RollOpen,
	"roll_keep":     calendar.RollKeep,
	"keep_clock":    calendar.KeepClock,
}

var finishes = map[string]calendar.Finish{
	"":          calendar.AsIs,
	"as_is":     calendar.AsIs,
	"next_open": calendar.FinishOpen,
}

// op is a kind of question.
type op struct {
	needs  []string // the fields without which there is no question
	answer func(*calendar.Calendar, vector) (any, error)
}

// ops are the kinds. The answer is a time.Time, an int, a bool, or in
// working_minutes_between a float64 because a part of a minute may be left.
var ops = map[string]op{
	"is_open": {[]string{"start"}, func(c *calendar.Calendar, v vector) (any, error) {
		return c.IsOpen(v.Start), nil
	}},
	"next_open": {[]string{"start"}, func(c *calendar.Calendar, v vector) (any, error) {
		return c.NextOpen(v.Start)
	}},
	"add_working_minutes": {[]string{"start", "amount"}, func(c *calendar.Calendar, v vector) (any, error) {
		return c.AddWorking(v.Start, v.amount(time.Minute), v.pauses()...)
	}},
	"add_working_seconds": {[]string{"start", "amount"}, func(c *calendar.Calendar, v vector) (any, error) {
		return c.AddWorking(v.Start, v.amount(time.Second), v.pauses()...)
	}},
	"sub_working_minutes": {[]string{"start", "amount"}, func(c *calendar.Calendar, v vector) (any, error) {
		return c.SubWorking(v.Start, v.amount(time.Minute))
	}},
	"working_minutes_between": {[]string{"start", "end"}, func(c *calendar.Calendar, v vector) (any, error) {
		d, err := c.WorkingBetween(v.Start, v.End, v.pauses()...)
		return float64(d) / float64(time.Minute), err
	}},
	"add_counted_days": {[]string{"start", "amount"}, func(c *calendar.Calendar, v vector) (any, error) {
		return c.AddCountedDays(v.Start, int(v.Amount), startRules[v.StartRule], finishes[v.Finish], v.pauses()...)
	}},
	"end_of_counted_day": {[]string{"start", "amount"}, func(c *calendar.Calendar, v vector) (any, error) {
		return c.EndOfCountedDay(v.Start, int(v.Amount))
	}},
	"is_counted_day": {[]string{"date"}, func(c *calendar.Calendar, v vector) (any, error) {
		return c.IsCountedDay(v.Date), nil
	}},
	"counted_days_between": {[]string{"date", "end_date"}, func(c *calendar.Calendar, v vector) (any, error) {
		return c.CountedDaysBetween(v.Date, v.EndDate)
	}},
}

// answer returns the calendar's answer as JSON, or an error's text.
func (v vector) answer(c *calendar.Calendar) string {
	got, err := ops[v.Op].answer(c, v)
	if err != nil {
		return err.Error()
	}
	text, err := json.Marshal(got)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// amount returns v's amount of unit. What does not fit is the longest duration
// there is, which no calendar can add.
func (v vector) amount(unit time.Duration) time.Duration {
	if int64(v.Amount) > math.MaxInt64/int64(unit) {
		return math.MaxInt64
	}
	if v.Amount < 0 {
		return -1
	}
	return time.Duration(v.Amount) * unit
}

func (v vector) pauses() []calendar.Pause {
	var pauses []calendar.Pause
	for _, p := range v.Pauses {
		pauses = append(pauses, calendar.Pause{From: p[0], To: p[1]})
	}
	return pauses
}

// parseTime reads a JSON string that is an RFC 3339 time.
func parseTime(text []byte) (time.Time, bool) {
	var t time.Time
	err := json.Unmarshal(text, &t)
	return t, err == nil && !t.IsZero() // null is no time
}
