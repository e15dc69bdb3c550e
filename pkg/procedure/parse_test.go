package procedure_test

import (
	"errors"
	"strings"
	"testing"

	"redress.dev/pkg/procedure"
)

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, source, path string
		at                 string // what stands in the line that is named; "" where none is
		words              string
	}{
		{"nothing", "# only a comment\n", "", "# only", "empty"},
		{"no YAML", "code: [", "", "", "not YAML"},
		{"a line that ends in CR", "code: base\nname: {en: A}\rfoo: 1\n", "", "name", "unusual"},
		{"a line that ends in a separator", "code: base\u2028foo: 1\n", "", "code", "unusual"},
		{"nothing required", "code: base\n", "flows", "code", "at least 1 item"},
		{"two documents", base + "---\ncode: other\n", "", "", "more than one document"},
		{"too large", "code: " + strings.Repeat("x", 1<<20), "", "", "at most 1048576"},
		{"too deep", "code: " + strings.Repeat("[", 40) + strings.Repeat("]", 40), "code" + strings.Repeat("[0]", 32), "code", "32 levels"},
		{"alias", changed(t, "posts: [{key: clerk, head: boss}, {key: boss}]", "posts: [&a {key: clerk}, *a]"), "posts[1]", "&a", "aliases are not allowed"},
		{"key twice", changed(t, `edition: "1"`, "edition: \"1\"\ncode: again"), "code", "code: again", "given already in line 2"},
		{"unknown field", changed(t, "    calendar: office\n    stop: [{work_completed", "    calender: office\n    stop: [{work_completed"), "clocks[work].calender", "calender", "did you mean calendar?"},
		{"contract's rule", changed(t, "code: base", "code: Base"), "code", "code: Base", "small letters"},
		{"enum", changed(t, "RULE_COMBINATION_ANY", "ANY"), "rules[many].combine", "combine: ANY", "RULE_COMBINATION_ANY"},
		{"a word by its end", changed(t, "RULE_COMBINATION_ANY", "any"), "rules[many].combine", "combine: any", "write it whole: RULE_COMBINATION_ANY"},
		{"a text for a mapping", changed(t, "limit: {working_hours: 8}", "limit: 8 hours"), "clocks[work].limit", "limit: 8 hours", "it is a mapping, { … }, with some of hours, working_hours"},
		{"a comma within braces", changed(t, "limit: {working_hours: 8}", "limit: {working_hours: 7,0}"), "clocks[work].limit.0", "7,0", "a text with a comma stands in quotes"},
		{"one for a list", changed(t, "posts: [{key: clerk, head: boss}, {key: boss}]", "posts: {key: clerk}"), "posts", "posts: {", "it is a list"},
		{"not true", changed(t, "kind: FIELD_KIND_PHONE, required: true", "kind: FIELD_KIND_PHONE, required: yes"), "fields[phone].required", "required: yes", "write true"},
		{"no key", changed(t, "{key: clerk, head: boss}", "{head: boss}"), "posts[0].key", "{head: boss}", "it is missing, or no key"},
		{"no kind of limit", changed(t, "limit: {working_hours: 8}", "limit: {}"), "clocks[work].limit.length", "limit: {}", "one of these is missing: hours, working_hours"},
		{"an open brace", changed(t, "limit: {working_hours: 8}", "limit: {working_hours: 8?}, x"), "", "8?}", "put a text in quotes"},
		{"two kinds of limit", changed(t, "{working_hours: 8}", "{working_hours: 8, hours: 8}"), "clocks[work].limit.hours", "hours: 8}", "already"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := procedure.Parse([]byte(c.source))
			wantFinding(t, err, c.path, c.words)
			var invalid *procedure.InvalidError
			if c.at == "" || !errors.As(err, &invalid) {
				return
			}
			before, _, _ := strings.Cut(c.source, c.at)
			if line := 1 + strings.Count(before, "\n"); invalid.Findings[0].Line != line {
				t.Errorf("the finding is in line %d, want %d: %v", invalid.Findings[0].Line, line, err)
			}
		})
	}
}

// Whatever stands in a file, Parse and Compile answer; and what they accept can be asked.
func FuzzParse(f *testing.F) {
	f.Add([]byte(base))
	f.Add([]byte("code: a\nflows: [{key: a, steps: [{key: b, check: {next: [{step: b}]}}]}]\n"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		in, err := procedure.Parse(data)
		if err != nil {
			return
		}
		p, err := procedure.Compile(in)
		if err != nil {
			return
		}
		values, err := p.Classify(procedure.Facts{})
		if err != nil {
			return // for example a division by zero: an error, never a panic
		}
		for _, flow := range p.Flows {
			for _, s := range flow.Steps {
				if s.Kind != procedure.Question && s.Kind != procedure.Approval {
					_, _ = s.After("", procedure.Facts{Values: values})
				}
			}
		}
	})
}
