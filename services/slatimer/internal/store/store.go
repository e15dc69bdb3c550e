// Package store keeps clocks and timers in slatimer's schema.
package store

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"redress.dev/pkg/postgres"
	"redress.dev/services/slatimer/internal/domain"
)

//go:embed migrations
var files embed.FS

// Migrations keep slatimer's own tables.
var Migrations = postgres.Migrations{Name: "slatimer", FS: must(fs.Sub(files, "migrations"))}

func must(f fs.FS, err error) fs.FS {
	if err != nil {
		panic(err) // the folder is embedded: it cannot be missing
	}
	return f
}

// Queue has b keep files and what became of their clocks and timers, by one statement for each table and kind of change. The files' rows
// are locked by the transaction already, or new.
func Queue(b *pgx.Batch, files []domain.File, changes []domain.Change) {
	queueFiles(b, files)
	queueChanges(b, changes)
}

// Save does what Queue queues, in a round trip of its own.
func Save(ctx context.Context, tx pgx.Tx, files []domain.File, changes []domain.Change) error {
	var b pgx.Batch
	Queue(&b, files, changes)
	return send(ctx, tx, &b)
}

func queueChanges(b *pgx.Batch, changes []domain.Change) {
	var started, changed, rederived []owned
	var disarmed, armed []domain.Timer
	for _, ch := range changes {
		for _, c := range ch.Started {
			started = append(started, owned{ch.Key, c})
		}
		for _, c := range ch.Changed {
			changed = append(changed, owned{ch.Key, c})
		}
		for _, c := range ch.Rederived {
			rederived = append(rederived, owned{ch.Key, c})
		}
		disarmed, armed = append(disarmed, ch.Disarmed...), append(armed, ch.Armed...)
	}
	queueNewClocks(b, started)
	queueClocks(b, changed)
	queueTerms(b, rederived)
	queueDisarmed(b, disarmed)
	queueArmed(b, armed)
}

func send(ctx context.Context, tx pgx.Tx, b *pgx.Batch) error {
	if b.Len() == 0 {
		return nil
	}
	if err := tx.SendBatch(ctx, b).Close(); err != nil {
		return fmt.Errorf("save clocks: %w", err)
	}
	return nil
}

// queueIndexes makes the statements of the transaction find every row by its key. Postgres's guess of how many rows an array names,
// and of how large a table that has just grown is, would else read whole tables for some hundred rows.
func queueIndexes(b *pgx.Batch) {
	b.Queue(`SELECT set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true), set_config('enable_seqscan', 'off', true)`)
}

// queueKeptPlans spares the transaction's statements, which queueIndexes has left one plan, the time of making it anew.
func queueKeptPlans(b *pgx.Batch) {
	b.Queue(`SELECT set_config('plan_cache_mode', 'force_generic_plan', true)`)
}

// ids is an array of identifiers, which travel as the 16 bytes that they are: as text, an array of some hundred is slow to write and to
// read.
type ids = []pgtype.UUID

// tids are places of rows in their table.
type tids = pgtype.FlatArray[pgtype.TID]

// id returns an identifier as it travels; what is none becomes NULL, which no column takes and no key equals.
func id(s string) pgtype.UUID {
	u, err := uuid.Parse(s)
	return pgtype.UUID{Bytes: u, Valid: err == nil}
}

// null turns the zero time into NULL.
func null(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// orZero turns NULL into the zero time.
func orZero(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
