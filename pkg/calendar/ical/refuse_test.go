package ical_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"redress.dev/pkg/calendar/ical"
)

func TestErrorsNameThePlaceAndTheRemedy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, file string
		says       []string
	}{
		{"empty", "\r\n", []string{"empty", "fetch it again"}},
		{"a web page", "<!DOCTYPE html>\n<html>", []string{"line 1", "BEGIN:VCALENDAR", "page"}},
		{"cut off", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\n", []string{"END:VEVENT is missing", "fetch it again"}},
		{"crossed ends", "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VCALENDAR", []string{"line 3", "END:VCALENDAR closes BEGIN:VEVENT"}},
		{"something after the end", in("DTSTART;VALUE=DATE:20260101") + "DTSTART:1\n", []string{"line 8", "want BEGIN:VCALENDAR"}},
		{"no colon", in("SUMMARY"), []string{"line 5", `"SUMMARY" has no colon`}},
		{"a parameter cut off", in("DTSTART;VALUE=DATE"), []string{"line 5", "DTSTART"}},
		{"no event", in(), []string{"no day off", "2026 to 2027", "0 events"}},
		{"other years", in("DTSTART;VALUE=DATE:20200101"), []string{"no day off", "give other years"}},
		{"other characters", in("SUMMARY:\xb9\xfa\xc7\xec\xbd\xda"), []string{"line 5", "UTF-8"}},
		{"no start", in("SUMMARY:Qingming"), []string{`event at line 4 "Qingming"`, "no DTSTART", "DTSTART;VALUE=DATE:20260101"}},
		{"no date", in("UID:x@y\nDTSTART;VALUE=DATE:20260230"), []string{"UID x@y", "line 6", `"20260230" is no date`}},
		{"a meeting", in("DTSTART:20260302T093000\nSUMMARY:meeting"), []string{`"meeting"`, "time of day", "DTSTART;VALUE=DATE:20260302"}},
		{"midnight elsewhere", in("DTSTART:20260302T000000Z\nDTEND:20260303T000000Z"), []string{"time of day"}},
		{"a midnight without end", in("DTSTART:20260302T000000"), []string{"no end", "DTSTART;VALUE=DATE:20260302"}},
		{"a moment at midnight", in("DTSTART:20260302T000000\nDTEND:20260302T000000"), []string{"line 6", "DTEND is DTSTART", "DTSTART;VALUE=DATE:20260302"}},
		{"an end that is none", in("DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:later"), []string{"line 6", `DTEND "later"`}},
		{"an absurd interval", in("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=YEARLY;INTERVAL=1000"), []string{"INTERVAL=1000", "1 to 200"}},
		{"a beginning in the rule", in("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=YEARLY;DTSTART=20260302"), []string{"line of its own"}},
		{"a date with a time", in("DTSTART;VALUE=DATE:20260302T000000"), []string{"time of day"}},
		{"two kinds", in("DTSTART;VALUE=DATE:20260302\nDTEND:20260303T000000"), []string{"line 6", "write both as dates"}},
		{"two zones", in("DTSTART;TZID=a:20260302T000000\nDTEND;TZID=b:20260303T000000"), []string{"line 6", "zone"}},
		{"backwards", in("DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:20260301"), []string{"line 6", "2026-03-01 lies before", "exchange"}},
		{"endless", in("DTSTART;VALUE=DATE:20260302\nDTEND;VALUE=DATE:99991231"), []string{"days long", "check DTEND"}},
		{"a duration in hours", in("DTSTART;VALUE=DATE:20260302\nDURATION:PT24H"), []string{"PT24H", "P1D"}},
		{"a negative duration", in("DTSTART;VALUE=DATE:20260302\nDURATION:-P1D"), []string{"-P1D"}},
		{"off and not off", in("UID:a\nDTSTART;VALUE=DATE:20260214", "UID:b\nDTSTART;VALUE=DATE:20260214\nSUMMARY:补班"), []string{"UID b", "UID a", "2026-02-14", "marks"}},
		{"weekly", in("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=WEEKLY;BYDAY=SU"), []string{"line 6", "FREQ=YEARLY", "calendar's week"}},
		{"every second", in("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=SECONDLY"), []string{"line 6", "FREQ=YEARLY"}},
		{"every second of the year", in("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=YEARLY;BYSECOND=1,2,3;BYHOUR=1"), []string{"BYSECOND", "remove"}},
		{"counted for ever", in("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=YEARLY;COUNT=2000000000"), []string{"COUNT=2000000000", "at most 20000"}},
		{"counted not at all", in("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=YEARLY;COUNT=0"), []string{"begin at 1"}},
		{"no frequency", in("DTSTART;VALUE=DATE:20260302\nRRULE:COUNT=1"), []string{"line 6", "FREQ=YEARLY"}},
		{"a rule of Babylon", in("DTSTART;VALUE=DATE:00010101\nRRULE:FREQ=YEARLY"), []string{"begins in 1", "begin it later"}},
		{"an absurd month", in("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=YEARLY;BYMONTH=13"), []string{"bymonth", "between 1 and 12"}},
		{"Easter", in("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=YEARLY;BYEASTER=0"), []string{"RDATE"}},
		{"two rules", in("DTSTART;VALUE=DATE:20260302\nRRULE:FREQ=YEARLY\nRRULE:FREQ=YEARLY"), []string{"line 7", "more than one RRULE"}},
		{"a wrong extra date", in("DTSTART;VALUE=DATE:20260302\nRDATE;VALUE=DATE:20260101,"), []string{"line 6", `RDATE "" is no date`}},
		{"a wrong dropped date", in("DTSTART;VALUE=DATE:20260302\nEXDATE;VALUE=DATE:soon"), []string{"line 6", `EXDATE "soon" is no date`}},
		{"a wrong replaced date", in("UID:a\nDTSTART;VALUE=DATE:20260302\nRECURRENCE-ID:soon"), []string{"line 7", `RECURRENCE-ID "soon"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := ical.Read(strings.NewReader(tt.file), from2026to2027)
			if !errors.Is(err, ical.ErrFile) {
				t.Fatalf("Read: %v, want ErrFile", err)
			}
			for _, want := range tt.says {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("the error does not say %q: %v", want, err)
				}
			}
		})
	}
}

// What a file may cost is bounded: each of these is as much as fits in one, and
// is answered in well under the seconds that a test would notice.
func TestHostileFilesAreAnsweredAtOnce(t *testing.T) {
	t.Parallel()
	fill := func(line string) string { return strings.Repeat(line, (ical.MaxBytes-100)/len(line)) }
	many := func(n int, event string) string { return in(strings.Split(strings.Repeat(event+"|", n), "|")[:n]...) }
	daily := "DTSTART;VALUE=DATE:18300101\nRRULE:FREQ=YEARLY;BYMONTH=" + strings.TrimSuffix(strings.Repeat("2,", 60), ",") + ";BYMONTHDAY=30;COUNT=1"
	for name, tt := range map[string]struct{ file, says string }{
		"too large":              {in("SUMMARY:" + strings.Repeat("x", ical.MaxBytes)), "more than 1048576 bytes"},
		"one long line":          {in("SUMMARY:" + strings.Repeat("x", ical.MaxBytes-1000)), "more than 4096 bytes"},
		"parameters":             {"BEGIN:VCALENDAR\nBEGIN:VEVENT\n" + fill("DTSTART;"+strings.Repeat("A=,", 1300)+":1\n"), "END:VEVENT is missing"},
		"nested":                 {"BEGIN:VCALENDAR\n" + fill("BEGIN:A\n"), "more than 8 deep"},
		"empty lines":            {"BEGIN:VCALENDAR\n" + fill("\n"), "END:VCALENDAR is missing"},
		"folds":                  {"BEGIN:VCALENDAR\n" + fill("\n "), "END:VCALENDAR is missing"},
		"events":                 {many(ical.MaxEvents+1, "A:"), "more than 10000 events"},
		"rules":                  {many(ical.MaxRepeated+1, "DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;COUNT=2"), "200 in all"},
		"rules for February 30":  {many(ical.MaxRepeated, daily), "no day off"},
		"rules for every day":    {many(2, "DTSTART;VALUE=DATE:19000101\nRRULE:FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU\nDURATION:P300D"), "more than 20000 days"},
		"long events":            {many(100, "DTSTART;VALUE=DATE:20260101\nDURATION:P366D"), "more than 20000 days"},
		"a rule of many numbers": {in("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY;BYYEARDAY=" + strings.Repeat("1,", 300) + "1"), "longer than 200 bytes"},
		"one replaced by all":    {many(5000, "UID:a\nDTSTART;VALUE=DATE:20250101\nRECURRENCE-ID;VALUE=DATE:20260101"), "no day off"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := from2026to2027
			o.FirstYear, o.LastYear = 2000, 2199
			if strings.Contains(tt.says, "no day off") {
				o.FirstYear = 2030
			}
			begin := time.Now()
			_, err := ical.Read(strings.NewReader(tt.file), o)
			if err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("Read: %v, want an error with %q", err, tt.says)
			}
			if took := time.Since(begin); took > 20*time.Second {
				t.Errorf("took %v", took)
			}
		})
	}
}

func TestOptionsAreChecked(t *testing.T) {
	t.Parallel()
	for _, o := range []ical.Options{
		{}, {FirstYear: 2027, LastYear: 2026}, {FirstYear: 1969, LastYear: 2026}, {FirstYear: 2026, LastYear: 2200},
		{FirstYear: 1970, LastYear: 2170}, {FirstYear: 2026, LastYear: 2026, KnownThrough: 2027},
	} {
		if _, err := ical.Read(strings.NewReader(in()), o); err == nil || errors.Is(err, ical.ErrFile) {
			t.Errorf("%+v: %v, want an error that does not blame the file", o, err)
		}
	}
	broken := errors.New("broken pipe")
	if _, err := ical.Read(failing{broken}, from2026to2027); !errors.Is(err, broken) || errors.Is(err, ical.ErrFile) {
		t.Errorf("a reader that fails: %v", err)
	}
	if err := fmt.Sprint(from2026to2027.Marks); !strings.Contains(err, "补班") {
		t.Errorf("China's marks: %v", err)
	}
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }
