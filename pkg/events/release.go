package events

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/fault"
	eventsv1 "redress.dev/proto/gen/redress/events/v1"
)

const (
	// releasePatience is how long a release waits for a moment when no lane applies events of the part.
	releasePatience = 10 * time.Second
	// releaseBatch is the most events of one transaction of a release: lanes want the part back.
	releaseBatch = 100
)

// release applies the parked events of one aggregate again, in order, until one fails: that and those behind it stay parked. What
// was applied before a failure of the database stays applied.
func (b *Bus) release(ctx context.Context, sub Subscription, aggregateID string) (*eventsv1.ReleaseParkedEventsResponse, error) {
	lane := NewLane(b.cfg, sub, PartOf(aggregateID))
	total := &eventsv1.ReleaseParkedEventsResponse{}
	for begin := realTime.Now(); ; {
		released, left, err := b.releaseSome(ctx, lane, aggregateID)
		switch {
		case errors.Is(err, errBusy) && ctx.Err() == nil && realTime.Now().Sub(begin) < releasePatience:
			pause(ctx, minRest)
			continue
		case errors.Is(err, errBusy):
			return nil, fault.New(fault.Unavailable, reasonPartBusy, "the part of %s is busy, try again", aggregateID)
		case err != nil:
			return nil, fmt.Errorf("release %s: %w", aggregateID, err)
		}
		total.ReleasedCount += int32(released)
		total.ParkedCount = int32(left)
		if released < releaseBatch {
			return total, nil
		}
	}
}

// releaseSome applies at most releaseBatch parked events in one transaction. No event of the part is applied meanwhile, so that
// one which comes later is not applied first.
func (b *Bus) releaseSome(ctx context.Context, lane *Lane, aggregateID string) (released, left int, err error) {
	err = b.InTx(ctx, nil, func(ctx context.Context, tx pgx.Tx) error {
		released = 0
		if err := lockParts(ctx, tx, int16(lane.part)); err != nil {
			return err
		}
		parked, err := selectParked(ctx, tx, lane.part, aggregateID, releaseBatch)
		if err != nil {
			return err
		}
		for _, p := range parked {
			err := lane.releaseOne(ctx, tx, p)
			if err != nil && transient(err) {
				return err
			}
			if err != nil {
				if err := explain(ctx, tx, p.id, err); err != nil {
					return err
				}
				break
			}
			released++
		}
		const q = `SELECT count(*) FROM parked_event WHERE part = $1 AND aggregate_id = $2`
		return tx.QueryRow(ctx, q, lane.part, aggregateID).Scan(&left)
	})
	return released, left, err
}

// releaseOne applies one parked event, behind a savepoint, and takes it off the list.
func (l *Lane) releaseOne(ctx context.Context, tx pgx.Tx, p parkedRow) error {
	emitted := ctx.Value(sequencedKey{}).(*sequenced)
	before := *emitted
	err := pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) error {
		batch, _ := l.sort([]stretch{{events: []arrival{{Event: p.event}}}}, nil)
		if err := l.fold(ctx, tx, batch); err != nil {
			return err
		}
		for _, again := range batch.parked {
			return again.err
		}
		if err := emitted.flush(ctx, tx); err != nil { // the next event must see what this one has changed
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM parked_event WHERE id = $1`, p.id)
		return err
	})
	if err != nil {
		*emitted = before // the rest has been rolled back
		emitted.last.QueuedQueries = nil
	}
	return err
}

// explain replaces the error of a parked event by that of the last try.
func explain(ctx context.Context, tx pgx.Tx, id int64, cause error) error {
	const q = `UPDATE parked_event SET error = left($2, $3) WHERE id = $1`
	if _, err := tx.Exec(ctx, q, id, cause.Error(), maxErrorText); err != nil {
		return fmt.Errorf("explain parked event: %w", err)
	}
	return nil
}
