package events

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/postgres"
)

// finishPatience is how long a transaction may go on after the lane was told to stop.
const finishPatience = 3 * time.Second

// apply moves the cursors over stretches and applies their events, in one transaction: that is the "exactly once".
func (l *Lane) apply(ctx context.Context, stretches []stretch) error {
	var parkings []parking
	var emitted *sequenced
	cursors := &advance{moves: movesOf(stretches)}
	err := postgres.Pipelined(ctx, l.cfg.Pool, cursors.queue, func(tx pgx.Tx, last *pgx.Batch) error {
		emitted = &sequenced{producer: l.cfg.Service, last: last}
		err := cursors.check(ctx, tx)
		if err != nil {
			return err
		}
		var batch *Batch
		batch, parkings = l.sort(stretches, cursors.parked)
		if poison := stretches[0].source.poison; poison != nil && len(batch.events) == 1 {
			batch.Park(batch.events[0], poison)
		} else if err = l.fold(sequencing(ctx, emitted), tx, batch); err != nil {
			return err
		}
		parkings = append(parkings, batch.parkings()...)
		if len(parkings) == 0 {
			return nil
		}
		return park(ctx, tx, l.cfg.Now(), parkings)
	})
	if err != nil {
		return err
	}
	l.handOver(emitted)
	l.alarm(parkings)
	return nil
}

// sort returns the events that Fold is to see, and those that go behind others of their aggregate.
func (l *Lane) sort(stretches []stretch, parked map[string]bool) (*Batch, []parking) {
	var show []Event
	var waiting []parking
	for _, st := range stretches {
		for _, e := range st.events {
			switch {
			case !l.sub.wants(e.Event):
			case parked[e.AggregateID]:
				waiting = append(waiting, behind(e.Event))
			default:
				show = append(show, e.Event)
			}
		}
	}
	return NewBatch(show), waiting
}

// fold shows a batch to the subscription's Fold, each sampled event under a span of its own.
func (l *Lane) fold(ctx context.Context, tx pgx.Tx, batch *Batch) (err error) {
	if len(batch.events) == 0 {
		return nil
	}
	ctx, started := startSpans(ctx, l.cfg.Service, batch.events)
	defer func() { started.end(err) }()
	if err := guarded(ctx, l.sub.Fold, tx, batch); err != nil {
		return fmt.Errorf("fold: %w", postgres.Lost(tx.Conn(), err))
	}
	return nil
}

// alarm tells the operator of parked events. The message is constant: alarms look for it.
func (l *Lane) alarm(parkings []parking) {
	for _, p := range parkings {
		e := p.event
		l.meter.add(l.meter.parked, e.Producer, 1)
		l.cfg.Log.Error("event parked", slog.String("event_id", e.ID), slog.String("type", e.Type),
			slog.String("producer", e.Producer), slog.Int("part", e.Part), slog.Int64("seq", e.Seq),
			slog.String("tenant", e.Tenant), slog.String("aggregate_id", e.AggregateID), slog.String("error", p.cause))
	}
}

// outlive returns a context that ends d after ctx, so that what is nearly done can be finished.
func outlive(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		pause(out, d)
		cancel()
	})
	return out, func() { stop(); cancel() }
}
