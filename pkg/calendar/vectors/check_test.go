package vectors_test

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/calendar/vectors"
)

func TestEveryPublishedVector(t *testing.T) {
	t.Parallel()
	for name, total := range map[string]int{"generated.json": 153, "oppein.json": 32} {
		f, err := os.Open("../testdata/" + name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		report, err := vectors.Check(f)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, d := range report.Differences {
			t.Errorf("%s: %v", name, d)
		}
		want := vectors.Report{Total: total, Passed: total}
		if diff := cmp.Diff(want, report); diff != "" {
			t.Errorf("%s: report (-want +got):\n%s", name, diff)
		}
	}
}

// small wraps vectors into a file with one calendar, "nine-to-five".
func small(vectors string) string {
	return `{"schema":1,"calendars":{"nine-to-five":{"tz":"Asia/Shanghai",
		"week":{"mon":[["09:00","17:00"]],"tue":[["09:00","17:00"]]}}},"vectors":[` + vectors + `]}`
}

func TestCheckTellsDifferencesFromRefusals(t *testing.T) {
	t.Parallel()
	report, err := vectors.Check(strings.NewReader(small(`
		{"id":"right","calendar":"nine-to-five","op":"next_open","start":"2026-03-02T08:00:00+08:00","expect":"2026-03-02T01:00:00Z"},
		{"id":"wrong","calendar":"nine-to-five","op":"is_open","start":"2026-03-02T08:00:00+08:00","expect":true,"why":"typed wrongly"},
		{"id":"other kind","calendar":"nine-to-five","op":"is_open","start":"2026-03-02T08:00:00+08:00","expect":"2026-03-02T09:00:00+08:00"},
		{"id":"no answer","calendar":"nine-to-five","op":"add_working_minutes","start":"2026-03-02T08:00:00+08:00","amount":-1,"expect":1},
		{"id":"part of a minute","calendar":"nine-to-five","op":"working_minutes_between","start":"2026-03-02T09:00:00+08:00","end":"2026-03-02T09:01:30+08:00","expect":1},
		{"id":"new op","calendar":"nine-to-five","op":"add_moons","start":"2026-03-02T08:00:00+08:00","expect":1},
		{"id":"new optional rule","calendar":"nine-to-five","op":"add_counted_days","amount":1,"start_rule":"roll_dice","tags":["optional"],"expect":1}`)))
	if err != nil {
		t.Fatal(err)
	}
	want := vectors.Report{Total: 7, Passed: 1, Refused: 1, Differences: []vectors.Difference{
		{ID: "wrong", Op: "is_open", Want: "true", Got: "false", Why: "typed wrongly"},
		{ID: "other kind", Op: "is_open", Want: `"2026-03-02T09:00:00+08:00"`, Got: "false"},
		{ID: "no answer", Op: "add_working_minutes", Want: "1", Got: "calendar: amount out of range"},
		{ID: "part of a minute", Op: "working_minutes_between", Want: "1", Got: "1.5"},
		{ID: "new op", Op: "add_moons", Want: "1", Got: "unknown op or rule"},
	}}
	if diff := cmp.Diff(want, report); diff != "" {
		t.Errorf("report (-want +got):\n%s", diff)
	}
	if got, want := report.Differences[0].String(), "wrong is_open: got false, want true (typed wrongly)"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
}

// What is wrong with one vector is that vector's outcome.
func TestOddVectorsDoNotHideTheOthers(t *testing.T) {
	t.Parallel()
	const is = `"calendar":"nine-to-five","op":"is_open","start":"2026-03-02T08:00:00+08:00"`
	const add = `"calendar":"nine-to-five","op":"add_working_minutes","start":"2026-03-02T09:00:00+08:00","expect":"2026-03-02T10:00:00+08:00"`
	for vector, want := range map[string]string{
		`{"id":"a",` + is + `,"expect":false}`:                                  "",
		`{"id":"a",` + add + `,"amount":60.0}`:                                  "",
		`{"id":"a",` + add + `,"amount":6e1,"tags":null}`:                       "",
		`{"id":"a",` + add + `}`:                                                "a add_working_minutes: got no amount: give one",
		`{"id":"a",` + add + `,"amount":null}`:                                  "a add_working_minutes: got no amount: give one",
		`{"id":"a",` + add + `,"amount":1e9}`:                                   "outside the years 1970 to 2199",
		`{"id":"a",` + add + `,"amount":1e30}`:                                  "outside the years 1970 to 2199",
		`{"id":"a",` + add + `,"amount":-1e30}`:                                 "amount out of range",
		`{"id":"a",` + add + `,"amount":1e999999999}`:                           "too long",
		`{"id":"a",` + add + `,"amount":0.5}`:                                   "0.5: want a whole number",
		`{"id":"a",` + add + `,"amount":1,"pauses":[["2026-03-02T08:00:00Z"]]}`: "pause 0 has 1 times: want [from, to]",
		`{"id":"a",` + is + `}`:                                                 "a is_open: got no expect: give one",
		`{` + is + `,"expect":true}`:                                            "vector 1 is_open: got false, want true",
		`{"id":"a",` + is + `,"expect":false,"lunch":1}`:                        `a is_open: got json: unknown field "lunch", want false`,
		`{"id":"a","calendar":"nine-to-five","op":"is_open","expect":false}`:    "no start",
		`{"id":"a","calendar":"nine-to-five","op":"is_open","start":"soon"}`:    `"soon"`,
		`{"id":"a","calendar":"nine-to-five","op":"is_counted_day","expect":0}`: "no date",
		`7`: "vector 1",
	} {
		report, err := vectors.Check(strings.NewReader(small(vector + `,{"id":"last",` + is + `,"expect":true}`)))
		if err != nil {
			t.Errorf("%s: %v", vector, err)
			continue
		}
		n := 1
		if want != "" {
			n = 2
		}
		if report.Total != 2 || len(report.Differences) != n || report.Passed != 2-n || want != "" && !strings.Contains(report.Differences[0].String(), want) {
			t.Errorf("%s: %+v, want %d differences, the first with %q", vector, report, n, want)
		}
	}
}

func TestCheckRefusesAnUnusableFile(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, file, wantInError string }{
		{"no JSON", `working time`, "read vectors"},
		{"other schema", `{"schema":2}`, "schema 2, want 1"},
		{"unknown field", `{"schema":1,"lunch":true}`, `unknown field "lunch"`},
		{"unknown weekday", `{"schema":1,"calendars":{"c":{"tz":"UTC","week":{"monday":[]}}}}`, `"monday" is none of`},
		{"unknown counted day", `{"schema":1,"calendars":{"c":{"tz":"UTC","counted":["day"]}}}`, `"day" is none of`},
		{"bad time", `{"schema":1,"calendars":{"c":{"tz":"UTC","week":{"mon":[["9","12:00"]]}}}}`, `time of day "9"`},
		{"bad end", `{"schema":1,"calendars":{"c":{"tz":"UTC","week":{"mon":[["09:00","25:00"]]}}}}`, `time of day "25:00"`},
		{"bad extra day", `{"schema":1,"calendars":{"c":{"tz":"UTC","extra_days":{"2026-01-04":[["",""]]}}}}`, "extra day 2026-01-04"},
		{"never open", `{"schema":1,"calendars":{"c":{"tz":"UTC"}}}`, "no working time"},
		{"no vectors", `{"schema":1,"vectors":[]}`, "no vectors"},
		{"nothing", ``, "line 1: the file ends too early"},
		{"cut off", "{\n\"schema\":1,", "line 2: the file ends too early"},
		{"two files in one", "{\"schema\":1}\n{\"schema\":1}", "line 2: more after the end"},
		{"a day twice", `{"schema":1,"calendars":{"c":{"tz":"UTC","week":{"mon":[["09:00","17:00"]],"mon":[]}}}}`, `"mon" stands twice`},
		{"too deep", strings.Repeat("[", 100000), "nests more than 32 deep"},
		{"too large", strings.Repeat(" ", vectors.MaxBytes+1), "split the file"},
		{"half an interval", `{"schema":1,"calendars":{"c":{"tz":"UTC","week":{"mon":[["09:00"]]}}}}`, "want [from, to]"},
		{"an interval and a half", `{"schema":1,"calendars":{"c":{"tz":"UTC","week":{"mon":[["09:00","12:00","13:00"]]}}}}`, "want [from, to]"},
		{"missing calendar", `{"schema":1,"vectors":[{"id":"v","calendar":"c"}]}`, `no calendar "c"`},
	}
	for _, tt := range tests {
		_, err := vectors.Check(strings.NewReader(tt.file))
		if err == nil || !strings.Contains(err.Error(), tt.wantInError) {
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.wantInError)
		}
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(small(`{"id":"a","calendar":"nine-to-five","op":"next_open","start":"2026-03-02T08:00:00+08:00","expect":1}`))
	f.Add(small(`{"id":"b","calendar":"nine-to-five","op":"add_working_minutes","start":"2026-03-02T08:00:00+08:00","amount":9223372036854775807,"expect":1}`))
	f.Add(small(`{"id":"c","calendar":"nine-to-five","op":"counted_days_between","date":"2026-03-02","end_date":"2026-04-02","expect":10}`))
	f.Add(`{"schema":1,"calendars":{"c":{"tz":"Europe/London","counted":["sat"],"extra_days":{"2026-01-04":[["22:00","06:00"]]}}},
		"vectors":[{"id":"d","calendar":"c","op":"add_counted_days","start":"2026-03-28T01:30:00Z","amount":3,"finish":"next_open",
		"pauses":[["2026-03-28T01:30:00Z","2026-03-29T01:30:00Z"]],"expect":null}]}`)
	f.Fuzz(func(t *testing.T, file string) {
		report, err := vectors.Check(strings.NewReader(file))
		if err != nil {
			return
		}
		if n := report.Passed + report.Refused + len(report.Differences); n != report.Total {
			t.Errorf("%d vectors have an outcome, want all %d", n, report.Total)
		}
	})
}
