package pgserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
)

// port is a part of the socket's name only; nothing listens on TCP.
const port = "5432"

// watch is the shell program of the watcher: when its input ends, because the
// process that held the other end has, it stops server $1, waits up to half a
// minute for it, and removes its socket folder $2. It needs no help of the dying, so that
// it covers SIGKILL and the end of a test binary alike, on every Unix.
const watch = `cat >/dev/null
kill -INT "$1" 2>/dev/null
i=0
while [ $i -lt 300 ] && kill -0 "$1" 2>/dev/null; do sleep 0.1; i=$((i+1)); done
rm -rf "$2"`

// launch starts the server process on c, and the watcher that ends it with us.
func (s *Server) launch(c cluster, extra []string) error {
	u, err := serverUser()
	if err != nil {
		return err
	}
	// Not os.TempDir: a socket's path may have little more than 100 bytes.
	if s.socketDir, err = os.MkdirTemp("/tmp", "redress-pg-"); err != nil {
		return fmt.Errorf("make socket folder: %w", err)
	}
	if err := u.own(s.socketDir); err != nil {
		return fmt.Errorf("hand over socket folder: %w", err)
	}
	log, err := os.Create(c.logFile())
	if err != nil {
		return fmt.Errorf("make server log: %w", err)
	}
	defer log.Close() // the server has its own handle

	args := []string{"-D", c.data(), "-k", s.socketDir, "-p", port}
	for _, setting := range append(c.settings(), extra...) {
		args = append(args, "-c", setting)
	}
	s.cmd = u.command(context.Background(), c.dir, filepath.Join(c.bin, "postgres"), args...) // runs until Stop
	s.cmd.Stdout, s.cmd.Stderr = log, log
	// Every process of the server inherits the lock: as long as one lives,
	// even without us, no other server starts on this folder.
	s.cmd.ExtraFiles = []*os.File{s.lock}
	if err := s.cmd.Start(); err != nil {
		s.cmd = nil
		return fmt.Errorf("start postgres: %w", err)
	}
	go s.wait()

	s.watcher = exec.Command("/bin/sh", "-c", watch, "sh", strconv.Itoa(s.cmd.Process.Pid), s.socketDir)
	s.watcher.Dir = "/"
	s.watcher.SysProcAttr = u.attr()
	if _, err := s.watcher.StdinPipe(); err != nil { // held open until we end
		return fmt.Errorf("connect the watcher: %w", err)
	}
	if err := s.watcher.Start(); err != nil {
		s.watcher = nil
		return fmt.Errorf("start the watcher: %w", err)
	}
	return nil
}

// wait takes note of the server's end.
func (s *Server) wait() {
	s.exit = s.cmd.Wait()
	close(s.done)
}
