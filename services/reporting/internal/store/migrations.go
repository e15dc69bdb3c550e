// Package store keeps reporting's timelines and facts: functions over a transaction, one file per table.
package store

import (
	"embed"
	"io/fs"

	"redress.dev/pkg/postgres"
)

//go:embed migrations
var files embed.FS

// Migrations keep reporting's own tables.
var Migrations = postgres.Migrations{Name: "reporting", FS: must(fs.Sub(files, "migrations"))}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err) // the folder is embedded: it cannot be missing
	}
	return f
}
