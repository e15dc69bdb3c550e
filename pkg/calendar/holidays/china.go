package holidays

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"time"

	"redress.dev/pkg/calendar"
)

// One file a year; cn/README.md says where they come from and what they leave
// out. A new year is a new file and nothing else.
//
//go:embed cn/*.json
var chinaFiles embed.FS

// China returns the public holidays and make-up working days of mainland China
// as the State Council announced them, from 2015 through the last announced
// year. The set is read anew on each call and belongs to the caller.
//
// With a six-day week read cn/README.md first: before 2020, and in 2023 and
// 2024, some Saturdays beside a holiday are off by custom but not in the data.
func China() (Set, error) { return load(chinaFiles, "cn") }

// load reads every year under dir. The years must follow one another, so that
// a forgotten file is an error and not a year without holidays.
func load(files fs.FS, dir string) (Set, error) {
	names, err := fs.Glob(files, dir+"/*.json") // sorted, so by year
	if err != nil {
		return Set{}, fmt.Errorf("list holidays: %w", err)
	}
	var set Set
	for _, name := range names {
		y, err := readYear(files, name)
		if err != nil {
			return Set{}, fmt.Errorf("read holidays %s: %w", name, err)
		}
		if n := len(set.Sources); n > 0 && y.Year != set.Sources[n-1].Year+1 {
			return Set{}, fmt.Errorf("read holidays %s: year %d follows %d", name, y.Year, set.Sources[n-1].Year)
		}
		set.Days = append(set.Days, y.Days...)
		set.Sources = append(set.Sources, Source{y.Year, y.Source, y.Notices})
		set.KnownThrough = calendar.Date{Year: y.Year, Month: time.December, Day: 31}
	}
	return set, nil
}

// readYear reads one file and checks that its days are of its year, in order.
func readYear(files fs.FS, name string) (Year, error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return Year{}, err
	}
	var y Year
	if err := json.Unmarshal(text, &y); err != nil {
		return Year{}, err
	}
	previous := calendar.Date{Year: y.Year, Month: time.January, Day: 1}.AddDays(-1)
	for _, d := range y.Days {
		if d.Date.Year != y.Year || d.Date.Compare(previous) <= 0 {
			return Year{}, fmt.Errorf("day %v is out of place", d.Date)
		}
		previous = d.Date
	}
	return y, nil
}
