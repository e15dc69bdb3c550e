package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// shop is the small pack that the runner of cases is tried on.
const shop = "../cases/testdata/shop"

// spoil copies the pack with something in its cases changed.
func spoil(t *testing.T, old, changed string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(shop)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "cases.yaml")
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(data, []byte(old)) {
		t.Fatalf("%s has no %q", file, old)
	}
	if err := os.WriteFile(file, bytes.Replace(data, []byte(old), []byte(changed), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestProcedureTest(t *testing.T) {
	t.Parallel()
	late := spoil(t, "late: 2h30m", "late: 2h")
	for _, test := range []struct {
		name         string
		args         []string
		code         int
		stdout, errs []string
	}{
		{"passes", []string{shop, "--run", "shop/1/(late|agreed)$"}, 0, []string{"shop/1", "late", "agreed", "All 2 cases passed."}, []string{"2 cases are prepared"}},
		{"fails", []string{late, "--run", "late"}, 1,
			[]string{"FAILED", "cases.yaml:", "clock reply, late, at 2026-03-03 11:30", "expected  2h\n", "found     2h30m", "ClockBreached  reply"},
			[]string{"1 of 1 cases failed"}},
		{"refuses bad files", []string{spoil(t, "reply: {late", "replay: {late"), spoil(t, "tell: [clerk]", "tel: [clerk]")}, 2, nil,
			[]string{`no clock "replay"; did you mean reply?`, `"tel"; did you mean tell?`}},
		{"finds no case", []string{shop, "--run", "nothing"}, 2, nil, []string{"there is no case to run"}},
		{"does not understand", []string{shop, "--run", "("}, 2, nil, []string{"--run"}},
		{"finds no pack", []string{t.TempDir()}, 2, nil, []string{"no pack"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code := Main(t.Context(), append([]string{"procedure", "test"}, test.args...), &stdout, &stderr)
			if code != test.code {
				t.Errorf("exit %d, want %d: %s", code, test.code, &stderr)
			}
			wantAll(t, stdout.String(), test.stdout)
			wantAll(t, stderr.String(), test.errs)
		})
	}
}

func wantAll(t *testing.T, text string, parts []string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in:\n%s", part, text)
		}
	}
}

// A run that ends at its first failure says in JSON what failed and what was broken off.
func TestProcedureTestInJSON(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	args := []string{"procedure", "test", spoil(t, "hurry: false", "hurry: true"), shop, "--run", "late|two", "--no-keep-going", "-o", "json"}
	if code := Main(t.Context(), args, &stdout, &stderr); code != 1 {
		t.Fatalf("exit %d: %s", code, &stderr)
	}
	var answer struct {
		Failed  int
		Results []struct {
			Pack, Case string
			Unfinished bool
			Failures   []struct {
				Line              int
				What, Want, Found string
			}
			Timelines []struct{ Entries []string }
		}
	}
	if err := json.Unmarshal(stdout.Bytes(), &answer); err != nil {
		t.Fatalf("%v in:\n%s", err, &stdout)
	}
	if answer.Failed != 1 || len(answer.Results) != 4 {
		t.Fatalf("answer %+v", answer)
	}
	if r := answer.Results[0]; r.Case != "late" || len(r.Failures) != 1 || r.Failures[0].What != "values.hurry" || len(r.Timelines) != 1 || r.Unfinished {
		t.Errorf("the spoiled case: %+v", r)
	}
	if r := answer.Results[2]; r.Case != "late" || len(r.Failures) != 0 || !r.Unfinished {
		t.Errorf("a case that was broken off: %+v", r)
	}
	stdout.Reset()
	if code := Main(t.Context(), []string{"procedure", "test", spoil(t, "tell: [clerk]", "tel: [clerk]"), "-o", "json"}, &stdout, &stderr); code != 2 || !strings.Contains(stdout.String(), `"column"`) {
		t.Errorf("bad files: exit %d, %s", code, &stdout)
	}
}

func TestProcedureCoverage(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		args   []string
		code   int
		stdout []string
	}{
		{"all accounted for", []string{shop}, 0, []string{"X1-01", "whole-life", "not shown: a principle", "shown by cases"}},
		{"not all", []string{spoil(t, "[X1-01, X1-02]", "[X1-02, X1-09]")}, 1, []string{"case whole-life shows X1-09, which is no requirement", "no case shows X1-01"}},
		{"in JSON", []string{shop, "-o", "json"}, 0, []string{`"shown_by"`, `"wrong": 0`}},
		{"no requirements", []string{t.TempDir()}, 2, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			if code := Main(t.Context(), append([]string{"procedure", "coverage"}, test.args...), &stdout, &stderr); code != test.code {
				t.Errorf("exit %d, want %d: %s", code, test.code, &stderr)
			}
			wantAll(t, stdout.String(), test.stdout)
		})
	}
}
