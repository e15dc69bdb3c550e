package procedure

import (
	"fmt"
	"strings"
)

// Finding is one thing that is wrong with a procedure.
type Finding struct {
	// Path leads to it by keys, for example "flows[direct].steps[handle].task.next[0].when".
	Path string
	// Line of the YAML file, from 1; 0 when it was not read from one.
	Line int
	// Detail says what is wrong and what would be right.
	Detail string
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
	return text
}

// InvalidError says that a procedure is not sound, with everything that was found.
type InvalidError struct{ Findings []Finding }

// Error lists the findings, one a line.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.String()
	}
	return "the procedure is not sound:\n\t" + strings.Join(lines, "\n\t")
}
