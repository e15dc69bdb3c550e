package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
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

// Advance is a watermark that is to be moved.
type Advance struct {
	Session
	To int64
	// Ours tells whether it was: false means that another stream has opened the session since.
	Ours bool
}

// QueueAdvances has b move watermarks, and set Ours of each. The sessions stay locked until the transaction ends.
func QueueAdvances(b *pgx.Batch, list []*Advance) {
	const q = `
		UPDATE intake_session SET acked_sequence = $6
		WHERE tenant = $1 AND gateway = $2 AND session = $3 AND stream_epoch = $4 AND acked_sequence = $5`
	inOrder := slices.SortedFunc(slices.Values(list), func(x, y *Advance) int { return cmp.Compare(x.Key, y.Key) }) // two replicas lock in one order
	for _, a := range inOrder {
		b.Queue(q, a.Tenant, a.Gateway, a.Name, a.Epoch, a.Acked, a.To).Exec(func(tag pgconn.CommandTag) error {
			a.Ours = tag.RowsAffected() == 1
			return nil
		})
	}
}

// QueueResults has b keep what the items from first to last became, encoded.
func QueueResults(b *pgx.Batch, s Session, first, last int64, results []byte, now time.Time) {
	const q = `
		INSERT INTO intake_result (tenant, session_key, last_sequence, first_sequence, results, commit_time)
		VALUES ($1, $2, $3, $4, $5, $6)`
	b.Queue(q, s.Tenant, s.Key, last, first, results, now)
}

// MaxCommitItems is how many items of a session one commit may hold.
const MaxCommitItems = 1000

// Results returns the encoded results of the commits that hold the items from first to last, in order.
func Results(ctx context.Context, db Querier, s Session, first, last int64) ([][]byte, error) {
	const q = `
		SELECT results FROM intake_result
		WHERE tenant = $1 AND session_key = $2 AND last_sequence >= $3 AND last_sequence < $4 + $5::bigint AND first_sequence <= $4
		ORDER BY last_sequence
		LIMIT $4 - $3 + 1`
	rows, _ := db.Query(ctx, q, s.Tenant, s.Key, first, last, MaxCommitItems) // CollectRows returns the error
	list, err := pgx.CollectRows(rows, pgx.RowTo[[]byte])
	if err != nil {
		return nil, fmt.Errorf("read results: %w", err)
	}
	return list, nil
}
