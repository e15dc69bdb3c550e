package procedure_test

import (
	"os"
	"path/filepath"
	"testing"

	"redress.dev/pkg/procedure"
)

const packs = "../../deploy/procedures"

// load reads, checks and compiles a pack.
func load(t testing.TB, pack string) *procedure.Procedure {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(packs, pack, "procedure.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	in, err := procedure.Parse(data)
	if err != nil {
		t.Fatalf("parse %s: %v", pack, err)
	}
	p, err := procedure.Compile(in)
	if err != nil {
		t.Fatalf("compile %s: %v", pack, err)
	}
	return p
}

// Every pack that is shipped can be published, has a page about itself, and can be tried out.
func TestEveryPackCompiles(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(packs, "*", "*", "procedure.yaml"))
	if err != nil || len(files) < 4 {
		t.Fatalf("found the packs %v, %v", files, err)
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		edition, code := filepath.Base(dir), filepath.Base(filepath.Dir(dir))
		t.Run(code+"/"+edition, func(t *testing.T) {
			t.Parallel()
			p := load(t, filepath.Join(code, edition))
			if p.Code != code || p.Edition != edition {
				t.Errorf("the folder is %s/%s, the pack calls itself %s/%s", code, edition, p.Code, p.Edition)
			}
			data, err := os.ReadFile(filepath.Join(dir, "directory.yaml"))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := procedure.ParseDirectory(data, p); err != nil {
				t.Errorf("directory.yaml: %v", err)
			}
			if _, err := os.Stat(filepath.Join(dir, "README.md")); err != nil {
				t.Error(err)
			}
		})
	}
}
