package procedure

import (
	"slices"
	"strings"

	"cel.dev/cel-go/common/ast"
	"cel.dev/cel-go/common/types"
)

// codes sees that expressions compare with codes that the other side can have.
func (v *verifier) codes() {
	for _, x := range v.expressions() {
		ast.PostOrderVisit(x.e.ast.Expr(), ast.NewExprVisitor(func(n ast.Expr) {
			if n.Kind() == ast.CallKind {
				v.compared(x, n.AsCall())
			}
		}))
	}
}

// compared looks at one comparison.
func (v *verifier) compared(x placed, call ast.CallExpr) {
	args := call.Args()
	switch call.FunctionName() {
	case "_==_", "_!=_":
		v.hasCode(x, args[0], args[1])
		v.hasCode(x, args[1], args[0])
	case "@in":
		if args[1].Kind() == ast.ListKind {
			for _, item := range args[1].AsList().Elements() {
				v.hasCode(x, args[0], item)
			}
		}
	case "startsWith":
		if call.IsMemberFunction() {
			v.begins(x, call.Target(), args[0])
		}
	}
}

// codesKnown returns what a variable can be, where that is a list of codes; the empty code stands for "not given".
func (v *verifier) codesKnown(x placed, variable ast.Expr) ([]string, bool) {
	if variable.Kind() != ast.IdentKind {
		return nil, false
	}
	name := variable.AsIdent()
	if known, ok := v.vars[name]; !ok || known.typ != types.StringType {
		return nil, false
	}
	d := v.domain(x.place, name, nil)
	var codes []string
	for _, value := range d.values {
		if code, ok := value.(types.String); ok && code != "" {
			codes = append(codes, string(code))
		}
	}
	return codes, !d.open && len(codes) > 0
}

// hasCode reports a code that the variable it is compared with never has.
func (v *verifier) hasCode(x placed, variable, constant ast.Expr) {
	codes, ok := v.codesKnown(x, variable)
	if !ok || constant.Kind() != ast.LiteralKind {
		return
	}
	code, ok := constant.AsLiteral().(types.String)
	if !ok || code == "" || slices.Contains(codes, string(code)) {
		return
	}
	v.found(CodeUnknown, x.e.path, "%s is never '%s'; %s", variable.AsIdent(), string(code), instead(string(code), codes))
}

// begins reports a beginning that no code of a variable has.
func (v *verifier) begins(x placed, variable, constant ast.Expr) {
	codes, ok := v.codesKnown(x, variable)
	if !ok || constant.Kind() != ast.LiteralKind {
		return
	}
	prefix, _ := constant.AsLiteral().(types.String)
	if !slices.ContainsFunc(codes, func(c string) bool { return strings.HasPrefix(c, string(prefix)) }) {
		v.found(CodeUnknown, x.e.path, "%s never begins with '%s'; %s", variable.AsIdent(), string(prefix), instead(string(prefix), codes))
	}
}

// instead tells what could have been meant.
func instead(code string, codes []string) string {
	if near, ok := nearest(code, codes); ok {
		return "did you mean '" + near + "'?"
	}
	if len(codes) == 0 {
		return "there is none"
	}
	const most = 12
	if len(codes) > most {
		codes = append(codes[:most:most], "…")
	}
	return "it is one of " + strings.Join(codes, ", ")
}
