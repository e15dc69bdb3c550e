// Package pgserver runs a private Postgres server from the binaries of this
// machine, so that neither a developer nor a test has to install, configure
// or share one.
//
// The server listens on a Unix socket alone, in a folder that only its user
// can enter; whoever reaches it is superuser. It runs as nobody where the
// calling process is root, since Postgres refuses root. It ends with the
// calling process, however that ends.
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

const (
	// startTimeout bounds a start, which may have to replay a long log first.
	startTimeout = 2 * time.Minute
	// stopTimeout bounds a fast shutdown; after it the server is cut off and
	// recovers at its next start.
	stopTimeout = 30 * time.Second
	// pollInterval is how often a starting server is tried.
	pollInterval = 20 * time.Millisecond
	superuser    = "postgres"
)

// Config says where a server keeps its data and how carefully.
type Config struct {
	// Dir keeps the data between starts; it is made if missing. It belongs to
	// one server at a time.
	Dir string
	// Durable makes a commit survive the machine's crash. Without it commits
	// are faster, and only survive the crash of a process: right for tests.
	Durable bool
	// Settings are further server settings, as in "work_mem=16MB"; they win
	// over those of this package.
	Settings []string
}

// Server is a running server. Stop it.
type Server struct {
	socketDir string
	lock      *os.File
	cmd       *exec.Cmd
	watcher   *exec.Cmd
	done      chan struct{} // closed when the process has ended
	exit      error         // how it ended; read after done
	started   bool          // it has taken connections
	stop      sync.Once
	stopErr   error
}

// Start starts a server on cfg.Dir, which it fills if it is empty, and returns
// once the server takes connections. ctx bounds the start alone.
//
// The errors say what to do: no binaries, a folder that cannot be written, one
// that belongs to another user or another version of Postgres, one that
// another server uses. After a crash Start finds the data as last committed.
func Start(ctx context.Context, cfg Config) (_ *Server, err error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	dir, err := filepath.Abs(cfg.Dir)
	if err != nil {
		return nil, fmt.Errorf("find folder %s: %w", cfg.Dir, err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil { // the server's user must be able to enter
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	s := &Server{done: make(chan struct{})}
	c := cluster{dir: dir, durable: cfg.Durable}
	defer func() {
		switch {
		case err == nil:
		case s.cmd != nil:
			err = errors.Join(err, s.Stop(), errors.New(c.logTail()))
		default:
			s.release()
		}
	}()
	if s.lock, err = lockDir(ctx, dir); err != nil {
		return nil, err
	}
	if err := c.prepare(ctx); err != nil {
		return nil, err
	}
	if err := s.launch(c, cfg.Settings); err != nil {
		return nil, err
	}
	if err := s.awaitReady(ctx); err != nil {
		return nil, err
	}
	s.started = true
	return s, nil
}

// DSN returns the URL of the database postgres for the superuser.
func (s *Server) DSN() string { return s.DSNFor(superuser, superuser) }

// DSNFor returns the URL of database for role; no password is asked.
func (s *Server) DSNFor(role, database string) string {
	// Every part that libpq's environment could replace is named.
	q := url.Values{"host": {s.socketDir}, "port": {port}, "sslmode": {"disable"}}
	u := url.URL{Scheme: "postgres", User: url.User(role), Path: "/" + database, RawQuery: q.Encode()}
	return u.String()
}

// Done is closed when the server has ended, by Stop or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Stop ends the server: open transactions roll back, committed data is kept.
// It returns when the process has ended; calling it again is harmless.
func (s *Server) Stop() error {
	s.stop.Do(func() {
		defer s.release()
		if s.started {
			s.awaitRecovery()
		}
		_ = s.cmd.Process.Signal(syscall.SIGINT) // fails only where it has ended
		select {
		case <-s.done:
		case <-time.After(stopTimeout):
			_ = s.cmd.Process.Signal(syscall.SIGQUIT)
			<-s.done
			s.stopErr = fmt.Errorf("postgres did not stop within %s and was cut off", stopTimeout)
			return
		}
		if s.exit != nil {
			s.stopErr = fmt.Errorf("postgres ended: %w", s.exit)
		}
	})
	return s.stopErr
}

// awaitReady returns when the server takes connections, or why it never will.
func (s *Server) awaitReady(ctx context.Context) error {
	for {
		conn, err := pgx.Connect(ctx, s.DSN())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-s.done:
			return errors.New("postgres ended while starting")
		case <-ctx.Done():
			return fmt.Errorf("postgres takes no connections: %w", err)
		case <-time.After(pollInterval):
		}
	}
}

// awaitRecovery waits while the server recovers because one of its processes
// has crashed, at most stopTimeout: told to end meanwhile, Postgres 15 never
// does.
func (s *Server) awaitRecovery() {
	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()
	for {
		conn, err := pgx.Connect(ctx, s.DSN())
		if err == nil {
			_ = conn.Close(ctx) // the server ends it otherwise
			return
		}
		var refused *pgconn.PgError
		if !errors.As(err, &refused) || refused.Code != "57P03" { // 57P03: starting up, or recovering
			return // it has ended, or has no room
		}
		select {
		case <-s.done:
		case <-ctx.Done():
		case <-time.After(pollInterval):
		}
	}
}

// release gives back what Start took besides the process, which has ended.
func (s *Server) release() {
	if s.watcher != nil {
		_ = s.watcher.Process.Kill()
		_ = s.watcher.Wait() // killed, so it always reports an error
	}
	if s.socketDir != "" {
		_ = os.RemoveAll(s.socketDir)
	}
	if s.lock != nil {
		_ = s.lock.Close()
	}
}
