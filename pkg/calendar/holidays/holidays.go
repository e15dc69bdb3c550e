// Package holidays ships public holidays and make-up working days as data, with
// the names of the days and the notices that the dates come from.
package holidays

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"redress.dev/pkg/calendar"
)

// Day is a date that its weekday does not decide.
type Day struct {
	Date calendar.Date `json:"date"`
	Name string        `json:"name"` // of the holiday, in the country's language
	Off  bool          `json:"off"`  // true: a day off; false: a make-up working day
}

// Source is where the days of one year come from.
type Source struct {
	Year    int
	Title   string
	Notices []string // addresses
}

// Set is what is known of one country's holidays, in order of date. A date
// between the first year and KnownThrough that is not in Days is an ordinary
// one: its weekday decides.
type Set struct {
	Days         []Day
	Sources      []Source // one a year
	KnownThrough calendar.Date
}

// Edition names the content of the set, for example "2026-5f2c1a90": the last year that is known, and a digest of the days.
func (s Set) Edition() string {
	h := sha256.New()
	for _, d := range s.Days {
		_, _ = fmt.Fprintf(h, "%s %t %q\n", d.Date, d.Off, d.Name) // a hash takes everything
	}
	_, _ = fmt.Fprintf(h, "%s\n", s.KnownThrough)
	return fmt.Sprintf("%d-%x", s.KnownThrough.Year, h.Sum(nil)[:4])
}

// Year is what is known of one year, as a file of it is written in JSON.
type Year struct {
	Year    int      `json:"year"`
	Source  string   `json:"source"`
	Notices []string `json:"notices"`
	Days    []Day    `json:"days"`
}

// Years returns the set by year, for each year that has a source.
func (s Set) Years() []Year {
	var years []Year
	for _, source := range s.Sources {
		y := Year{source.Year, source.Title, append([]string{}, source.Notices...), []Day{}}
		for _, d := range s.Days {
			if d.Date.Year == y.Year {
				y.Days = append(y.Days, d)
			}
		}
		years = append(years, y)
	}
	return years
}

// Apply returns spec with the set added: days off become holidays, make-up
// days get the hours makeUp, names are filled in, and KnownThrough becomes
// the set's unless spec has an earlier one. What spec says of a date itself
// stays: a company's own exception wins. spec is not changed.
func (s Set) Apply(spec calendar.Spec, makeUp []calendar.Interval) calendar.Spec {
	spec.Holidays = slices.Clone(spec.Holidays)
	extra := make(map[calendar.Date][]calendar.Interval)
	names := make(map[calendar.Date]string)
	closed := make(map[calendar.Date]bool)
	for _, d := range spec.Holidays {
		closed[d] = true
	}
	for _, d := range s.Days {
		names[d.Date] = d.Name
		switch {
		case d.Off:
			spec.Holidays = append(spec.Holidays, d.Date)
		case !closed[d.Date]:
			extra[d.Date] = makeUp
		}
	}
	maps.Copy(extra, spec.ExtraDays)
	maps.Copy(names, spec.Names)
	spec.ExtraDays, spec.Names = extra, names
	if spec.KnownThrough.IsZero() || s.KnownThrough.Compare(spec.KnownThrough) < 0 {
		spec.KnownThrough = s.KnownThrough
	}
	return spec
}
