package pgserver

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// lockWait is how long Start waits for a server whose process has just died
// to finish its shutdown.
const lockWait = 10 * time.Second

// A cluster is the data of one server: dir/data, beside its log and its lock.
type cluster struct {
	dir     string
	bin     string // folder of the binaries that fit the data; set by prepare
	durable bool
}

func (c cluster) data() string    { return filepath.Join(c.dir, "data") }
func (c cluster) logFile() string { return filepath.Join(c.dir, "postgres.log") }

// settings are the server's, in the form of its -c option.
func (c cluster) settings() []string {
	settings := []string{
		"listen_addresses=",
		"unix_socket_permissions=0700",
		"max_connections=300", // five services and their tests, a pool each
		"timezone=UTC",
		"log_timezone=UTC",
		"jit=off", // compiles for longer than our short queries run
	}
	if !c.durable {
		settings = append(settings, "fsync=off", "full_page_writes=off", "synchronous_commit=off")
	}
	return settings
}

// lockDir takes the lock on dir, which its server holds until its last process
// has ended.
func lockDir(ctx context.Context, dir string) (*os.File, error) {
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder cannot be written: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, lockWait)
	defer cancel()
	for {
		err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return lock, nil
		}
		select {
		case <-ctx.Done():
			_ = lock.Close()
			return nil, fmt.Errorf("data folder %s is in use by a running server: stop that first, or name another folder", dir)
		case <-time.After(pollInterval):
		}
	}
}

// prepare makes the data folder if there is none, finds the binaries that fit
// it, and clears what a killed server left. The caller holds the lock.
func (c *cluster) prepare(ctx context.Context) error {
	u, err := serverUser()
	if err != nil {
		return err
	}
	version, err := os.ReadFile(filepath.Join(c.data(), "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		if c.bin, err = findBinaries(candidates(), ""); err != nil {
			return err
		}
		return c.initialize(ctx, u)
	}
	if err != nil {
		return fmt.Errorf("data folder cannot be read: %w", err)
	}
	if c.bin, err = findBinaries(candidates(), strings.TrimSpace(string(version))); err != nil {
		return fmt.Errorf("data folder %s: %w", c.data(), err)
	}
	if err := u.mustOwn(c.data()); err != nil {
		return err
	}
	// We hold the lock, so that whoever the file names is not our server;
	// Postgres itself would mistake a process with a reused number for one.
	err = os.Remove(filepath.Join(c.data(), "postmaster.pid"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove stale pid file: %w", err)
	}
	return nil
}

// initialize creates the data folder whole or not at all.
func (c *cluster) initialize(ctx context.Context, u osUser) error {
	unfinished := c.data() + ".new"
	if err := os.RemoveAll(unfinished); err != nil {
		return fmt.Errorf("remove unfinished data folder: %w", err)
	}
	if err := os.Mkdir(unfinished, 0o700); err != nil {
		return fmt.Errorf("make data folder: %w", err)
	}
	if err := u.own(unfinished); err != nil {
		return fmt.Errorf("hand over data folder: %w", err)
	}
	args := []string{"-D", unfinished, "-U", superuser, "-A", "trust", "-E", "UTF8", "--locale=C"}
	if !c.durable {
		args = append(args, "--no-sync")
	}
	out, err := u.command(ctx, c.dir, filepath.Join(c.bin, "initdb"), args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("initdb: %w\n%s", err, out)
	}
	if err := os.Rename(unfinished, c.data()); err != nil {
		return fmt.Errorf("name data folder: %w", err)
	}
	return nil
}

// logTail returns the last lines that the server logged.
func (c cluster) logTail() string {
	const lines = 10
	log, err := os.ReadFile(c.logFile())
	if err != nil {
		return "no server log: " + err.Error()
	}
	all := strings.Split(strings.TrimSpace(string(log)), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
