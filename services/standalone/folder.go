package standalone

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// ErrFolderInUse says that another suite runs on the folder.
var ErrFolderInUse = errors.New("another Redress runs on this folder")

// lockFolder makes dir and takes its lock, which the kernel frees when the process ends.
func lockFolder(dir string) (*os.File, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil { // Postgres may run as another user, who must be able to pass
		return nil, fmt.Errorf("make data folder: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("data folder %s cannot be written: %w", dir, err)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		owner, _ := os.ReadFile(lock.Name()) // for the message alone
		_ = lock.Close()
		return nil, fmt.Errorf("%w: %s (process %s)", ErrFolderInUse, dir, strings.TrimSpace(string(owner)))
	}
	if err := errors.Join(lock.Truncate(0), writePID(lock)); err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("data folder %s cannot be written: %w", dir, err)
	}
	return lock, nil
}

func writePID(f *os.File) error {
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// reservePorts returns a loopback address for each service: first, first+1, …, or free ones where first is 0. The ports are
// given back at once, so that a service may still find its own taken.
func reservePorts(first int) (map[string]string, error) {
	addresses := map[string]string{}
	for i, svc := range services {
		port := 0
		if first > 0 {
			port = first + i
		}
		lis, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			return nil, fmt.Errorf("port of %s: %w", svc.name, err)
		}
		defer lis.Close() // all are held until the last is found, so that none is given out twice
		addresses[svc.name] = lis.Addr().String()
	}
	return addresses, nil
}
