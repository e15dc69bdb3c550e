package standalone

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/pgserver"
)

const (
	postgresFolder = "postgres"
	database       = "redress"
	// poolConns is how many connections a service may hold.
	poolConns = 12
)

// startPostgres starts the server, with a database in which each service has a role and a schema that no other may enter.
func startPostgres(ctx context.Context, opts Options) (*pgserver.Server, error) {
	server, err := pgserver.Start(ctx, pgserver.Config{
		Dir: filepath.Join(opts.Dir, postgresFolder), Durable: opts.Durable,
		// Few buffers, since each connection maps the pages that it touches, and new ones come all the time: the rest is in the system's cache.
		// What leaves them is written back at once, not by the hundred megabytes after half a minute. A fresh folder's tables grow from nothing
		// to tens of thousands of rows in a minute, and plans must learn of it, but not every 5 s: that takes a tenth of what comes in. What they
		// learn, from a sample of 300 rows, is how large a table is; the usual 30,000, so often, take more.
		Settings: []string{
			"shared_buffers=64MB", "backend_flush_after=256kB", "max_wal_size=2GB", "autovacuum_naptime=15s", "default_statistics_target=1",
		},
	})
	if err != nil {
		return nil, err
	}
	if err := provision(ctx, server); err != nil {
		return nil, errors.Join(fmt.Errorf("set up the database: %w", err), server.Stop())
	}
	return server, nil
}

func provision(ctx context.Context, server *pgserver.Server) error {
	admin, err := pgx.Connect(ctx, server.DSN())
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	var there bool
	if err := admin.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, database).Scan(&there); err != nil {
		return err
	}
	if !there { // CREATE DATABASE knows no IF NOT EXISTS
		if _, err := admin.Exec(ctx, `CREATE DATABASE `+database); err != nil {
			return err
		}
	}
	inside, err := pgx.Connect(ctx, server.DSNFor("postgres", database))
	if err != nil {
		return err
	}
	defer inside.Close(ctx)
	return pgx.BeginFunc(ctx, inside, func(tx pgx.Tx) error {
		for _, svc := range services {
			if err := provisionService(ctx, tx, svc.name); err != nil {
				return fmt.Errorf("role of %s: %w", svc.name, err)
			}
		}
		_, err := tx.Exec(ctx, `REVOKE ALL ON SCHEMA public FROM PUBLIC`)
		return err
	})
}

// provisionService makes a role, unless it is there, and its schema. Others have no right on a schema unless it is granted.
func provisionService(ctx context.Context, tx pgx.Tx, name string) error {
	var there bool
	if err := tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, name).Scan(&there); err != nil {
		return err
	}
	role := pgx.Identifier{name}.Sanitize()
	if !there {
		if _, err := tx.Exec(ctx, `CREATE ROLE `+role+` LOGIN`); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, `CREATE SCHEMA IF NOT EXISTS `+role+` AUTHORIZATION `+role)
	return err
}
