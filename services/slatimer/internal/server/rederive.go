package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
	"redress.dev/pkg/postgres"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

const (
	// rederiveBatch is the most complaints in one transaction of Rederive.
	rederiveBatch = 200
	// rederiveEvery is how often a replica looks for holidays that another one published, or that one left half done.
	rederiveEvery = 5 * time.Second
)

// Rederive derives clocks anew whose holidays have changed, until ctx ends.
func (s *Server) Rederive(ctx context.Context) error {
	tick := time.NewTicker(rederiveEvery)
	defer tick.Stop()
	for {
		if err := s.RederiveAll(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.ErrorContext(ctx, "clocks not derived anew", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.published:
		case <-tick.C:
		}
	}
}

// RederiveAll derives what is to be derived now. It may be cut off anywhere: each batch is one transaction, which moves its place on.
func (s *Server) RederiveAll(ctx context.Context) error {
	for {
		var more bool
		var armed []domain.Timer
		err := postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) (err error) {
			more, armed, err = s.rederiveBatch(ctx, tx)
			return err
		})
		if err != nil || !more {
			return err
		}
		if len(armed) > 0 {
			s.cfg.Armed(armed)
			s.cfg.Poke()
		}
	}
}

// rederiveBatch is one transaction: find, lock, decide, save, emit.
func (s *Server) rederiveBatch(ctx context.Context, tx pgx.Tx) (more bool, armed []domain.Timer, err error) {
	// First, as whoever publishes does: then neither waits for the other in a circle.
	current, err := store.CurrentHolidays(ctx, tx)
	if err != nil {
		return false, nil, err
	}
	work, found, err := store.NextStale(ctx, tx, rederiveBatch)
	if err != nil || !found {
		return false, nil, err
	}
	loaded, err := store.LockFiles(ctx, tx, work.Complaints)
	if err != nil {
		return false, nil, err
	}
	now := s.cfg.Now()
	by := domain.Cause{EventID: work.CauseID, Actor: work.Actor, Time: now}
	var files []domain.File
	var changes []domain.Change
	var drafts []events.Draft
	for _, key := range work.Complaints {
		before, ok := loaded[key]
		if !ok {
			continue
		}
		before.Shard = events.PartOf(key.ComplaintID)
		p, err := s.edition(ctx, before.ClocksBy())
		if err != nil {
			return false, nil, err
		}
		if p, err = s.dated(ctx, p, key.Tenant, current); err != nil {
			return false, nil, err
		}
		after, evs, err := domain.Recompute(before, p, by)
		if err != nil {
			// One limit beyond the years that calendars know keeps its old terms; the others go on.
			s.cfg.Log.ErrorContext(ctx, "clocks not derived anew", slog.String("complaint_id", key.ComplaintID), slog.Any("error", err))
			continue
		}
		ch := domain.Diff(before, after)
		files, changes, armed = append(files, after), append(changes, ch), append(armed, ch.Armed...)
		drafts = append(drafts, draftsBy(work.Actor, evs)...)
	}
	var b pgx.Batch
	store.Queue(&b, files, changes)
	return true, armed, events.EmitWith(ctx, tx, now, &b, drafts...)
}
