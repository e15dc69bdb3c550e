// Package store keeps cases, their work and the duty directory in Postgres.
package store

import (
	"context"
	"embed"
	"io/fs"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/postgres"
)

//go:embed migrations
var files embed.FS

// Migrations make the tables of this package.
var Migrations = postgres.Migrations{Name: "routing", FS: must(fs.Sub(files, "migrations"))}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err) // the folder is embedded: it cannot be missing
	}
	return f
}

// Querier reads: a transaction, or a pool.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}
