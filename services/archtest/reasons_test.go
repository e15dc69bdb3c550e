package archtest

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"google.golang.org/protobuf/reflect/protoreflect"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"
	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// shared are the packages that raise faults on a service's behalf.
var shared = []string{"pkg/procedure", "pkg/rpc", "pkg/idempotency", "pkg/auth", "pkg/editions", "pkg/events"}

var declared = map[string]protoreflect.EnumDescriptor{
	"intake":    intakev1.ErrorReason(0).Descriptor(),
	"routing":   routingv1.ErrorReason(0).Descriptor(),
	"slatimer":  slatimerv1.ErrorReason(0).Descriptor(),
	"followup":  followupv1.ErrorReason(0).Descriptor(),
	"reporting": reportingv1.ErrorReason(0).Descriptor(),
}

func TestReasonsAreTheContracts(t *testing.T) {
	raised := map[string]map[string]bool{}
	for _, p := range list(t) {
		who := owner(p.ImportPath)
		if raised[who] == nil {
			raised[who] = map[string]bool{}
		}
		maps.Copy(raised[who], reasons(t, p))
	}
	everywhere := values(typev1.ErrorReason(0).Descriptor())
	common := map[string]bool{}
	for _, who := range shared {
		maps.Copy(common, raised[who])
	}
	for service, enum := range declared {
		known := values(enum)
		for _, reason := range slices.Sorted(maps.Keys(raised["services/"+service])) {
			if !known[reason] && !everywhere[reason] {
				t.Errorf("%s raises %s, which its errors.proto does not declare", service, reason)
			}
		}
		for _, reason := range slices.Sorted(maps.Keys(known)) {
			if !raised["services/"+service][reason] && !common[reason] {
				t.Errorf("%s declares %s and never raises it", service, reason)
			}
		}
	}
}

// values returns the names of an enum of reasons, without prefix and without UNSPECIFIED.
func values(enum protoreflect.EnumDescriptor) map[string]bool {
	out := map[string]bool{}
	for i := 1; i < enum.Values().Len(); i++ {
		out[strings.TrimPrefix(string(enum.Values().Get(i).Name()), "ERROR_REASON_")] = true
	}
	return out
}

// reasons returns the reasons that a package raises: the second argument of fault.New, a literal or a constant of the package.
func reasons(t *testing.T, p pkgInfo) map[string]bool {
	t.Helper()
	files := parse(t, p)
	constants := map[string]string{}
	for _, file := range files {
		ast.Inspect(file.tree, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok {
				return true
			}
			for i, name := range spec.Names {
				if i < len(spec.Values) {
					if s, ok := literal(spec.Values[i]); ok {
						constants[name.Name] = s
					}
				}
			}
			return true
		})
	}
	out := map[string]bool{}
	for _, file := range files {
		ast.Inspect(file.tree, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) < 2 {
				return true
			}
			if sel, ok := call.Fun.(*ast.SelectorExpr); !ok || sel.Sel.Name != "New" || !isIdent(sel.X, "fault") {
				return true
			}
			if s, ok := literal(call.Args[1]); ok {
				out[s] = true
			} else if name, ok := call.Args[1].(*ast.Ident); ok && constants[name.Name] != "" {
				out[constants[name.Name]] = true
			} else {
				t.Errorf("%s: the reason is neither a literal nor a constant of the package", file.at(call))
			}
			return true
		})
	}
	return out
}

func literal(e ast.Expr) (string, bool) {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(lit.Value)
	return s, err == nil
}

func isIdent(e ast.Expr, name string) bool {
	id, ok := e.(*ast.Ident)
	return ok && id.Name == name
}
