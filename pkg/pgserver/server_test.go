package pgserver_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/pgserver"
)

// childDir, where set, makes this test binary a process that runs a server on
// that folder until it is killed.
const childDir = "PGSERVER_TEST_CHILD_DIR"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childDir); dir != "" {
		s, err := pgserver.Start(context.Background(), pgserver.Config{Dir: dir, Durable: true})
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println(s.DSN())
		select {}
	}
	os.Exit(m.Run())
}

func TestStartKeepsDataBetweenStarts(t *testing.T) {
	dir := t.TempDir()
	s := start(t, pgserver.Config{Dir: dir, Durable: true})
	run(t, s.DSN(), "CREATE TABLE kept (n int)")
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	s = start(t, pgserver.Config{Dir: dir, Durable: true})
	run(t, s.DSN(), "INSERT INTO kept VALUES (1)")
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("second Stop: %v", err)
	}
	select {
	case <-s.Done():
	default:
		t.Error("Done is open after Stop")
	}
}

func TestStartAppliesSettings(t *testing.T) {
	s := start(t, pgserver.Config{Dir: t.TempDir(), Settings: []string{"work_mem=7MB", "max_connections=7"}})
	conn := connect(t, s.DSN())
	for name, want := range map[string]string{"work_mem": "7MB", "max_connections": "7", "fsync": "off", "listen_addresses": ""} {
		var got string
		if err := conn.QueryRow(t.Context(), "SELECT current_setting($1)", name).Scan(&got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

// The server must neither outlive its process for long nor lose what was
// committed, and the folder must serve the next start at once.
func TestStartAfterKill(t *testing.T) {
	dir := t.TempDir()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := exec.Command(self)
	child.Env = append(os.Environ(), childDir+"="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the child printed nothing")
	}
	dsn := lines.Text()
	run(t, dsn, "CREATE TABLE kept (n int)")
	pid, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if err := child.Wait(); err == nil {
		t.Fatal("the child outlived SIGKILL")
	}

	s := start(t, pgserver.Config{Dir: dir, Durable: true}) // waits for the lock: the old server has ended
	run(t, s.DSN(), "INSERT INTO kept VALUES (1)")
	if _, err := pgx.Connect(t.Context(), dsn); err == nil {
		t.Errorf("the killed process's server still answers (pid file was %q)", pid)
	}
}

// Stop ends a server that recovers because one of its processes has crashed, as any other.
func TestStopWhileItRecovers(t *testing.T) {
	t.Parallel()
	for _, refused := range []int{0, 20, 60} { // connections, while it recovers
		s, err := pgserver.Start(t.Context(), pgserver.Config{Dir: t.TempDir(), Durable: true})
		if err != nil {
			t.Fatal(err)
		}
		run(t, s.DSN(), "CREATE TABLE much AS SELECT n, repeat('x', 500) FROM generate_series(1, 300000) n") // it takes a moment to recover
		var conns [2]*pgx.Conn
		for i := range conns {
			if conns[i], err = pgx.Connect(t.Context(), s.DSN()); err != nil {
				t.Fatal(err)
			}
		}
		if err := syscall.Kill(int(conns[0].PgConn().PID()), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if _, err := conns[1].Exec(t.Context(), "SELECT pg_sleep(60)"); err == nil {
			t.Fatal("the server goes on")
		}
		for range refused {
			if conn, err := pgx.Connect(t.Context(), s.DSN()); err == nil {
				conn.Close(t.Context())
				break
			}
		}
		if err := s.Stop(); err != nil {
			t.Errorf("after %d refused connections: %v", refused, err)
		}
	}
}

// A pid file left by a crash may name a process that lives, by chance.
func TestStartWithStalePidFile(t *testing.T) {
	dir := t.TempDir()
	s := start(t, pgserver.Config{Dir: dir})
	pidFile := filepath.Join(dir, "data", "postmaster.pid")
	content, err := os.ReadFile(pidFile)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(content), "\n")
	if err := os.WriteFile(pidFile, fmt.Appendf(nil, "%d\n%s", os.Getppid(), rest), 0o644); err != nil {
		t.Fatal(err)
	}
	start(t, pgserver.Config{Dir: dir})
}

func TestStartErrors(t *testing.T) {
	t.Run("no binaries", func(t *testing.T) {
		t.Setenv("PG_BIN", t.TempDir())
		wantError(t, pgserver.Config{Dir: t.TempDir()}, "PG_BIN=")
	})
	t.Run("folder is a file", func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		wantError(t, pgserver.Config{Dir: file}, "make data folder")
	})
	t.Run("another version", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		wantError(t, pgserver.Config{Dir: dir}, "was made by Postgres 9")
	})
	t.Run("bad setting", func(t *testing.T) {
		wantError(t, pgserver.Config{Dir: t.TempDir(), Settings: []string{"work_mem=much"}}, "work_mem")
	})
	t.Run("running", func(t *testing.T) {
		dir := t.TempDir()
		start(t, pgserver.Config{Dir: dir})
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := pgserver.Start(ctx, pgserver.Config{Dir: dir})
		if err == nil || !strings.Contains(err.Error(), "in use by a running server") {
			t.Errorf("second server on one folder: error is %v, want one that says so", err)
		}
	})
}

// start starts a server that ends with the test.
func start(t *testing.T, cfg pgserver.Config) *pgserver.Server {
	t.Helper()
	s, err := pgserver.Start(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func wantError(t *testing.T, cfg pgserver.Config, want string) {
	t.Helper()
	s, err := pgserver.Start(t.Context(), cfg)
	if err == nil {
		_ = s.Stop()
		t.Fatalf("started, want an error with %q", want)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("error is %q, want it to contain %q", err, want)
	}
}

func connect(t *testing.T, dsn string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func run(t *testing.T, dsn, sql string) {
	t.Helper()
	if _, err := connect(t, dsn).Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}
