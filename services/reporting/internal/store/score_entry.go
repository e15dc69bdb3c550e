package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"redress.dev/services/reporting/internal/domain"
)

const entryColumns = `tenant, entry_id, procedure, card, row_key, subject, month, amount, reason, posts, person, record_time, withdraw_time`

// InsertEntry keeps a new entry.
func InsertEntry(ctx context.Context, tx pgx.Tx, e domain.ScoreEntry) error {
	const q = `INSERT INTO score_entry (` + entryColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
	_, err := tx.Exec(ctx, q, e.Tenant, e.ID, e.Procedure, e.Card, e.Row, e.Subject, e.Month, e.Amount, e.Reason, e.Posts, e.Person, e.RecordTime,
		orNull(e.WithdrawTime))
	if err != nil {
		return fmt.Errorf("insert score entry: %w", err)
	}
	return nil
}

// UpdateEntry keeps what was decided about an entry: who has agreed, and when it was withdrawn.
func UpdateEntry(ctx context.Context, tx pgx.Tx, e domain.ScoreEntry) error {
	const q = `UPDATE score_entry SET posts = $3, withdraw_time = $4 WHERE tenant = $1 AND entry_id = $2`
	if _, err := tx.Exec(ctx, q, e.Tenant, e.ID, e.Posts, orNull(e.WithdrawTime)); err != nil {
		return fmt.Errorf("update score entry: %w", err)
	}
	return nil
}

// LockEntry returns an entry, locked until tx ends; false where there is none.
func LockEntry(ctx context.Context, tx pgx.Tx, tenant, id string) (domain.ScoreEntry, bool, error) {
	const q = `SELECT ` + entryColumns + ` FROM score_entry WHERE tenant = $1 AND entry_id = $2 FOR UPDATE`
	rows, _ := tx.Query(ctx, q, tenant, id) // CollectExactlyOneRow returns the error
	e, err := pgx.CollectExactlyOneRow(rows, scanEntry)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return e, false, nil
	case err != nil:
		return e, false, fmt.Errorf("lock score entry: %w", err)
	}
	return e, true, nil
}

// EntryKey names the entries of a scorecard and a month, of one subject or, if that is empty, of all.
type EntryKey struct{ Tenant, Procedure, Card, Month, Subject string }

// Entries returns entries in the order of entering, at most limit.
func Entries(ctx context.Context, pool *pgxpool.Pool, k EntryKey, limit int) ([]domain.ScoreEntry, error) {
	const q = `
		SELECT ` + entryColumns + `
		FROM score_entry
		WHERE tenant = $1 AND procedure = $2 AND card = $3 AND month = $4 AND ($5 = '' OR subject = $5)
		ORDER BY record_time, entry_id
		LIMIT $6`
	rows, _ := pool.Query(ctx, q, k.Tenant, k.Procedure, k.Card, k.Month, k.Subject, limit) // CollectRows returns the error
	entries, err := pgx.CollectRows(rows, scanEntry)
	if err != nil {
		return nil, fmt.Errorf("select score entries: %w", err)
	}
	return entries, nil
}

func scanEntry(row pgx.CollectableRow) (e domain.ScoreEntry, err error) {
	var withdrawn *time.Time
	err = row.Scan(&e.Tenant, &e.ID, &e.Procedure, &e.Card, &e.Row, &e.Subject, &e.Month, &e.Amount, &e.Reason, &e.Posts, &e.Person, &e.RecordTime, &withdrawn)
	e.WithdrawTime = timeOf(withdrawn)
	return e, err
}
