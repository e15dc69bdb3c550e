package procedure

import (
	"fmt"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// expression is a compiled CEL expression. A nil expression always holds.
type expression struct {
	program cel.Program
	vars    variables
	path    string
	// What the verifier reads of it.
	source string
	ast    *ast.AST
}

// activation shows facts to a program under their dotted names.
type activation struct {
	vars  variables
	facts *MetricFacts
}

// ResolveName returns the value of a variable.
func (a activation) ResolveName(name string) (any, bool) {
	v, ok := a.vars[name]
	if !ok {
		return nil, false
	}
	return v.value(a.facts), true
}

// Parent returns nil: there is nothing behind the facts.
func (a activation) Parent() cel.Activation { return nil }

func (e *expression) eval(f *MetricFacts) (ref.Val, error) {
	out, _, err := e.program.Eval(activation{e.vars, f})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", e.path, err)
	}
	return out, nil
}

// holds evaluates a condition.
func (e *expression) holds(f Facts) (bool, error) { return e.holdsFor(MetricFacts{Facts: f}) }

// holdsFor evaluates a condition that sees more than the facts of a complaint.
func (e *expression) holdsFor(f MetricFacts) (bool, error) {
	if e == nil {
		return true, nil
	}
	out, err := e.eval(&f)
	return out == types.True, err
}

// text evaluates an expression that gives a code. A longer string is an error: the bound on the cost of the expressions that see
// it rests on codes being short.
func (e *expression) text(f Facts) (string, error) {
	out, err := e.eval(&MetricFacts{Facts: f})
	s, _ := out.(types.String) // the type is checked when it is compiled
	if len(s) > maxCodeBytes {
		return "", fmt.Errorf("%s: it gives a string of %d bytes; a code has at most %d", e.path, len(s), maxCodeBytes)
	}
	return string(s), err
}

// instant evaluates an expression that gives a time; the zero time means that there is none.
func (e *expression) instant(f Facts) (time.Time, error) {
	out, err := e.eval(&MetricFacts{Facts: f})
	t, _ := out.(types.Timestamp)
	return t.Time, err
}

// number evaluates an expression that gives a number.
func (e *expression) number(f Facts) (float64, error) {
	switch out, err := e.eval(&MetricFacts{Facts: f}); n := out.(type) {
	case types.Double:
		return float64(n), err
	case types.Int:
		return float64(n), err
	default:
		return 0, err
	}
}

// count evaluates an expression that gives a number or, as 1 or 0, a truth.
func (e *expression) count(f *MetricFacts) (int64, error) {
	switch out, err := e.eval(f); n := out.(type) {
	case types.Int:
		return int64(n), err
	case types.Bool:
		if n {
			return 1, err
		}
		return 0, err
	default:
		return 0, err
	}
}
