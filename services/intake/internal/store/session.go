package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// Session is one opening of a gateway's session.
type Session struct {
	Tenant  string
	Gateway string
	Name    string
	// Key stands for all three in the table of results.
	Key int64
	// Epoch rises with every opening.
	Epoch int64
	// Acked is the last committed item; 0 at first.
	Acked int64
}

// OpenSession opens or resumes a session: from now on the streams that had it can write no more. The session belongs to the actor who
// opened it first; to another, ours is false, and nothing has changed.
func OpenSession(ctx context.Context, tx pgx.Tx, tenant, gateway, session, actor string, now time.Time) (_ Session, ours bool, err error) {
	const q = `
		INSERT INTO intake_session AS s (tenant, gateway, session, opener, stream_epoch, acked_sequence, open_time)
		VALUES ($1, $2, $3, $4, 1, 0, $5)
		ON CONFLICT (tenant, gateway, session) DO UPDATE
		SET opener = excluded.opener, stream_epoch = s.stream_epoch + 1, open_time = excluded.open_time
		WHERE s.opener IN ('', excluded.opener)
		RETURNING session_key, stream_epoch, acked_sequence`
	s := Session{Tenant: tenant, Gateway: gateway, Name: session}
	err = tx.QueryRow(ctx, q, tenant, gateway, session, actor, now).Scan(&s.Key, &s.Epoch, &s.Acked)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, false, nil
	}
	if err != nil {
		return s, false, fmt.Errorf("open session: %w", err)
	}
	return s, true, nil
}

// AdvanceSession moves the watermark of s to last and reports whether it could: false means that another stream has opened the
// session since. The session stays locked until tx ends.
func AdvanceSession(ctx context.Context, tx pgx.Tx, s Session, last int64) (bool, error) {
	const q = `
		UPDATE intake_session SET acked_sequence = $6
		WHERE tenant = $1 AND gateway = $2 AND session = $3 AND stream_epoch = $4 AND acked_sequence = $5`
	tag, err := tx.Exec(ctx, q, s.Tenant, s.Gateway, s.Name, s.Epoch, s.Acked, last)
	if err != nil {
		return false, fmt.Errorf("advance session: %w", err)
	}
	return tag.RowsAffected() == 1, nil
}

// QueueResults has b keep what the items from first to last became, encoded.
func QueueResults(b *pgx.Batch, s Session, first, last int64, results []byte, now time.Time) {
	const q = `
		INSERT INTO intake_result (tenant, session_key, last_sequence, first_sequence, results, commit_time)
		VALUES ($1, $2, $3, $4, $5, $6)`
	b.Queue(q, s.Tenant, s.Key, last, first, results, now)
}

// Results returns the encoded results of the commits that hold the items from first to last, in order.
func Results(ctx context.Context, db Querier, s Session, first, last int64) ([][]byte, error) {
	const q = `
		SELECT results FROM intake_result
		WHERE tenant = $1 AND session_key = $2 AND last_sequence >= $3 AND first_sequence <= $4
		ORDER BY last_sequence
		LIMIT $4 - $3 + 1`
	rows, _ := db.Query(ctx, q, s.Tenant, s.Key, first, last) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	return list, nil
}
