package pgserver

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// An osUser is the one that the server runs as.
type osUser struct {
	uid, gid uint32
	dropped  bool // the caller is root, and the server is not
}

// serverUser is the caller, or nobody where the caller is root.
func serverUser() (osUser, error) {
	if os.Geteuid() != 0 {
		return osUser{uid: uint32(os.Geteuid()), gid: uint32(os.Getegid())}, nil
	}
	nobody, err := user.Lookup("nobody")
	if err != nil {
		return osUser{}, fmt.Errorf("postgres refuses to run as root: %w", err)
	}
	uid, uidErr := strconv.ParseUint(nobody.Uid, 10, 32)
	gid, gidErr := strconv.ParseUint(nobody.Gid, 10, 32)
	if uidErr != nil || gidErr != nil {
		return osUser{}, fmt.Errorf("postgres refuses to run as root, and nobody has ids %s:%s", nobody.Uid, nobody.Gid)
	}
	return osUser{uid: uint32(uid), gid: uint32(gid), dropped: true}, nil
}

// own gives dir to u.
func (u osUser) own(dir string) error {
	if !u.dropped {
		return nil
	}
	return os.Chown(dir, int(u.uid), int(u.gid))
}

// mustOwn fails if dir belongs to another user: a folder is used as root or as
// an ordinary user, not by turns.
func (u osUser) mustOwn(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return fmt.Errorf("data folder cannot be read: %w", err)
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	if ok && stat.Uid != u.uid {
		return fmt.Errorf("data folder %s belongs to user id %d, and the server would run as %d: "+
			"start as the user who made it, or remove it", dir, stat.Uid, u.uid)
	}
	return nil
}

// command returns program, which keeps data in dir, with args, to be run as u.
func (u osUser) command(ctx context.Context, dir, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = "/"
	cmd.SysProcAttr = u.attr()
	if u.dropped && !open(dir) {
		passThrough(cmd.SysProcAttr)
	}
	return cmd
}

// attr returns how to start a process as u. A process group of its own keeps
// the terminal's Ctrl-C from it: we stop it, in order.
func (u osUser) attr() *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if u.dropped {
		a.Credential = &syscall.Credential{Uid: u.uid, Gid: u.gid}
	}
	return a
}

// open reports whether every user may pass through dir and those above it.
func open(dir string) bool {
	for {
		info, err := os.Stat(dir)
		if err != nil || info.Mode().Perm()&0o001 == 0 {
			return false
		}
		if dir == filepath.Dir(dir) {
			return true
		}
		dir = filepath.Dir(dir)
	}
}
