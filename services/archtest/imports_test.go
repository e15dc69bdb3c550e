package archtest

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

// module is how every import path of ours begins.
const module = "redress.dev/"

// five are the services of one shape.
var five = []string{"intake", "routing", "slatimer", "followup", "reporting"}

// pkgInfo is what the rules look at of a package.
type pkgInfo struct {
	ImportPath   string
	Dir          string
	GoFiles      []string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

// packages lists every package of the workspace, once for all tests.
var packages = sync.OnceValues(func() ([]pkgInfo, error) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Dir,GoFiles,Imports,TestImports,XTestImports", "work").Output()
	if err != nil {
		return nil, err
	}
	var list []pkgInfo
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkgInfo
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return list, nil
		} else if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
})

func list(t *testing.T) []pkgInfo {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// forbidden holds, for each room of a service, the beginnings of import paths that it must not use, and the exceptions.
var forbidden = map[string]struct{ no, but []string }{
	"domain": {
		no: []string{"context", "os", "math/rand", "database/sql", "net", "github.com/jackc/", "google.golang.org/", "github.com/nats-io/", "go.opentelemetry.io/",
			module + "proto/", module + "pkg/", module + "services/"},
		but: []string{module + "pkg/fault", module + "pkg/calendar", module + "pkg/procedure"},
	},
	"store": {
		no:  []string{"google.golang.org/", "github.com/nats-io/", module + "proto/", module + "pkg/", module + "services/"},
		but: []string{module + "pkg/postgres", module + "pkg/fault", module + "pkg/procedure"},
	},
	"server": {
		no:  []string{"github.com/jackc/pgx/v5/pgconn", "github.com/nats-io/", module + "services/"},
		but: []string{},
	},
}

func TestRoomsImportWhatTheyMay(t *testing.T) {
	for _, p := range list(t) {
		service, room, ok := strings.Cut(strings.TrimPrefix(p.ImportPath, module+"services/"), "/internal/")
		if !ok || !slices.Contains(five, service) {
			continue
		}
		rule, ok := forbidden[room]
		if !ok {
			continue // a service's own loop, or its pages
		}
		own := module + "services/" + service + "/internal/"
		rule.but = append(rule.but, map[string][]string{
			"store": {own + "domain"}, "server": {own + "domain", own + "store", own + "engine", own + "vault", own + "search"},
		}[room]...)
		for _, path := range p.Imports {
			if hasPrefix(path, rule.no) && !hasPrefix(path, rule.but) {
				t.Errorf("%s imports %s: a %s may not", p.ImportPath, path, room)
			}
		}
	}
}

func hasPrefix(path string, list []string) bool {
	return slices.ContainsFunc(list, func(prefix string) bool {
		return path == prefix || strings.HasPrefix(path, strings.TrimSuffix(prefix, "/")+"/")
	})
}

func TestSharedPackagesAreShared(t *testing.T) {
	users := map[string]map[string]bool{}
	for _, p := range list(t) {
		who := owner(p.ImportPath)
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if used := owner(path); strings.HasPrefix(used, "pkg/") && used != who {
				if users[used] == nil {
					users[used] = map[string]bool{}
				}
				users[used][who] = true
			}
		}
	}
	for _, p := range list(t) {
		if name := owner(p.ImportPath); strings.HasPrefix(name, "pkg/") && len(users[name]) < 2 {
			t.Errorf("%s has %d users: it belongs to its user, or nowhere", name, len(users[name]))
		}
	}
}

// owner returns the folder of the second level that a package of ours stands in: "pkg/events", "services/intake".
func owner(path string) string {
	parts := strings.SplitN(strings.TrimPrefix(path, module), "/", 3)
	if !strings.HasPrefix(path, module) || len(parts) < 2 {
		return path
	}
	return parts[0] + "/" + parts[1]
}
