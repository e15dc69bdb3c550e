package demo

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStateIsFoundAgain(t *testing.T) {
	t.Parallel()
	dir, file := t.TempDir(), File{Name: "a.csv", Digest: "aa"}
	s, err := openState(dir, file)
	if err != nil {
		t.Fatal(err)
	}
	s.Reached, s.Elapsed = date("2015-04-01"), 42
	if err := s.save(dir); err != nil {
		t.Fatal(err)
	}
	again, err := openState(dir, file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(s, again); diff != "" {
		t.Errorf("state (-saved +found):\n%s", diff)
	}
}

func TestFolderTakesOneFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s, err := openState(dir, File{Name: "a.csv", Digest: "aa"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.save(dir); err != nil {
		t.Fatal(err)
	}
	_, err = openState(dir, File{Name: "b.csv", Digest: "bb"})
	if err == nil || !strings.Contains(err.Error(), "REDRESS_DATA") {
		t.Errorf("another file in the same folder: %v, want an error that names the remedy", err)
	}
}
