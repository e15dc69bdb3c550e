package ical_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/calendar/ical"
)

// FuzzRead reads whatever comes: it may refuse, but what it accepts is in
// order, in the years, within the bounds, and survives being written.
func FuzzRead(f *testing.F) {
	f.Add(in("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260104\nSUMMARY:元旦"), false)
	f.Add(in("DTSTART;VALUE=DATE:20260214\nSUMMARY:春节（班）\nCATEGORIES:a,补班"), false)
	f.Add(in("UID:a\nDTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO;COUNT=9\nEXDATE;VALUE=DATE:20260525", "UID:a\nRECURRENCE-ID;VALUE=DATE:20270531\nDTSTART;VALUE=DATE:20270601"), false)
	f.Add(in("DTSTART;TZID=\"a:b\":20260101T000000\nDURATION:P1W\nRDATE;VALUE=DATE:20260301,20260302"), false)
	f.Add(in("DTSTART;VALUE=DATE:20260204\nSUMMARY:立春", "DTSTART;VALUE=DATE:20260925\nSUMMARY;LANGUAGE=zh_CN:中秋节（休）\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY"), false)
	f.Add("\ufeff"+strings.ReplaceAll(in("dtstart:20260302T093000Z\nstatus:cancelled\nSUMMARY:fol\n ded\\, \\n\\;"), "\n", "\r\n"), true)
	f.Add("BEGIN:VCALENDAR\nBEGIN:VEVENT\nBEGIN:VALARM\nEND:VALARM\nDTSTART;=", true)
	f.Fuzz(func(t *testing.T, file string, skip bool) {
		o := ical.Options{FirstYear: 2000, LastYear: 2040, Marks: ical.China(), SkipTimed: skip}
		set, err := ical.Read(strings.NewReader(file), o)
		if err != nil {
			return
		}
		if n := len(set.Days); n == 0 || n > ical.MaxDays {
			t.Fatalf("%d days", n)
		}
		for i, d := range set.Days {
			if d.Date.Year < o.FirstYear || d.Date.Year > o.LastYear || i > 0 && d.Date.Compare(set.Days[i-1].Date) <= 0 {
				t.Fatalf("day %v is out of order or of the years", d.Date)
			}
		}
		// A mark in what remains of a name would be cut out once more.
		marks := ical.Marks{MakeUp: []string{"\x01"}}
		var b bytes.Buffer
		if err := ical.Write(&b, set, marks, time.Time{}); err != nil {
			t.Fatal(err)
		}
		o.Marks, o.SkipTimed = marks, false
		again, err := ical.Read(&b, o)
		if err != nil {
			t.Fatalf("read what was written: %v", err)
		}
		if diff := cmp.Diff(set.Days, again.Days); diff != "" {
			t.Fatalf("written and read back (-want +got):\n%s", diff)
		}
	})
}
