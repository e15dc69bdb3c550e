package calendar

import (
	"fmt"
	"time"
)

// Date is a civil date without a zone. It can be a map key. The zero Date is
// no date and means "not given".
type Date struct {
	Year  int
	Month time.Month
	Day   int // 1 to 31
}

// ParseDate reads a date written YYYY-MM-DD. It fails on anything else and on
// dates that do not exist, such as 2026-02-30.
func ParseDate(s string) (Date, error) {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return Date{}, fmt.Errorf("date %q: want YYYY-MM-DD", s)
	}
	return dateOfDay(floorDiv(t.Unix(), secondsPerDay)), nil
}

// String returns d as YYYY-MM-DD.
func (d Date) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// MarshalText returns d as YYYY-MM-DD, so that JSON and YAML show it so.
func (d Date) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what ParseDate reads.
func (d *Date) UnmarshalText(text []byte) error {
	parsed, err := ParseDate(string(text))
	if err != nil {
		return err
	}
	*d = parsed
	return nil
}

// IsZero tells whether d is not given.
func (d Date) IsZero() bool { return d == Date{} }

// Compare returns -1, 0 or 1 as d is before, equal to or after e.
func (d Date) Compare(e Date) int {
	switch {
	case d == e:
		return 0
	case d.Year != e.Year:
		return sign(d.Year - e.Year)
	case d.Month != e.Month:
		return sign(int(d.Month - e.Month))
	}
	return sign(d.Day - e.Day)
}

// Weekday returns the day of the week of d.
func (d Date) Weekday() time.Weekday {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Weekday()
}

// AddDays returns the date n days after d, before it when n is negative.
func (d Date) AddDays(n int) Date { return dateOfDay(d.day() + int64(n)) }

// valid tells whether d exists and lies in the supported years.
func (d Date) valid() bool {
	return d.Year >= firstYear && d.Year <= lastYear && dateOfDay(d.day()) == d
}

// day returns the number of days from 1970-01-01 to d.
func (d Date) day() int64 {
	return time.Date(d.Year, d.Month, d.Day, 0, 0, 0, 0, time.UTC).Unix() / secondsPerDay
}

// dateOfDay returns the date whose day number is day.
func dateOfDay(day int64) Date {
	y, m, d := time.Unix(day*secondsPerDay, 0).UTC().Date()
	return Date{y, m, d}
}

func sign(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}
