package domain

import (
	"regexp"
	"strconv"
	"time"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

// ReasonPeriodInvalid is the reason of the fault of a period that is none.
const ReasonPeriodInvalid = "PERIOD_INVALID"

// Span is a span of time; To is excluded.
type Span struct{ From, To time.Time }

// week and quarter are how those are written.
var (
	week    = regexp.MustCompile(`^(\d{4})-W(\d{2})$`)
	quarter = regexp.MustCompile(`^(\d{4})-Q([1-4])$`)
)

// SpanOf returns the span that a period is in a zone: "2026-03-06", "2026-W10" (ISO 8601, from Monday), "2026-03", "2026-Q1" or "2026",
// as kind asks for. Another is the fault PERIOD_INVALID.
func SpanOf(kind procedure.ReportPeriod, period string, zone *time.Location) (Span, error) {
	form := ""
	switch kind {
	case procedure.Daily:
		form = "2026-03-06"
		if from, err := time.ParseInLocation(time.DateOnly, period, zone); err == nil {
			return Span{from, from.AddDate(0, 0, 1)}, nil
		}
	case procedure.Weekly:
		form = "2026-W10"
		if m := week.FindStringSubmatch(period); m != nil {
			year, _ := strconv.Atoi(m[1])
			n, _ := strconv.Atoi(m[2])
			fourth := time.Date(year, 1, 4, 0, 0, 0, 0, zone) // is in week 1
			from := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(n-1))
			if y, w := from.ISOWeek(); y == year && w == n {
				return Span{from, from.AddDate(0, 0, 7)}, nil
			}
		}
	case procedure.Monthly:
		form = "2026-03"
		if from, err := time.ParseInLocation("2006-01", period, zone); err == nil {
			return Span{from, from.AddDate(0, 1, 0)}, nil
		}
	case procedure.Quarterly:
		form = "2026-Q1"
		if m := quarter.FindStringSubmatch(period); m != nil {
			year, _ := strconv.Atoi(m[1])
			n, _ := strconv.Atoi(m[2])
			from := time.Date(year, time.Month(3*n-2), 1, 0, 0, 0, 0, zone)
			return Span{from, from.AddDate(0, 3, 0)}, nil
		}
	case procedure.Yearly:
		form = "2026"
		if from, err := time.ParseInLocation("2006", period, zone); err == nil {
			return Span{from, from.AddDate(1, 0, 0)}, nil
		}
	}
	return Span{}, fault.New(fault.Invalid, ReasonPeriodInvalid, "%q is no such period; write it like %s", period, form).
		At("period").With("form", form)
}
