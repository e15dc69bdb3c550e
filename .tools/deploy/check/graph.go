package check

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// Services are the five.
var Services = []string{"intake", "routing", "slatimer", "followup", "reporting"}

// Graph says whom each service asks, sorted.
type Graph map[string][]string

// ReadGraph reads the graph from the services' code in root: a service asks whom its assembly names to Backbone.Peer, and the
// producers of its Subscription for events that JetStream lost.
func ReadGraph(root string) (Graph, error) {
	g := Graph{}
	for _, service := range Services {
		g[service] = []string{}
		dir := filepath.Join(root, "services", service)
		err := filepath.WalkDir(dir, func(file string, _ fs.DirEntry, err error) error {
			if err != nil || filepath.Ext(file) != ".go" || strings.HasSuffix(file, "_test.go") {
				return err
			}
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				g[service] = append(g[service], asked(n)...)
				return true
			})
			return nil
		})
		if err != nil {
			return nil, fmt.Errorf("read code of %s: %w", service, err)
		}
		slices.Sort(g[service])
		g[service] = slices.Compact(g[service])
	}
	return g, nil
}

// asked returns the services named by n, if it is Peer("…") or Producers: map[string][]string{"…": …}.
func asked(n ast.Node) []string {
	var names []ast.Expr
	switch n := n.(type) {
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Peer" && len(n.Args) == 1 {
			names = n.Args
		}
	case *ast.KeyValueExpr:
		key, isName := n.Key.(*ast.Ident)
		if value, ok := n.Value.(*ast.CompositeLit); ok && isName && key.Name == "Producers" {
			for _, element := range value.Elts {
				if pair, ok := element.(*ast.KeyValueExpr); ok {
					names = append(names, pair.Key)
				}
			}
		}
	}
	var services []string
	for _, name := range names {
		if literal, ok := name.(*ast.BasicLit); ok && literal.Kind == token.STRING {
			if s, err := strconv.Unquote(literal.Value); err == nil {
				services = append(services, s)
			}
		}
	}
	return services
}

// peerProblems says what is wrong with the value of a service's PEERS. behind returns the service that has an address, or "".
func (g Graph) peerProblems(service, value string, behind func(address string) string) []string {
	var found, named []string
	for pair := range strings.SplitSeq(value, ",") {
		name, address, _ := strings.Cut(pair, "=")
		named = append(named, name)
		if got := behind(address); got != name {
			found = append(found, fmt.Sprintf("%s: PEERS says that %s is at %q, where %q is", service, name, address, got))
		}
	}
	slices.Sort(named)
	if !slices.Equal(named, g[service]) {
		found = append(found, fmt.Sprintf("%s: PEERS names %q, its code asks %q", service, named, g[service]))
	}
	return found
}
