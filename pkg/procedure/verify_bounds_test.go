package procedure_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"redress.dev/pkg/procedure"
)

// patience is how long a refusal may take on a machine that has other things to do; alone it takes milliseconds.
const patience = 20 * time.Second

// What is too large, too deep or too costly is refused, soon and by name.
func TestBoundsAreRefusedSoon(t *testing.T) {
	t.Parallel()
	laughs := "a: &a [x, x, x, x, x, x, x, x, x]\n"
	for c := 'b'; c <= 'i'; c++ {
		laughs += fmt.Sprintf("%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n", c, c, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1, c-1)
	}
	steps := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "      - {key: extra%d, check: {next: [{}]}}\n", i)
		}
		return b.String()
	}
	for _, c := range []struct {
		name, source string
		code         procedure.FindingCode
		words        string
	}{
		{"bytes", "code: " + strings.Repeat("x", 1<<20), procedure.FileTooLarge, "at most 1048576"},
		{"levels of lists", "code: " + strings.Repeat("[", 2000) + strings.Repeat("]", 2000), procedure.FileTooLarge, "32 levels"},
		{"half a million brackets", "code: " + strings.Repeat("[", 1<<19), procedure.FileUnreadable, "not YAML"},
		{"nodes", "code: [" + strings.Repeat("1,", 60_000) + "1]\n", procedure.FileTooLarge, "more than 50000"},
		{"aliases of aliases", laughs, procedure.FileUnreadable, "aliases are not allowed"},
		{"an alias to itself", "a: &a [*a]\n", procedure.FileUnreadable, "aliases are not allowed"},
		{"a merge of aliases", "a: &a {x: 1}\nb: {<<: *a}\n", procedure.FileUnreadable, "aliases are not allowed"},
		{"steps", changed(t, "      - key: done\n", steps(200)+"      - key: done\n"), procedure.ContractBroken, "no more than 200 item"},
		{"bytes of an expression", changed(t, "fields.people >= 5", "fields.people >= 5"+strings.Repeat(" || fields.urgent", 200)), procedure.ContractBroken, "at most 2048"},
		{"depth of an expression", changed(t, "fields.people >= 5", strings.Repeat("(", 400)+"true"+strings.Repeat(")", 400)), procedure.ExpressionInvalid, "recursion"},
		{"cost of an expression", changed(t, "fields.people >= 5", "("+strings.Repeat("fields.kind + ", 28)+"'').matches('"+strings.Repeat("x", 900)+"')"), procedure.ExpressionCostly, "it may cost"},
		{"a loop in an expression", changed(t, "fields.people >= 5", "'[1, 2].all(x, [1, 2].all(y, x > y))'"), procedure.ExpressionInvalid, "undeclared reference"},
		{"days of a limit", changed(t, "working_hours: 8", "calendar_days: 2000000000"), procedure.ContractBroken, "3660"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			p, findings := procedure.VerifyFiles([]byte(c.source), nil)
			if took := time.Since(start); took > patience {
				t.Errorf("it took %v", took)
			}
			if p != nil || !slices.ContainsFunc(findings, func(f procedure.Finding) bool { return f.Code == c.code && strings.Contains(f.Detail, c.words) }) {
				t.Errorf("no %s with %q:%s", c.code, c.words, what(findings[:min(len(findings), 5)]))
			}
		})
	}
}

