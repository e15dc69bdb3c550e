package pgserver

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestFindBinaries(t *testing.T) {
	t.Setenv("PG_BIN", "")
	none, old, good, newer := t.TempDir(), fakeBinaries(t, "14.9"), fakeBinaries(t, "15.18 (Debian)"), fakeBinaries(t, "18.4")
	tests := []struct {
		name, major string
		dirs        []string
		want        string // folder, or
		wantErr     string // part of the error
	}{
		{"the first that will do", "", []string{none, old, good, newer}, good, ""},
		{"the version of the data", "18", []string{good, newer}, newer, ""},
		{"no such version", "17", []string{good, newer}, "", "was made by Postgres 17, but there is only " + good + " (version 15), " + newer},
		{"too old", "", []string{old}, "", "make pg"},
		{"none", "", []string{none}, "", "make pg"},
		{"none for the data", "15", nil, "", "make pg"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := findBinaries(tt.dirs, tt.major)
			if got != tt.want {
				t.Errorf("found %q, want %q", got, tt.want)
			}
			if tt.wantErr == "" && err != nil {
				t.Error(err)
			}
			if tt.wantErr != "" && (err == nil || !strings.Contains(err.Error(), tt.wantErr)) {
				t.Errorf("error is %v, want it to contain %q", err, tt.wantErr)
			}
		})
	}
	if _, err := findBinaries(nil, ""); !errors.Is(err, ErrNoBinaries) {
		t.Errorf("error is %v, want ErrNoBinaries", err)
	}
}

// fakeBinaries returns a folder whose postgres says that it has version.
func fakeBinaries(t *testing.T, version string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"initdb", "postgres"} {
		script := "#!/bin/sh\necho 'postgres (PostgreSQL) " + version + "'\n"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestProjectRoot(t *testing.T) {
	root := projectRoot()
	if _, err := os.Stat(filepath.Join(root, "pkg", "pgserver", "find.go")); err != nil {
		t.Errorf("projectRoot() = %q: %v", root, err)
	}
	t.Chdir(t.TempDir())
	if got := projectRoot(); got != "" {
		t.Errorf("outside the project projectRoot() = %q, want none", got)
	}
}
