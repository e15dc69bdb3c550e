package ical_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/calendar/holidays"
	"redress.dev/pkg/calendar/ical"
)

// in returns a calendar file of events, each given as its lines.
func in(events ...string) string {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\nVERSION:2.0\nX-WR-CALNAME:Closed days\n")
	for _, e := range events {
		b.WriteString("BEGIN:VEVENT\n" + e + "\nEND:VEVENT\n")
	}
	return b.String() + "END:VCALENDAR\n"
}

// listed writes each day as "2026-01-01 name", make-up days with a plus.
func listed(set holidays.Set) []string {
	var days []string
	for _, d := range set.Days {
		sign := " "
		if !d.Off {
			sign = " +"
		}
		days = append(days, d.Date.String()+sign+d.Name)
	}
	return days
}

var from2026to2027 = ical.Options{FirstYear: 2026, LastYear: 2027, Marks: ical.China()}

func TestWhatCounts(t *testing.T) {
	t.Parallel()
	with := func(change func(*ical.Options)) ical.Options {
		o := from2026to2027
		change(&o)
		return o
	}
	tests := []struct {
		name string
		file string
		o    ical.Options
		want []string
	}{
		{"a day", in("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260102\nSUMMARY:元旦"), from2026to2027, []string{"2026-01-01 元旦"}},
		{"the end is exclusive", in("DTSTART;VALUE=DATE:20260215\nDTEND;VALUE=DATE:20260217\nSUMMARY:x"), from2026to2027, []string{"2026-02-15 x", "2026-02-16 x"}},
		{"no end is one day", in("DTSTART;VALUE=DATE:20260101"), from2026to2027, []string{"2026-01-01 "}},
		{"an end at the start is one day", in("DTSTART;VALUE=DATE:20260101\nDTEND;VALUE=DATE:20260101"), from2026to2027, []string{"2026-01-01 "}},
		{"a duration", in("DTSTART;VALUE=DATE:20260101\nDURATION:P2D"), from2026to2027, []string{"2026-01-01 ", "2026-01-02 "}},
		{"a week", in("DTSTART;VALUE=DATE:20261229\nDURATION:P1W"), with(func(o *ical.Options) { o.LastYear = 2026 }), []string{"2026-12-29 ", "2026-12-30 ", "2026-12-31 "}},
		{"clipped to the years", in("DTSTART;VALUE=DATE:20251230\nDTEND;VALUE=DATE:20260103"), from2026to2027, []string{"2026-01-01 ", "2026-01-02 "}},
		{"yearly", in("DTSTART;VALUE=DATE:19900501\nRRULE:FREQ=YEARLY\nSUMMARY:May Day"), from2026to2027, []string{"2026-05-01 May Day", "2027-05-01 May Day"}},
		{"yearly over New Year", in("DTSTART;VALUE=DATE:20191231\nDTEND;VALUE=DATE:20200102\nRRULE:FREQ=YEARLY"), from2026to2027,
			[]string{"2026-01-01 ", "2026-12-31 ", "2027-01-01 ", "2027-12-31 "}},
		{"counted from its own beginning", in("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;COUNT=7"), from2026to2027, []string{"2026-05-01 "}},
		{"until, inclusive", in("DTSTART;VALUE=DATE:20200501\nRRULE:FREQ=YEARLY;UNTIL=20260501"), from2026to2027, []string{"2026-05-01 "}},
		{"the last Monday of May", in("DTSTART;VALUE=DATE:20000529\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=-1MO"), from2026to2027, []string{"2026-05-25 ", "2027-05-31 "}},
		{"leap days only in leap years", in("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY\nRDATE;VALUE=DATE:20270301"), from2026to2027, []string{"2027-03-01 "}},
		{"RDATE and EXDATE", in("DTSTART;VALUE=DATE:20260101\nRDATE;VALUE=DATE:20260105,20260106\nRDATE;VALUE=DATE:20260107\nEXDATE;VALUE=DATE:20260101,20260106"), from2026to2027,
			[]string{"2026-01-05 ", "2026-01-07 "}},
		{"a moved repetition", in("UID:a\nDTSTART;VALUE=DATE:20250701\nRRULE:FREQ=YEARLY", "UID:a\nRECURRENCE-ID;VALUE=DATE:20260701\nDTSTART;VALUE=DATE:20260703"), from2026to2027,
			[]string{"2026-07-03 ", "2027-07-01 "}},
		{"cancelled", in("DTSTART;VALUE=DATE:20260101\nSTATUS:CANCELLED", "DTSTART;VALUE=DATE:20260102\nSTATUS:CONFIRMED"), from2026to2027, []string{"2026-01-02 "}},
		{"make-up days, each way", in("DTSTART;VALUE=DATE:20260214\nSUMMARY:春节 补班", "DTSTART;VALUE=DATE:20261010\nSUMMARY:国庆节（班）",
			"DTSTART;VALUE=DATE:20260509\nSUMMARY:劳动节\nCATEGORIES:公众,补班", "DTSTART;VALUE=DATE:20260228\nSUMMARY:补班"), from2026to2027,
			[]string{"2026-02-14 +春节", "2026-02-28 +补班", "2026-05-09 +劳动节", "2026-10-10 +国庆节"}},
		{"where days off are marked, observances are none", in("DTSTART;VALUE=DATE:20260214\nSUMMARY:情人节", "DTSTART;VALUE=DATE:20260214\nSUMMARY:春节（班）", "DTSTART;VALUE=DATE:20260216\nSUMMARY:除夕（休）"),
			from2026to2027, []string{"2026-02-14 +春节", "2026-02-16 除夕"}},
		{"as Apple writes them", in("DTSTART;VALUE=DATE:20260204\nSUMMARY;LANGUAGE=zh_CN:立春",
			"DTSTART;VALUE=DATE:20260920\nSUMMARY;LANGUAGE=zh_CN:国庆节（班）\nX-APPLE-SPECIAL-DAY:ALTERNATE-WORKDAY",
			"DTSTART;VALUE=DATE:20260925\nDTEND;VALUE=DATE:20260928\nSUMMARY;LANGUAGE=zh_CN:中秋节（休）\nX-APPLE-SPECIAL-DAY:WORK-HOLIDAY"),
			from2026to2027, []string{"2026-09-20 +国庆节", "2026-09-25 中秋节", "2026-09-26 中秋节", "2026-09-27 中秋节"}},
		{"in whole words", in("DTSTART;VALUE=DATE:20261010\nSUMMARY:国庆节（调休上班）", "DTSTART;VALUE=DATE:20260228\nSUMMARY:班｜春节", "DTSTART;VALUE=DATE:20260216\nSUMMARY:春节 假期 第2天/共9天\nCATEGORIES:休｜"), from2026to2027,
			[]string{"2026-02-16 春节 假期 第2天/共9天", "2026-02-28 +春节", "2026-10-10 +国庆节"}},
		{"own marks", in("DTSTART;VALUE=DATE:20260216\nSUMMARY:closed\nCATEGORIES:Works Holiday", "DTSTART;VALUE=DATE:20260217\nSUMMARY:party", "DTSTART;VALUE=DATE:20260221\nSUMMARY:Saturday shift"),
			with(func(o *ical.Options) { o.Marks = ical.Marks{Off: []string{"Works Holiday"}, MakeUp: []string{"shift"}} }), []string{"2026-02-16 closed", "2026-02-21 +Saturday"}},
		{"two names: the first", in("DTSTART;VALUE=DATE:20261001\nSUMMARY:国庆节", "DTSTART;VALUE=DATE:20261001\nSUMMARY:中秋节"), from2026to2027, []string{"2026-10-01 国庆节"}},
		{"midnight to midnight of one zone", in("DTSTART;TZID=China Standard Time:20260101T000000\nDTEND;TZID=China Standard Time:20260103T000000"), from2026to2027,
			[]string{"2026-01-01 ", "2026-01-02 "}},
		{"meetings left out when asked", in("DTSTART:20260302T093000\nDTEND:20260302T103000\nSUMMARY:meeting", "DTSTART:20260303T093000Z", "DTSTART:20260303T000000\nDTEND:20260303T000000", "DTSTART;VALUE=DATE:20260101"),
			with(func(o *ical.Options) { o.SkipTimed = true }), []string{"2026-01-01 "}},
		{"the alarm's words are not the event's", in("DTSTART;VALUE=DATE:20260101\nBEGIN:VALARM\nSUMMARY:wake up\nDURATION:PT5M\nEND:VALARM\nSUMMARY:off"), from2026to2027, []string{"2026-01-01 off"}},
		{"other components", "BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nTZID:x\nBEGIN:STANDARD\nDTSTART:16010101T000000\nRRULE:FREQ=SECONDLY\nEND:STANDARD\nEND:VTIMEZONE\n" +
			"BEGIN:VTODO\nDTSTART;VALUE=DATE:20260105\nEND:VTODO\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nEND:VEVENT\nEND:VCALENDAR", from2026to2027, []string{"2026-01-01 "}},
		{"folded in the middle of a character, with a BOM, CR LF and small letters", "\ufeff" + strings.ReplaceAll(in("dtstart;value=date:2026\n 0101\nsummary:元\xe6\x97\n \xa6\\, and\n\t more"), "\n", "\r\n"), from2026to2027, []string{"2026-01-01 元旦, and more"}},
		{"folded, with a BOM, CR LF and small letters", "\ufeff" + strings.ReplaceAll(in("dtstart;value=date:2026\n 0101\nsummary:元旦\\, and\n\t more"), "\n", "\r\n"), from2026to2027, []string{"2026-01-01 元旦, and more"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			set, err := ical.Read(strings.NewReader(tt.file), tt.o)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, listed(set)); diff != "" {
				t.Errorf("days (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKnownThroughIsWhereDatedEventsEnd(t *testing.T) {
	t.Parallel()
	newYear := "DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY"
	for name, tt := range map[string]struct {
		file string
		own  int
		want string
	}{
		"repeated alone":       {in(newYear), 0, "2027-12-31"},
		"and a dated one":      {in(newYear, "DTSTART;VALUE=DATE:20260504"), 0, "2026-12-31"},
		"a rule that ends":     {in(newYear, "DTSTART;VALUE=DATE:20250504\nRRULE:FREQ=YEARLY;COUNT=2"), 0, "2026-12-31"},
		"a rule that will end": {in(newYear, "DTSTART;VALUE=DATE:20260504\nRRULE:FREQ=YEARLY;UNTIL=20991231", "DTSTART;VALUE=DATE:20260401\nRRULE:FREQ=YEARLY;COUNT=9"), 0, "2027-12-31"},
		"and one before":       {in(newYear, "DTSTART;VALUE=DATE:20200504\nRRULE:FREQ=YEARLY;UNTIL=20991231", "DTSTART;VALUE=DATE:20200401\nRRULE:FREQ=YEARLY;COUNT=20", "DTSTART;VALUE=DATE:20260301"), 0, "2026-12-31"},
		"the caller's word":    {in(newYear, "DTSTART;VALUE=DATE:20260504"), 2027, "2027-12-31"},
		"a rule's first date":  {in("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=YEARLY"), 0, "2027-12-31"},
	} {
		o := from2026to2027
		o.KnownThrough = tt.own
		set, err := ical.Read(strings.NewReader(tt.file), o)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got := set.KnownThrough.String(); got != tt.want {
			t.Errorf("%s: known through %s, want %s", name, got, tt.want)
		}
		if diff := cmp.Diff(holidays.Source{Year: 2026, Title: "Closed days"}, set.Sources[0]); diff != "" {
			t.Errorf("%s: first source (-want +got):\n%s", name, diff)
		}
	}
}

// All that is known of China's holidays, written as a feed and read back.
func TestChinaSurvivesTheRoundTrip(t *testing.T) {
	t.Parallel()
	want, err := holidays.China()
	if err != nil {
		t.Fatal(err)
	}
	for name, marks := range map[string]ical.Marks{
		"both marked":        ical.China(),
		"make-up days alone": {MakeUp: []string{"班"}},
	} {
		var file bytes.Buffer
		if err := ical.Write(&file, want, marks, time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(file.String()) {
			if len(line) > 75+len("\r\n") || !strings.HasSuffix(line, "\r\n") {
				t.Errorf("line of %d bytes, or without CR LF: %q", len(line), line)
			}
		}
		got, err := ical.Read(&file, ical.Options{FirstYear: 2015, LastYear: 2030, Marks: marks, Source: "feed"})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if diff := cmp.Diff(want.Days, got.Days); diff != "" {
			t.Errorf("%s: days (-want +got):\n%s", name, diff)
		}
		if got.KnownThrough != want.KnownThrough || len(got.Sources) != len(want.Sources) || got.Sources[0].Title != "feed" {
			t.Errorf("%s: known through %v, sources %v", name, got.KnownThrough, got.Sources)
		}
	}
	if err := ical.Write(&bytes.Buffer{}, want, ical.Marks{}, time.Time{}); err == nil {
		t.Error("make-up days were written without a mark")
	}
}
