package pgtest_test

import (
	"context"
	"fmt"
	"net/url"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/pkg/pgtest"
	"redress.dev/pkg/postgres"
)

var (
	cats = postgres.Migrations{Name: "cats", FS: migration("CREATE TABLE cat (name text)")}
	dogs = postgres.Migrations{Name: "dogs", FS: migration("CREATE TABLE dog (name text)")}
)

func migration(sql string) fstest.MapFS {
	return fstest.MapFS{"0001_begin.sql": {Data: []byte("-- +goose Up\n" + sql + ";\n")}}
}

// Tests that run at once must not see each other's rows.
func TestNewGivesEachTestItsOwnDatabase(t *testing.T) {
	for n := range 6 {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t, "zoo", cats)
			for range 3 {
				exec(t, pool, "INSERT INTO cat VALUES ('Tom')")
			}
			if got := value[int](t, pool, "SELECT count(*) FROM cat"); got != 3 {
				t.Errorf("%d rows, want the 3 of this test", got)
			}
		})
	}
}

func TestNewAppliesTheSetsNamed(t *testing.T) {
	t.Parallel()
	tests := []struct {
		role string
		sets []postgres.Migrations
		want []string
	}{
		{"zoo", nil, nil},
		{"zoo", []postgres.Migrations{cats}, []string{"cat"}},
		{"zoo", []postgres.Migrations{cats, dogs}, []string{"cat", "dog"}},
		{"farm", []postgres.Migrations{dogs}, []string{"dog"}},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.role, tt.want), func(t *testing.T) {
			t.Parallel()
			pool := pgtest.New(t, tt.role, tt.sets...)
			const q = `SELECT array_agg(tablename ORDER BY tablename) FROM pg_tables
				WHERE schemaname = current_user AND tableowner = current_user AND tablename NOT LIKE 'migration%'`
			if diff := cmp.Diff(tt.want, value[[]string](t, pool, q)); diff != "" {
				t.Errorf("tables of %s (-want +got):\n%s", tt.role, diff)
			}
			for _, q := range []string{"SELECT current_user::text", "SELECT current_schema()::text"} {
				if got := value[string](t, pool, q); got != tt.role {
					t.Errorf("%s = %s, want %s", q, got, tt.role)
				}
			}
		})
	}
}

func TestNewDropsTheDatabaseAfterTheTest(t *testing.T) {
	t.Parallel()
	admin, err := pgx.Connect(t.Context(), pgtest.NewDSN(t))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close(context.Background())
	var name string
	t.Run("test", func(t *testing.T) {
		pool := pgtest.New(t, "zoo", cats)
		name = value[string](t, pool, "SELECT current_database()::text")
	})
	var there bool
	const q = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)"
	if err := admin.QueryRow(t.Context(), q, name).Scan(&there); err != nil {
		t.Fatal(err)
	}
	if there {
		t.Errorf("database %s outlives its test", name)
	}
}

// Whole services open the database by its address, each in its own schema.
func TestNewDSNServesServices(t *testing.T) {
	t.Parallel()
	dsn := pgtest.NewDSN(t)
	if u, err := url.Parse(dsn); err != nil || u.Scheme != "postgres" {
		t.Errorf("NewDSN() = %q, want a postgres URL (%v)", dsn, err)
	}
	for service, set := range map[string]postgres.Migrations{"zoo": cats, "farm": dogs} {
		pool, err := postgres.Open(t.Context(), dsn, service)
		if err != nil {
			t.Fatal(err)
		}
		defer pool.Close()
		if err := postgres.Migrate(t.Context(), pool, service, set); err != nil {
			t.Fatal(err)
		}
	}
}

func exec(t *testing.T, pool *pgxpool.Pool, sql string) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql); err != nil {
		t.Fatal(err)
	}
}

func value[T any](t *testing.T, pool *pgxpool.Pool, sql string) T {
	t.Helper()
	var v T
	if err := pool.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return v
}

// BenchmarkNew is what every test with a database pays.
func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		pgtest.New(b, "zoo", cats, dogs)
	}
}
