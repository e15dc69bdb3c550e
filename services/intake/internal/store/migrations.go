// Package store keeps intake's state in Postgres: functions over a transaction, one file for each table.
package store

import (
	"embed"
	"io/fs"

	"redress.dev/pkg/postgres"
)

//go:embed migrations
var files embed.FS

// Migrations are intake's own tables.
var Migrations = postgres.Migrations{Name: "intake", FS: must(fs.Sub(files, "migrations"))}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err) // the folder is embedded: it cannot be missing
	}
	return f
}
