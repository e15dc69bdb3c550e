// Package pgtest gives each test a Postgres database of its own, migrated and
// empty, on a private server that it starts by itself.
//
// Each test process has one server, started by the first test that asks.
// A server shared by all processes of a run would have to outlive the one that
// started it, and no test binary knows that it is the last; this one ends with
// its process, however that ends. Its data folder is kept in the temporary
// folder and goes to a later process, so that only the first pays for initdb.
//
// A test fails, and is not skipped, where there is no Postgres: `make pg`
// helps. Under goleak name the function
// redress.dev/pkg/pgserver.(*Server).wait, which runs until the process ends.
package pgtest

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/postgres"
)

const (
	// cleanUpTimeout bounds what follows a test.
	cleanUpTimeout = 10 * time.Second
	// poolParams lets a test hold as many transactions at once as a test of
	// concurrency needs; pgx's default is the number of cores.
	poolParams = "&pool_max_conns=16"
)

// New returns a pool on a new database with the given migrations applied, for
// role, who owns it and the schema of the same name. Sessions are those of
// postgres.Open. Pool and database go when the test ends; a connection that
// the test then still holds is an error.
func New(t testing.TB, role string, migrations ...postgres.Migrations) *pgxpool.Pool {
	t.Helper()
	c := shared(t)
	template, err := c.template(t.Context(), role, migrations)
	if err != nil {
		t.Fatalf("prepare a database: %v", err)
	}
	name := newDatabase(t, c, "OWNER "+quote(role)+" TEMPLATE "+quote(template))
	pool, err := postgres.Open(t.Context(), c.server.DSNFor(role, name)+poolParams, role)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { closePool(t, pool) })
	return pool
}

// NewDSN returns the URL of a new, empty database for its superuser: for tests
// that start whole services, which migrate it. It goes when the test ends.
func NewDSN(t testing.TB) string {
	t.Helper()
	c := shared(t)
	return c.server.DSNFor("postgres", newDatabase(t, c, ""))
}

// newDatabase creates a database with options, drops it after the test, and
// returns its name.
func newDatabase(t testing.TB, c *cluster, options string) string {
	t.Helper()
	name := c.newName()
	if err := c.exec(t.Context(), "CREATE DATABASE "+quote(name)+" "+options); err != nil {
		t.Fatalf("create a database: %v", err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), cleanUpTimeout)
		defer cancel()
		if err := c.exec(ctx, "DROP DATABASE "+quote(name)+" WITH (FORCE)"); err != nil {
			t.Errorf("drop the database: %v", err)
		}
	})
	return name
}

// closePool closes pool, which waits for each connection to come back.
func closePool(t testing.TB, pool *pgxpool.Pool) {
	t.Helper()
	closed := make(chan struct{})
	go func() {
		pool.Close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(cleanUpTimeout):
		t.Errorf("%d connections are still in use %s after the test", pool.Stat().AcquiredConns(), cleanUpTimeout)
	}
}

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