// wide is a sound procedure that is as tedious to follow as the language allows: every step of every flow runs beside every other,
// and a rule depends on more fields than can be tried.
func wide(flows, steps, fields int) string {
	var b strings.Builder
	b.WriteString("code: wide\nedition: \"1\"\nname: {en: Wide}\nnumbering: {prefix: W, zone: Asia/Shanghai}\nfields:\n")
	var cases []string
	for i := range fields {
		fmt.Fprintf(&b, "  - {key: f%d, kind: FIELD_KIND_CODE}\n", i)
		cases = append(cases, fmt.Sprintf("{when: \"fields.f%d == 'a' && fields.f%d != 'b' || fields.f%d == 'c'\", value: clerk}", i, (i+1)%fields, (i+7)%fields))
	}
	fmt.Fprintf(&b, "rules: [{target: handler, cases: [%s, {value: clerk}]}]\nposts: [{key: clerk}]\nflows:\n", strings.Join(cases, ", "))
	for f := range flows {
		fmt.Fprintf(&b, "  - key: flow%d\n    steps:\n      - key: fan\n        check: {next: [", f)
		for s := range steps {
			fmt.Fprintf(&b, "{step: s%d}, ", s)
		}
		b.WriteString("{step: s0}]}\n")
		for s := range steps {
			fmt.Fprintf(&b, "      - {key: s%d, task: {assignee: {expression: values.handler}, next: [{when: \"fields.f%d == 'a'\", step: s%d}, {step: done}]}}\n",
				s, s%fields, (s+1)%steps)
		}
		b.WriteString("      - {key: done, join: true, milestone: done, check: {next: [{}]}}\n")
	}
	b.WriteString("closing: {on: [{milestone: done}]}\n")
	return b.String()
}

// parting is a procedure whose one act can go on in more ways than can be counted: checks side by side, each with two ways out.
func parting(checks int) string {
	var fan, steps, fields strings.Builder
	for i := range checks {
		fmt.Fprintf(&fan, "{step: c%d}, ", i)
		fmt.Fprintf(&fields, "  - {key: f%d, kind: FIELD_KIND_FLAG}\n", i)
		fmt.Fprintf(&steps, "      - {key: c%d, check: {next: [{when: fields.f%d, step: a%d}, {when: \"!fields.f%d\", step: b%d}]}}\n", i, i, i, i, i)
		fmt.Fprintf(&steps, "      - {key: a%d, task: {assignee: {post: clerk}}}\n      - {key: b%d, task: {assignee: {post: clerk}}}\n", i, i)
	}
	return "code: parting\nedition: \"1\"\nname: {en: P}\nnumbering: {prefix: P, zone: Asia/Shanghai}\nposts: [{key: clerk}]\nfields:\n" + fields.String() +
		"flows:\n  - key: f\n    steps:\n      - {key: fan, check: {next: [" + fan.String() + "]}}\n" + steps.String() + "closing: {on: [{work_completed: a0}]}\n"
}

// Verifying comes to an end whatever it is given, and says what it has not looked at.
func TestTheEffortIsBounded(t *testing.T) {
	t.Parallel()
	for name, pack := range map[string]string{"branches side by side": wide(2, 100, 60), "checks that part": parting(60)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			start := time.Now()
			_, findings := procedure.VerifyFiles([]byte(pack), nil)
			if took := time.Since(start); took > 6*patience {
				t.Errorf("it took %v", took)
			}
			if !slices.ContainsFunc(findings, func(f procedure.Finding) bool { return f.Code == procedure.FlowTooWide }) {
				t.Errorf("nobody is told that it was not followed to the end:%s", what(findings[:min(5, len(findings))]))
			}
		})
	}
}

// Whatever a file holds, verifying it answers: no panic, no finding without a code and words, and what is accepted can run.
func FuzzVerify(f *testing.F) {
	f.Add([]byte(base), []byte("- {post: clerk, person: a}\n"))
	f.Add([]byte(wide(1, 3, 2)), []byte("[]"))
	f.Add([]byte("code: a\nflows: [{key: a, steps: [{key: b, check: {next: [{step: b}]}}]}]\n"), []byte("- {post: x}\n- {post: x}\n"))
	f.Add([]byte(source(f, "handbook/2026-01", "procedure.yaml")), []byte(source(f, "handbook/2026-01", "directory.yaml")))
	f.Fuzz(func(t *testing.T, pack, directory []byte) {
		p, findings := procedure.VerifyFiles(pack, directory)
		for _, x := range findings {
			if x.Code == "" || x.Detail == "" {
				t.Errorf("a finding without a code or words: %+v", x)
			}
		}
		if refused := len(procedure.AtLevel(findings, procedure.LevelError)) > 0; refused != (p == nil) {
			t.Errorf("refused is %v and the procedure %v:%s", refused, p, what(findings))
		}
	})
}
