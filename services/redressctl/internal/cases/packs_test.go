package cases

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// TestThePacksDoWhatTheirAuthorsExpect plays the cases of every pack in deploy, and holds their requirements against them.
func TestThePacksDoWhatTheirAuthorsExpect(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("../../../../deploy/procedures/*/*")
	if err != nil || len(dirs) == 0 {
		t.Fatalf("no packs: %v", err)
	}
	var all []*Case
	for _, dir := range dirs {
		p, err := Load(dir)
		if err != nil {
			t.Errorf("%s: %v", dir, err)
			continue
		}
		if len(p.Cases) == 0 {
			t.Errorf("%s has no cases", dir)
		}
		all = append(all, p.Cases...)
		covered, err := Cover(p)
		switch {
		case errors.Is(err, os.ErrNotExist): // the demo's pack is made up: it has no source to show
		case err != nil:
			t.Errorf("%s: %v", dir, err)
		}
		for _, w := range covered.Wrong {
			t.Error(w)
		}
	}
	results, err := Run(t.Context(), Options{Dir: filepath.Join(t.TempDir(), "suite"), Log: t.Logf}, all)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		for _, f := range r.Failures {
			t.Errorf("%s:%d: %s, at %s: found %s, want %s", r.File, f.Line, f.What, f.At, f.Found, f.Want)
		}
		for _, story := range r.Timelines {
			for _, line := range story.Entries {
				t.Logf("%s %s: %s", r.Case, story.Complaint, line)
			}
		}
	}
}
