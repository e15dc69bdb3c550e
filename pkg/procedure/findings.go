package procedure

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Level says what a finding does to a procedure.
type Level int

// The levels.
const (
	// LevelError: a complaint could be stranded, or something that is written can never be so. The procedure is refused.
	LevelError Level = iota
	// LevelWarning: it runs, and its author should look at the place.
	LevelWarning
)

// String returns "error" or "warning".
func (l Level) String() string {
	if l == LevelWarning {
		return "warning"
	}
	return "error"
}

// Finding is one thing that is wrong, or doubtful, with a procedure.
type Finding struct {
	Code  FindingCode
	Level Level
	// File of the pack that it is in; empty for procedure.yaml.
	File string
	// Path leads to it by keys, for example "flows[direct].steps[handle].task.next[0].when".
	Path string
	// Line and Column in the file, from 1; 0 when the procedure was not read from one.
	Line, Column int
	// Detail says what is wrong and what would be right.
	Detail string
	// Trace is a way through the flow that shows it, step by step, for example "handle -over_standard->"; nil where it is about none.
	Trace []string
}

// String returns the finding on one line.
func (f Finding) String() string {
	text := f.Detail
	if f.Path != "" {
		text = f.Path + ": " + text
	}
	if f.Line != 0 {
		text = fmt.Sprintf("line %d: %s", f.Line, text)
	}
	if len(f.Trace) > 0 {
		text += " (" + strings.Join(f.Trace, " ") + ")"
	}
	return text
}

// InvalidError says that a procedure is not sound, with the errors that were found.
type InvalidError struct{ Findings []Finding }

// Error lists the findings, one a line.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.String()
	}
	return "the procedure is not sound:\n\t" + strings.Join(lines, "\n\t")
}

// AtLevel returns the findings of one level, in their order.
func AtLevel(findings []Finding, level Level) []Finding {
	var out []Finding
	for _, f := range findings {
		if f.Level == level {
			out = append(out, f)
		}
	}
	return out
}

// inOrder sorts findings as an author reads them: errors first, then by file and place.
func inOrder(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}
