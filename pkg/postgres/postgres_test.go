package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
)

var notes = postgres.Migrations{Name: "notes", FS: fstest.MapFS{
	"0001_note.sql": {Data: []byte("-- +goose Up\nCREATE TABLE note (n int PRIMARY KEY);\n")},
}}

func TestMigrateTwiceAtOnceIsOneMigration(t *testing.T) {
	pool := pgtest.New(t, "intake")
	done := make(chan error)
	for range 4 { // replicas that start together
		go func() { done <- postgres.Migrate(t.Context(), pool, "intake", notes) }()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if _, err := pool.Exec(t.Context(), "INSERT INTO intake.note VALUES (1)"); err != nil {
		t.Error(err)
	}
}

func TestInTxRunsAgainWhenPostgresAsks(t *testing.T) {
	pool := pgtest.New(t, "intake", notes)
	runs := 0
	err := postgres.InTx(t.Context(), pool, func(tx pgx.Tx) error {
		runs++
		if _, err := tx.Exec(t.Context(), "INSERT INTO note VALUES ($1)", runs); err != nil {
			return err
		}
		if runs < 3 {
			return &pgconn.PgError{Code: "40P01"}
		}
		return nil
	})
	var rows int
	if qerr := pool.QueryRow(t.Context(), "SELECT count(*) FROM note").Scan(&rows); qerr != nil || err != nil || runs != 3 || rows != 1 {
		t.Errorf("%d runs left %d rows (%v, %v), want the third run's alone", runs, rows, err, qerr)
	}
	if err := postgres.InTx(t.Context(), pool, func(pgx.Tx) error { return errors.New("no") }); err == nil {
		t.Error("an error of f is lost")
	}
}

// A caller that goes away while its statement runs costs no connection: opening one is the dearest thing that Postgres does.
func TestACallerThatGoesLeavesTheConnection(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "intake", notes)
	for _, test := range []struct {
		name string
		ends bool // the statement by itself, in time
	}{{"a statement that ends", true}, {"one that hangs", false}} {
		holder, err := pool.Acquire(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := holder.Exec(t.Context(), "SELECT pg_advisory_lock(1)"); err != nil {
			t.Fatal(err)
		}
		ctx, goAway := context.WithCancel(t.Context())
		defer goAway()
		var conn *pgx.Conn
		done := make(chan error)
		go func() {
			done <- postgres.InTx(ctx, pool, func(tx pgx.Tx) error {
				conn = tx.Conn()
				_, err := tx.Exec(ctx, "INSERT INTO note SELECT 1 FROM pg_advisory_xact_lock(1)")
				return err
			})
		}()
		for waiting := false; !waiting; { // until the statement runs
			if err := holder.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)").Scan(&waiting); err != nil {
				t.Fatal(err)
			}
		}
		goAway()
		if test.ends {
			if _, err := holder.Exec(t.Context(), "SELECT pg_advisory_unlock(1)"); err != nil {
				t.Fatal(err)
			}
		}
		if err := <-done; err == nil || test.ends && !errors.Is(err, context.Canceled) {
			t.Errorf("%s: the transaction of a caller that has gone ends with %v", test.name, err)
		}
		if conn.IsClosed() {
			t.Errorf("%s: the connection was closed", test.name)
		}
		if _, err := holder.Exec(t.Context(), "SELECT pg_advisory_unlock_all()"); err != nil {
			t.Fatal(err)
		}
		holder.Release()
		var rows int
		if err := pool.QueryRow(t.Context(), "SELECT count(*) FROM note").Scan(&rows); err != nil || rows != 0 {
			t.Errorf("%s: %d rows were written (%v), want none", test.name, rows, err)
		}
	}
}

func TestOpenNamesTheServerThatIsNotThere(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("enough"))
	_, err := postgres.Open(ctx, "postgres://clerk@127.0.0.1:9/office", "intake")
	if err == nil || !strings.Contains(err.Error(), "no Postgres for intake at 127.0.0.1:9") || !strings.Contains(err.Error(), `user "clerk"`) {
		t.Errorf("Open = %v", err)
	}
}
