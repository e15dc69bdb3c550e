package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/calendar/holidays"
)

// write writes a file and returns its path.
func write(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

const feed = "BEGIN:VCALENDAR\r\nX-WR-CALNAME:公司日历\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260216\r\nDTEND;VALUE=DATE:20260218\r\n" +
	"SUMMARY:春节\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20260214\r\nSUMMARY:春节 补班\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"

func TestImportShowsWhatAFeedWouldBe(t *testing.T) {
	t.Parallel()
	x := &terminal{t: t} // no service is asked
	file := write(t, "feed.ics", feed)
	x.says([]string{"calendar", "import", file, "--years", "2026"}, "2026-02-14 │ Saturday │ make-up working day │ 春节", "2026-02-17", "2 days off and 1 make-up",
		"known through 2026-12-31", "2026: 公司日历")
	out := x.says([]string{"calendar", "import", file, "--years", "2025-2027", "--source", "works council", "-o", "json"})
	var got holidays.Year
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if got.Year != 2026 || got.Source != "works council" || len(got.Days) != 3 || got.Days[0].Off {
		t.Errorf("as JSON: %+v", got)
	}
	x.says([]string{"calendar", "import", file, "--years", "2026", "--make-up", "调休", "--make-up", "补班"}, "1 make-up")
	x.says([]string{"calendar", "import", file, "--years", "2026", "--off", "春节"}, "2 days off and 1 make-up")
}

// What Redress ships can be taken to another program, and comes back the same.
func TestShippedHolidaysAsICalendarAndBack(t *testing.T) {
	t.Parallel()
	x := &terminal{t: t}
	x.says([]string{"calendar", "show", "cn"}, "2026-01-04 │ Sunday    │ make-up working day │ 元旦", "33 days off and 6 make-up", "国务院办公厅关于2026年部分节假日安排的通知", "https://www.gov.cn/")
	x.says([]string{"calendar", "show", "cn", "--year", "2025"}, "28 days off and 5 make-up")
	file := write(t, "cn.ics", x.says([]string{"calendar", "show", "cn", "--ics"}, "BEGIN:VCALENDAR"))
	back := x.says([]string{"calendar", "import", file, "--years", "2015-2026", "-o", "json"})
	set, err := holidays.China()
	if err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(back))
	for _, want := range set.Years() {
		var got holidays.Year
		if err := dec.Decode(&got); err != nil {
			t.Fatal(err)
		}
		want.Source, want.Notices = "Holidays 2015 to 2026", []string{}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d (-shipped +imported):\n%s", want.Year, diff)
		}
	}
}

func TestCalendarErrorsSayWhatToDo(t *testing.T) {
	t.Parallel()
	x := &terminal{t: t}
	file := write(t, "feed.ics", feed)
	meeting := write(t, "meeting.ics", strings.ReplaceAll(feed, ";VALUE=DATE:20260214", ":20260214T090000"))
	bad := write(t, "bad.json", `{"schema":1} {}`)
	wrong := write(t, "wrong.json", `{"schema":1,"calendars":{"c":{"tz":"UTC","week":{"mon":[["09:00","17:00"]]}}},
		"vectors":[{"id":"v","calendar":"c","op":"is_open","start":"2026-03-02T10:00:00Z","expect":false}]}`)
	for _, tt := range []struct {
		name string
		args []string
		code int
		says []string // on either output
	}{
		{"no years", []string{"import", file}, 2, []string{"--years"}},
		{"years that are none", []string{"import", file, "--years", "soon"}, 1, []string{`"soon"`, "2015-2026"}},
		{"years the wrong way", []string{"import", file, "--years", "2027-2026"}, 1, []string{"before the first"}},
		{"another year", []string{"import", file, "--years", "2030"}, 1, []string{"feed.ics", "no day off", "give other years"}},
		{"known beyond the years", []string{"import", file, "--years", "2026", "--known-through", "2030"}, 1, []string{"known through 2030"}},
		{"a meeting", []string{"import", meeting, "--years", "2026"}, 1, []string{"春节 补班", "time of day", "DTSTART;VALUE=DATE:20260214"}},
		{"a meeting left out", []string{"import", meeting, "--years", "2026", "--skip-timed"}, 0, []string{"2 days off and 0 make-up"}},
		{"no file", []string{"import", "none.ics", "--years", "2026"}, 1, []string{"none.ics", "on this machine"}},
		{"an unknown country", []string{"show", "de"}, 2, []string{`"cn"`}},
		{"an unknown year", []string{"show", "cn", "--year", "2014"}, 1, []string{"2015 to 2026"}},
		{"vectors: each file has its say", []string{"check", bad, "none.json", wrong}, 1,
			[]string{"bad.json: read vectors: line 1: more after the end", "none.json", "wrong.json: v is_open: got true, want false", "wrong.json: 1 vectors, 0 passed, 0 refused, 1 differ", "1 answers differ"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, code := x.run(append([]string{"calendar"}, tt.args...)...)
			if code != tt.code {
				t.Errorf("exit %d, want %d: %s", code, tt.code, errs)
			}
			for _, want := range tt.says {
				if !strings.Contains(out+errs, want) {
					t.Errorf("neither output says %q:\n%s%s", want, out, errs)
				}
			}
		})
	}
}
