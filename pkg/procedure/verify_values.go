package procedure

import (
	"maps"
	"slices"
	"strings"
	"time"

	"cel.dev/cel-go/cel"
	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
	"cel.dev/cel-go/common/types/ref"
)

// scene gives variables values to try.
type scene map[string]ref.Val

// ResolveName returns the value of a variable.
func (s scene) ResolveName(name string) (any, bool) { v, ok := s[name]; return v, ok }

// Parent returns nil: there is nothing behind the scene.
func (s scene) Parent() cel.Activation { return nil }

// holds reports whether a condition holds in the scene; an evaluation that fails does not.
func (s scene) holds(e *expression) (bool, error) {
	if e == nil {
		return true, nil
	}
	out, _, err := e.program.Eval(s)
	return out == types.True, err
}

// text returns what an expression gives.
func (s scene) text(e *expression) (string, error) {
	out, _, err := e.program.Eval(s)
	code, _ := out.(types.String)
	return string(code), err
}

// words tells a scene to people: "fields.line is 'cabinet', fields.project is true". What rules work out is left out: it follows.
func (s scene) words() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if strings.HasPrefix(name, "values.") {
			continue
		}
		switch v := s[name].(type) {
		case types.String:
			parts = append(parts, name+" is '"+string(v)+"'")
		case types.Timestamp:
			if v.IsZero() {
				parts = append(parts, name+" is not given")
			}
		default:
			parts = append(parts, name+" is "+string(v.ConvertToType(types.StringType).(types.String)))
		}
	}
	return strings.Join(parts, ", ")
}

// names returns the variables of an expression, in order.
func (e *expression) names() []string {
	if e == nil {
		return nil
	}
	seen := map[string]bool{}
	for _, r := range e.ast.ReferenceMap() {
		if r.Name != "" {
			seen[r.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// literals adds the constants of an expression to those that are there: around them its truth can change.
func (e *expression) literals(into map[ref.Val]bool) {
	if e == nil {
		return
	}
	ast.PostOrderVisit(e.ast.Expr(), ast.NewExprVisitor(func(x ast.Expr) {
		if x.Kind() == ast.LiteralKind {
			switch l := x.AsLiteral().(type) {
			case types.String, types.Int, types.Double:
				into[l] = true
			}
		}
	}))
}

// other stands for every code that no list has.
const other = types.String("(another)")

// domain is what a variable can be.
type domain struct {
	values []ref.Val
	open   bool // it can be other things besides: those in values stand for them
}

// add adds the codes of a list.
func (d *domain) add(codes ...string) {
	for _, c := range codes {
		if v := types.String(c); !slices.Contains(d.values, ref.Val(v)) {
			d.values = append(d.values, v)
		}
	}
}

// moments are times to try beside the receipt: none, long before, just before, just after, long after.
var moments = []ref.Val{
	types.Timestamp{}, types.Timestamp{Time: receipt.AddDate(-20, 0, 0)}, types.Timestamp{Time: receipt.Add(-time.Hour)},
	types.Timestamp{Time: receipt.Add(time.Hour)}, types.Timestamp{Time: receipt.AddDate(20, 0, 0)},
}

var receipt = time.Date(2020, time.June, 2, 10, 0, 0, 0, time.UTC)

// around returns numbers on both sides of every constant.
func around(constants []ref.Val, least float64, whole bool) []ref.Val {
	points := map[float64]bool{}
	for _, c := range append([]ref.Val{types.Double(0), types.Double(1)}, constants...) {
		var n float64
		switch c := c.(type) {
		case types.Int:
			n = float64(c)
		case types.Double:
			n = float64(c)
		default:
			continue
		}
		for _, p := range []float64{n - 1, n, n + 1} {
			points[max(p, least)] = true
		}
	}
	var out []ref.Val
	for _, p := range slices.Sorted(maps.Keys(points)) {
		if whole {
			out = append(out, types.Int(p))
		} else {
			out = append(out, types.Double(p))
		}
	}
	return out
}
