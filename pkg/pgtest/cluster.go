package pgtest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/pgserver"
	"redress.dev/pkg/postgres"
)

// namePrefix begins the name of every database made here.
const namePrefix = "test_"

// A cluster is the server of this process.
type cluster struct {
	server *pgserver.Server
	// slot is the lock on the server's folder; the kernel frees it with the
	// process.
	slot *os.File
	last atomic.Int64 // number of the newest database

	mu        sync.Mutex
	templates map[string]string // database by digest of role and migrations
}

var process = sync.OnceValues(func() (*cluster, error) { return startCluster(context.Background()) })

// shared returns the cluster of this process, or ends the test.
func shared(t testing.TB) *cluster {
	t.Helper()
	c, err := process()
	if err != nil {
		t.Fatalf("this test needs Postgres: %v", err)
	}
	return c
}

// startCluster starts a server on the first folder that no other process uses.
func startCluster(ctx context.Context) (*cluster, error) {
	dir, slot, err := takeSlot()
	if err != nil {
		return nil, fmt.Errorf("find a folder for the server: %w", err)
	}
	cfg := pgserver.Config{Dir: filepath.Join(dir, "server")}
	server, err := pgserver.Start(ctx, cfg)
	if err != nil && !errors.Is(err, pgserver.ErrNoBinaries) {
		// Left by another version of Postgres, or by a crash of the machine,
		// which a server without fsync need not survive: begin anew.
		if err := os.RemoveAll(cfg.Dir); err != nil {
			return nil, fmt.Errorf("clear the server's folder: %w", err)
		}
		server, err = pgserver.Start(ctx, cfg)
	}
	if err != nil {
		return nil, err
	}
	c := &cluster{server: server, slot: slot, templates: map[string]string{}}
	if err := c.dropLeftovers(ctx); err != nil {
		return nil, fmt.Errorf("clear the server: %w", errors.Join(err, server.Stop()))
	}
	return c, nil
}

// takeSlot returns a folder that is this process's until it ends, and the lock
// that says so.
func takeSlot() (string, *os.File, error) {
	root := filepath.Join(os.TempDir(), "redress-pgtest-"+strconv.Itoa(os.Geteuid()))
	if err := os.MkdirAll(root, 0o755); err != nil { // started by root, the server enters as nobody
		return "", nil, err
	}
	for n := 0; ; n++ {
		dir := filepath.Join(root, strconv.Itoa(n))
		lock, err := os.OpenFile(dir+".lock", os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return "", nil, err
		}
		if err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err == nil {
			return dir, lock, nil
		}
		_ = lock.Close()
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return "", nil, fmt.Errorf("lock %s: %w", dir, err)
		}
	}
}

// dropLeftovers drops the databases of the processes that had the folder
// before: their templates, and what a killed test left.
func (c *cluster) dropLeftovers(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, c.server.DSN())
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	rows, _ := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", namePrefix)
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	for _, name := range names {
		if _, err := conn.Exec(ctx, "DROP DATABASE "+quote(name)+" WITH (FORCE)"); err != nil {
			return err
		}
	}
	return nil
}

// newName returns a name that no database of the cluster has.
func (c *cluster) newName() string { return fmt.Sprint(namePrefix, c.last.Add(1)) }

// exec runs statements as superuser, each by itself: CREATE DATABASE is refused
// in a transaction.
func (c *cluster) exec(ctx context.Context, statements ...string) error {
	return execAt(ctx, c.server.DSN(), statements...)
}

func execAt(ctx context.Context, dsn string, statements ...string) error {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	for _, s := range statements {
		if _, err := conn.Exec(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// template returns a database that role owns, with sets applied, to be copied;
// it is made once in a process.
func (c *cluster) template(ctx context.Context, role string, sets []postgres.Migrations) (string, error) {
	key, err := digest(role, sets)
	if err != nil {
		return "", fmt.Errorf("read migrations: %w", err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if name, ok := c.templates[key]; ok {
		return name, nil
	}
	name, err := c.makeTemplate(ctx, role, sets)
	if err != nil {
		return "", err
	}
	c.templates[key] = name
	return name, nil
}
