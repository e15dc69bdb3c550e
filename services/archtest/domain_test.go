package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

func TestDomainsArePure(t *testing.T) {
	for _, p := range list(t) {
		if !strings.HasSuffix(p.ImportPath, "/internal/domain") {
			continue
		}
		for _, file := range parse(t, p) {
			ast.Inspect(file.tree, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.GoStmt:
					t.Errorf("%s starts a goroutine", file.at(n))
				case *ast.SelectorExpr:
					if x, ok := n.X.(*ast.Ident); ok && x.Name == "time" && (n.Sel.Name == "Now" || n.Sel.Name == "Since" || n.Sel.Name == "Until") {
						t.Errorf("%s reads the machine's clock: the time is an argument", file.at(n))
					}
				}
				return true
			})
		}
	}
}

// source is one parsed file.
type source struct {
	tree *ast.File
	set  *token.FileSet
}

func (s source) at(n ast.Node) string { return s.set.Position(n.Pos()).String() }

// parse returns the files of a package, without its tests.
func parse(t *testing.T, p pkgInfo) []source {
	t.Helper()
	var files []source
	for _, name := range p.GoFiles {
		set := token.NewFileSet()
		tree, err := parser.ParseFile(set, filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, source{tree, set})
	}
	return files
}
