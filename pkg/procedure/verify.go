package procedure

import (
	"fmt"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Verify checks a procedure that is to be published. Beyond what Compile asks it follows every way through every flow, tries every
// value that a condition or an assignee can see, and reports where a complaint could be stranded, a post have no work or work no
// post, a time limit never run or never end.
//
// It returns the compiled form, nil where a finding is an error, and all findings, the errors first. The same procedure always has
// the same findings. The effort is bounded: where a flow or an expression is too large to follow, a warning says so.
func Verify(in *procedurev1.Procedure) (*Procedure, []Finding) {
	p, findings := verify(in)
	inOrder(findings)
	if len(AtLevel(findings, LevelError)) > 0 {
		return nil, findings
	}
	return p, findings
}

// verify returns what was compiled, sound or not.
func verify(in *procedurev1.Procedure) (*Procedure, []Finding) {
	c := compileAll(in)
	if c.broken {
		return c.out, c.findings
	}
	v := &verifier{compiler: c, certain: map[string]map[string]map[string]bool{}, busy: map[string]bool{}, fine: map[string]bool{}}
	v.walkFlows()
	v.codes()
	v.rules()
	v.conditions()
	v.posts()
	v.heads()
	v.clocks()
	v.visits()
	v.actions()
	v.charges()
	v.metrics()
	v.unused()
	if v.spent() {
		v.warned(FlowTooWide, "", "the procedure is too large to follow every way and try every value: part of it was not verified; "+
			"let fewer branches run side by side, or let rules depend on fewer fields")
	}
	return c.out, c.findings
}

// maxEffort is how many values are tried and steps followed for one procedure: a few seconds' worth. What is shipped takes less than a
// hundredth of it.
const maxEffort = 10_000_000

// spent reports whether the effort is used up; what is left is not looked at.
func (v *verifier) spent() bool { return v.effort > maxEffort }

// verifier adds to what the compiler found.
type verifier struct {
	*compiler
	walks   []*walk
	effort  int
	certain map[string]map[string]map[string]bool // what the walk found, by flow
	action  string                                // that is followed; "" for the complaint
	before  []*Flow                               // of an action: the complaint's, whose answers it sees
	subs    []*verifier                           // of the actions
	busy    map[string]bool                       // posts that are given work or told something
	fine    map[string]bool                       // assignees that were tried and give a post whatever the values
}

// warned notes a warning.
func (v *verifier) warned(code FindingCode, path, format string, args ...any) {
	v.found(code, path, format, args...)
	v.last().Level = LevelWarning
}

// last returns the finding that was noted last, to add to it.
func (c *compiler) last() *Finding { return &c.findings[len(c.findings)-1] }

// each calls do for every item, with its path.
func each[T any](path string, list []T, do func(path string, item T)) {
	for i, item := range list {
		do(fmt.Sprintf("%s[%d]", path, i), item)
	}
}
