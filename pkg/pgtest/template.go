package pgtest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5/pgconn"

	"redress.dev/pkg/postgres"
)

// duplicateObject is Postgres's code for a role that is there already.
const duplicateObject = "42710"

// makeTemplate creates role, a database of its own and its schema, migrates
// it, and leaves nobody connected: a database in use cannot be copied.
func (c *cluster) makeTemplate(ctx context.Context, role string, sets []postgres.Migrations) (string, error) {
	r := quote(role)
	err := c.exec(ctx, "CREATE ROLE "+r+" LOGIN")
	if pg := new(pgconn.PgError); err != nil && (!errors.As(err, &pg) || pg.Code != duplicateObject) {
		return "", fmt.Errorf("create role %s: %w", role, err)
	}
	name := c.newName()
	if err := c.exec(ctx,
		"ALTER ROLE "+r+" SET search_path = "+r,
		"CREATE DATABASE "+quote(name)+" OWNER "+r,
	); err != nil {
		return "", fmt.Errorf("create template: %w", err)
	}
	dsn := c.server.DSNFor(role, name)
	if err := execAt(ctx, dsn, "CREATE SCHEMA "+r); err != nil {
		return "", fmt.Errorf("create schema %s: %w", role, err)
	}
	pool, err := postgres.Open(ctx, dsn, role)
	if err != nil {
		return "", err
	}
	defer pool.Close()
	if err := postgres.Migrate(ctx, pool, role, sets...); err != nil {
		return "", err
	}
	return name, nil
}

// digest tells apart what templates are made from: the role, and every set by
// its name and files.
func digest(role string, sets []postgres.Migrations) (string, error) {
	h := sha256.New()
	// Quoted, so that no two lists write the same bytes; a hash never fails.
	add := func(part string) { _, _ = fmt.Fprintf(h, "%q", part) }
	add(role)
	for _, set := range sets {
		add(set.Name)
		err := fs.WalkDir(set.FS, ".", func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			content, err := fs.ReadFile(set.FS, path)
			add(path)
			add(string(content))
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return string(h.Sum(nil)), nil
}
