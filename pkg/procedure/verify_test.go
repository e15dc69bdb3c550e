package procedure_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"redress.dev/pkg/procedure"
)

// source reads a file of a shipped pack.
func source(t testing.TB, pack, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(packs, pack, file))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// edited returns a text with one place replaced. The place must be there once.
func edited(t testing.TB, text, old, replacement string) string {
	t.Helper()
	if n := strings.Count(text, old); n != 1 {
		t.Fatalf("the pack has %q %d times, want once", old, n)
	}
	return strings.Replace(text, old, replacement, 1)
}

// lineOf returns the line, from 1, in which a text stands first.
func lineOf(t testing.TB, text, part string) int {
	t.Helper()
	before, _, ok := strings.Cut(text, part)
	if !ok {
		t.Fatalf("the pack has no %q", part)
	}
	return 1 + strings.Count(before, "\n")
}

// what lists findings for a message.
func what(findings []procedure.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		b.WriteString("\n\t" + f.Level.String() + " " + string(f.Code) + " " + f.String())
	}
	return b.String()
}

// No pack that is shipped could strand a complaint.
func TestShippedPacksAreSound(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(packs, "*", "*", "procedure.yaml"))
	if err != nil || len(files) < 4 {
		t.Fatalf("found the packs %v, %v", files, err)
	}
	for _, file := range files {
		pack := filepath.Base(filepath.Dir(filepath.Dir(file))) + "/" + filepath.Base(filepath.Dir(file))
		t.Run(pack, func(t *testing.T) {
			t.Parallel()
			p, findings := procedure.VerifyFiles([]byte(source(t, pack, "procedure.yaml")), []byte(source(t, pack, "directory.yaml")))
			if bad := procedure.AtLevel(findings, procedure.LevelError); len(bad) > 0 || p == nil {
				t.Errorf("it is refused:%s", what(bad))
			}
			for _, f := range findings {
				if f.Line == 0 || f.Column == 0 || f.Code == "" || f.Path == "" {
					t.Errorf("a finding without a place or a code: %+v", f)
				}
				if f.Code == procedure.FlowTooWide || f.Code == procedure.PostUnbounded {
					t.Errorf("it was not followed to the end: %v", f)
				}
			}
		})
	}
}

// The same pack has the same findings, in the same order and words.
func TestFindingsAreTheSameEveryTime(t *testing.T) {
	t.Parallel()
	pack := edited(t, source(t, "manufacturing/2026-01", "procedure.yaml"), "{when: values.department == '', step: assign}", "{step: assign}")
	_, first := procedure.VerifyFiles([]byte(pack), nil)
	if len(first) == 0 {
		t.Fatal("nothing found")
	}
	for range 10 {
		if _, again := procedure.VerifyFiles([]byte(pack), nil); what(again) != what(first) {
			t.Fatalf("found%s\nthen%s", what(first), what(again))
		}
	}
}

// A finding about a way through the flow shows it.
func TestTheTraceShowsTheWay(t *testing.T) {
	t.Parallel()
	pack := edited(t, source(t, "home-furnishing/2015", "procedure.yaml"), "{code: settled, name: {zh: 已协商, en: Settled}, next: [answer_customer]}",
		"{code: settled, name: {zh: 已协商, en: Settled}}")
	_, findings := procedure.VerifyFiles([]byte(pack), nil)
	i := slices.IndexFunc(findings, func(f procedure.Finding) bool { return f.Code == procedure.ComplaintStranded })
	if i < 0 {
		t.Fatalf("not found:%s", what(findings))
	}
	if got, want := strings.Join(findings[i].Trace, " "), "answer_now -transfer-> handle -settled-> end"; got != want {
		t.Errorf("the way is %q, want %q", got, want)
	}
}

// What verify refuses of a message is what it refuses of a file, but for the places.
func TestVerifyNeedsNoFile(t *testing.T) {
	t.Parallel()
	in, err := procedure.Parse([]byte(changed(t, "value: boss", "value: bosses")))
	if err != nil {
		t.Fatal(err)
	}
	p, findings := procedure.Verify(in)
	i := slices.IndexFunc(findings, func(f procedure.Finding) bool { return f.Code == procedure.PostUnknown })
	if p != nil || i < 0 || findings[i].Line != 0 || findings[i].Path != "flows[main].steps[work].task.assignee.expression" {
		t.Errorf("got %v and%s", p, what(findings))
	}
}

// Every post has a person, and every person a post, in the directory beside the pack.
func TestTheDirectoryIsVerified(t *testing.T) {
	t.Parallel()
	pack, directory := source(t, "manufacturing/2026-01", "procedure.yaml"), source(t, "manufacturing/2026-01", "directory.yaml")
	for _, c := range []struct{ name, old, new, path, at, words string }{
		{"a vacant post", "- {post: logistics, person: sun.tao}\n", "", "[logistics]", "", "nobody sits in the post"},
		{"a seat without a post", "{post: logistics,", "{post: purchasing,", "[purchasing]", "- {post: purchasing", "no such post"},
		{"two in one post", "{post: logistics,", "{post: customer_service,", "[customer_service]", "- {post: customer_service, person: sun.tao}", "a person already"},
		{"nobody by name", "person: sun.tao", `person: ""`, "[logistics]", "- {post: logistics", "name the person"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text, line := edited(t, directory, c.old, c.new), 0
			if c.at != "" {
				line = lineOf(t, text, c.at)
			}
			p, findings := procedure.VerifyFiles([]byte(pack), []byte(text))
			if p != nil || !slices.ContainsFunc(findings, func(f procedure.Finding) bool {
				return f.Code == procedure.PostVacant && f.File == "directory.yaml" && f.Path == c.path && f.Line == line && strings.Contains(f.Detail, c.words)
			}) {
				t.Errorf("no %q at %s in line %d:%s", c.words, c.path, line, what(findings))
			}
		})
	}
}
