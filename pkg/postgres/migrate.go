package postgres

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

// Migrations is one set of forward-only migrations: files 0001_….sql with goose's "-- +goose Up" mark. A service runs its own
// set and those of the packages that keep tables for it.
type Migrations struct {
	// Name tells the set's version table apart: "migration_<name>".
	Name string
	// FS holds the files at its root.
	FS fs.FS
}

// Migrate brings schema up to date, creating it where the role may. Replicas may start at once: an advisory lock lets one in.
func Migrate(ctx context.Context, pool *pgxpool.Pool, schema string, sets ...Migrations) error {
	conn, err := pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", schema, err)
	}
	defer conn.Release()
	const lock = `SELECT pg_advisory_lock(hashtext('redress.migrate.' || $1))`
	if _, err := conn.Exec(ctx, lock, schema); err != nil {
		return fmt.Errorf("lock migrations of %s: %w", schema, err)
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock(hashtext('redress.migrate.' || $1))`, schema)
	}()
	if err := createSchema(ctx, conn.Conn(), schema); err != nil {
		return err
	}
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	for _, set := range sets {
		if err := up(ctx, db, set); err != nil {
			return fmt.Errorf("migrate %s, set %s: %w", schema, set.Name, err)
		}
	}
	return nil
}

// createSchema makes the schema unless it is there: in production the role owns a schema but may create none.
func createSchema(ctx context.Context, conn *pgx.Conn, schema string) error {
	var there bool
	err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = $1)`, schema).Scan(&there)
	if err != nil {
		return fmt.Errorf("look for schema %s: %w", schema, err)
	}
	if there {
		return nil
	}
	if _, err := conn.Exec(ctx, `CREATE SCHEMA `+pgx.Identifier{schema}.Sanitize()); err != nil {
		return fmt.Errorf("create schema %s (create it beforehand, owned by the service's role): %w", schema, err)
	}
	return nil
}

func up(ctx context.Context, db *sql.DB, set Migrations) error {
	store, err := database.NewStore(database.DialectPostgres, "migration_"+set.Name)
	if err != nil {
		return err
	}
	p, err := goose.NewProvider("", db, set.FS, goose.WithStore(store), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	_, err = p.Up(ctx)
	return err
}
