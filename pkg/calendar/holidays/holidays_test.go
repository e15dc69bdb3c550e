package holidays

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/calendar"
)

// The counts are those of cn/README.md.
func TestChinaIsComplete(t *testing.T) {
	t.Parallel()
	set, err := China()
	if err != nil {
		t.Fatal(err)
	}
	type count struct{ Off, MakeUp int }
	all, byYear := count{}, make(map[int]count)
	for _, d := range set.Days {
		c := byYear[d.Date.Year]
		if d.Off {
			all.Off++
			c.Off++
		} else {
			all.MakeUp++
			c.MakeUp++
			// The 2020 notice names the ordinary Monday after the extension.
			firstBack := calendar.Date{Year: 2020, Month: time.February, Day: 3}
			if wd := d.Date.Weekday(); wd != time.Saturday && wd != time.Sunday && d.Date != firstBack {
				t.Errorf("make-up day %v is a %v, want a weekend", d.Date, wd)
			}
		}
		byYear[d.Date.Year] = c
		if d.Name == "" {
			t.Errorf("%v has no name", d.Date)
		}
	}
	if want := (count{329, 76}); all != want {
		t.Errorf("all years: %+v, want %+v", all, want)
	}
	if want := (count{28, 5}); byYear[2025] != want {
		t.Errorf("2025: %+v, want %+v", byYear[2025], want)
	}
	if want := (count{33, 6}); byYear[2026] != want {
		t.Errorf("2026: %+v, want %+v", byYear[2026], want)
	}
	if len(set.Sources) != 12 || set.Sources[0].Year != 2015 || set.KnownThrough.String() != "2026-12-31" {
		t.Errorf("%d sources from %d, known through %v", len(set.Sources), set.Sources[0].Year, set.KnownThrough)
	}
	for _, s := range set.Sources {
		if s.Title == "" || len(s.Notices) == 0 {
			t.Errorf("%d has no source", s.Year)
		}
	}
}

// A set taken apart into files is the set that reading them gives.
func TestYearsAreTheFiles(t *testing.T) {
	t.Parallel()
	want, err := China()
	if err != nil {
		t.Fatal(err)
	}
	files := make(fstest.MapFS)
	for _, y := range want.Years() {
		text, err := json.Marshal(y)
		if err != nil {
			t.Fatal(err)
		}
		files[fmt.Sprintf("cn/%d.json", y.Year)] = &fstest.MapFile{Data: text}
	}
	got, err := load(files, "cn")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("written and read (-want +got):\n%s", diff)
	}
}

func TestApplyLetsTheCompanysOwnDaysWin(t *testing.T) {
	t.Parallel()
	day := func(d int) calendar.Date { return calendar.Date{Year: 2026, Month: time.May, Day: d} }
	hours := []calendar.Interval{{From: calendar.At(9, 0), To: calendar.At(17, 0)}}
	short := []calendar.Interval{{From: calendar.At(9, 0), To: calendar.At(12, 0)}}
	set := Set{
		Days:         []Day{{day(1), "劳动节", true}, {day(9), "劳动节", false}, {day(10), "劳动节", false}, {day(16), "劳动节", false}},
		KnownThrough: calendar.Date{Year: 2026, Month: time.December, Day: 31},
	}
	spec := calendar.Spec{
		Holidays:  []calendar.Date{day(10)},
		ExtraDays: map[calendar.Date][]calendar.Interval{day(9): short},
		Names:     map[calendar.Date]string{day(10): "stocktaking"},
	}
	want := calendar.Spec{
		Holidays:     []calendar.Date{day(10), day(1)},
		ExtraDays:    map[calendar.Date][]calendar.Interval{day(9): short, day(16): hours},
		Names:        map[calendar.Date]string{day(1): "劳动节", day(9): "劳动节", day(10): "stocktaking", day(16): "劳动节"},
		KnownThrough: set.KnownThrough,
	}
	if diff := cmp.Diff(want, set.Apply(spec, hours)); diff != "" {
		t.Errorf("Apply (-want +got):\n%s", diff)
	}
	if len(spec.Holidays) != 1 || len(spec.ExtraDays) != 1 || len(spec.Names) != 1 {
		t.Errorf("Apply changed its argument: %+v", spec)
	}
	spec.KnownThrough = day(31)
	if got := set.Apply(spec, hours).KnownThrough; got != day(31) {
		t.Errorf("KnownThrough = %v, want the earlier %v", got, day(31))
	}
}

func TestLoadRefusesDamagedData(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, wantInError string
		files             map[string]string
	}{
		{"a missing year", "year 2026 follows 2024", map[string]string{"2024.json": `{"year":2024}`, "2026.json": `{"year":2026}`}},
		{"another year's day", "2025-01-01 is out of place", map[string]string{"2024.json": `{"year":2024,"days":[{"date":"2025-01-01"}]}`}},
		{"a day twice", "2024-01-01 is out of place", map[string]string{"2024.json": `{"year":2024,"days":[{"date":"2024-01-01"},{"date":"2024-01-01"}]}`}},
		{"no date", "want YYYY-MM-DD", map[string]string{"2024.json": `{"year":2024,"days":[{"date":"soon"}]}`}},
	} {
		files := make(fstest.MapFS)
		for name, text := range tt.files {
			files["cn/"+name] = &fstest.MapFile{Data: []byte(text)}
		}
		if _, err := load(files, "cn"); err == nil || !strings.Contains(err.Error(), tt.wantInError) {
			t.Errorf("%s: %v, want an error with %q", tt.name, err, tt.wantInError)
		}
	}
}
