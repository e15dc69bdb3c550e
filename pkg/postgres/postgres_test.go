package postgres_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
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

// What goes with BEGIN and with COMMIT is part of the transaction, and a connection is good again after whatever failed.
func TestPipelinedIsOneTransaction(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		first, last string
		f           error
		want        []int // the notes that are left
	}{
		{"all goes well", "INSERT INTO note VALUES (1)", "INSERT INTO note VALUES (3)", nil, []int{1, 2, 3}},
		{"nothing goes along", "", "", nil, []int{2}},
		{"the first fails", "INSERT INTO note SELECT 1/0", "INSERT INTO note VALUES (3)", nil, nil},
		{"f fails", "INSERT INTO note VALUES (1)", "INSERT INTO note VALUES (3)", errors.New("no"), nil},
		{"the last fails", "INSERT INTO note VALUES (1)", "INSERT INTO note SELECT 1/0", nil, nil},
	} {
		pool := pgtest.New(t, "intake", notes)
		var conn *pgx.Conn
		first := func(b *pgx.Batch) {
			if tt.first != "" {
				b.Queue(tt.first)
			}
		}
		err := postgres.Pipelined(t.Context(), pool, first, func(tx pgx.Tx, last *pgx.Batch) error {
			conn = tx.Conn()
			if _, err := tx.Exec(t.Context(), "INSERT INTO note VALUES (2)"); err != nil {
				return err
			}
			if tt.last != "" {
				last.Queue(tt.last)
			}
			return tt.f
		})
		if (err == nil) != (tt.want != nil) {
			t.Errorf("%s: the transaction ends with %v", tt.name, err)
		}
		if conn != nil && conn.IsClosed() {
			t.Errorf("%s: the connection was closed", tt.name)
		}
		rows, _ := pool.Query(t.Context(), "SELECT * FROM note ORDER BY 1") // CollectRows returns the error
		got, err := pgx.CollectRows(rows, pgx.RowTo[int])
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateEmpty()); diff != "" || err != nil {
			t.Errorf("%s: notes (-want +got): %v\n%s", tt.name, err, diff)
		}
	}
}

func TestALostConnectionIsToldApart(t *testing.T) {
	t.Parallel()
	const end = "SELECT pg_terminate_backend(pg_backend_pid())"
	for name, first := range map[string]string{"with BEGIN": end, "with COMMIT": "SELECT 1"} {
		err := postgres.Pipelined(t.Context(), pgtest.New(t, "intake"), func(b *pgx.Batch) { b.Queue(first) }, func(_ pgx.Tx, last *pgx.Batch) error {
			last.Queue(end)
			return nil
		})
		if !errors.Is(err, postgres.ErrConnectionLost) {
			t.Errorf("%s: a connection that ended gives %v", name, err)
		}
	}
}

func TestPipelinedRunsAgainWhenPostgresAsks(t *testing.T) {
	t.Parallel()
	pool := pgtest.New(t, "intake", notes)
	runs := 0
	first := func(b *pgx.Batch) { b.Queue("INSERT INTO note VALUES (1)") }
	err := postgres.Pipelined(t.Context(), pool, first, func(_ pgx.Tx, last *pgx.Batch) error {
		if runs++; runs < 3 {
			last.Queue("DO $$ BEGIN RAISE EXCEPTION 'again' USING ERRCODE = '40P01'; END $$")
		}
		return nil
	})
	var rows int
	if qerr := pool.QueryRow(t.Context(), "SELECT count(*) FROM note").Scan(&rows); qerr != nil || err != nil || runs != 3 || rows != 1 {
		t.Errorf("%d runs left %d rows (%v, %v), want the third run's alone", runs, rows, err, qerr)
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
