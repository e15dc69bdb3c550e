package pgserver

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// minVersion is the oldest Postgres that our SQL is written for.
const minVersion = 15

// ErrNoBinaries is returned by Start on a machine without Postgres.
var ErrNoBinaries = errors.New("no Postgres server binaries found: run `make pg`, which fetches them, " +
	"or install the package postgresql, or set PG_BIN to their folder")

// findBinaries returns the first of dirs with an initdb and a postgres whose
// version is major, or sufficient where major is empty.
func findBinaries(dirs []string, major string) (string, error) {
	var others []string
	for _, dir := range dirs {
		// `make pg` keeps root's binaries outside of root's folders, behind a link.
		dir, err := filepath.EvalSymlinks(dir)
		if err != nil {
			continue // one of the places where there is none
		}
		v, err := serverVersion(dir)
		if err != nil {
			continue // or none that runs
		}
		if v >= minVersion && (major == "" || major == strconv.Itoa(v)) {
			return dir, nil
		}
		others = append(others, fmt.Sprintf("%s (version %d)", dir, v))
	}
	switch bin := os.Getenv("PG_BIN"); {
	case major != "" && len(others) > 0:
		return "", fmt.Errorf("was made by Postgres %s, but there is only %s: "+
			"set PG_BIN to the folder of that version's binaries, or remove the data", major, strings.Join(others, ", "))
	case bin != "":
		return "", fmt.Errorf("%w: PG_BIN=%s holds none of version %d or later; unset it or name another folder", ErrNoBinaries, bin, minVersion)
	case len(others) > 0:
		return "", fmt.Errorf("%w; too old: %s", ErrNoBinaries, strings.Join(others, ", "))
	}
	return "", ErrNoBinaries
}

// candidates lists the folders to look into, the best first. The list is that
// of .tools/postgres/ensure, which fills the last.
func candidates() []string {
	if bin := os.Getenv("PG_BIN"); bin != "" {
		return []string{bin}
	}
	var dirs []string
	if out, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	if initdb, err := exec.LookPath("initdb"); err == nil {
		if initdb, err = filepath.EvalSymlinks(initdb); err == nil { // often a link from /usr/bin
			dirs = append(dirs, filepath.Dir(initdb))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin", // Debian, Ubuntu
		"/usr/pgsql-*/bin",          // Fedora, RHEL
		"/usr/local/pgsql/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	} {
		found, err := filepath.Glob(pattern)
		if err != nil {
			panic(err) // a pattern above is malformed
		}
		dirs = append(dirs, found...)
	}
	if root := projectRoot(); root != "" {
		dirs = append(dirs, filepath.Join(root, ".run", "pg", "bin"))
	}
	return dirs
}

// projectRoot is the folder with go.work at or above the working directory, or
// empty outside of the project.
func projectRoot() string {
	dir, err := os.Getwd()
	if err != nil {
		return ""
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.work")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
	}
}

var versionNumber = regexp.MustCompile(`\d+`)

// serverVersion returns the major version of the server whose binaries are in
// dir. It fails where initdb or postgres is missing or does not run.
func serverVersion(dir string) (int, error) {
	if _, err := os.Stat(filepath.Join(dir, "initdb")); err != nil {
		return 0, err
	}
	out, err := exec.Command(filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(string(versionNumber.Find(out)))
}
