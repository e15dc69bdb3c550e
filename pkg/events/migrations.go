package events

import (
	"embed"
	"io/fs"

	"redress.dev/pkg/postgres"
)

//go:embed migrations
var files embed.FS

// Migrations keep the tables of the backbone in a service's schema, and those of package lease.
var Migrations = postgres.Migrations{Name: "events", FS: must(fs.Sub(files, "migrations"))}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err) // the folder is embedded: it cannot be missing
	}
	return f
}
