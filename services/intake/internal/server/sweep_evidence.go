package server

import (
	"context"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/postgres"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

const (
	// sweepEvery is how often uploads that took too long, and content that belongs to nothing, are looked for.
	sweepEvery = time.Minute
	// sweepBatch is the most of either in one transaction.
	sweepBatch = 100
	// deleteTimeout is how long deleting a batch may take: less than a transaction may stand idle.
	deleteTimeout = 20 * time.Second
)

// SweepEvidence drops uploads that took too long, and deletes content that belongs to nothing, until ctx ends. Replicas share the work.
func (s *Server) SweepEvidence(ctx context.Context) error {
	tick := time.NewTicker(sweepEvery)
	defer tick.Stop()
	for {
		if err := s.SweepEvidenceOnce(ctx); err != nil && ctx.Err() == nil {
			s.cfg.Log.ErrorContext(ctx, "evidence not swept", slog.Any("error", err))
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.orphaned:
		case <-tick.C:
		}
	}
}

// sweepSoon makes SweepEvidence look at once.
func (s *Server) sweepSoon() {
	select {
	case s.orphaned <- struct{}{}:
	default: // it is about to
	}
}

// SweepEvidenceOnce sweeps what is to be swept now. It may be cut off anywhere: what is done is done, the rest stays on the lists.
func (s *Server) SweepEvidenceOnce(ctx context.Context) error {
	for _, batch := range []func(context.Context, pgx.Tx) (int, error){s.dropUploads, s.deleteOrphans} {
		for n := sweepBatch; n == sweepBatch; {
			err := postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) (err error) {
				n, err = batch(ctx, tx)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// dropUploads drops a batch of uploads that took too long, and returns how many they were.
func (s *Server) dropUploads(ctx context.Context, tx pgx.Tx) (int, error) {
	now := s.now()
	late, err := store.LateUploads(ctx, tx, now.Add(-domain.UploadLife), sweepBatch)
	if err != nil {
		return 0, err
	}
	for _, e := range late {
		if err := store.DeleteUpload(ctx, tx, e.Evidence, now); err != nil {
			return 0, err
		}
	}
	return len(late), nil
}

// deleteOrphans deletes a batch of objects that belong to nothing, and returns how many they were. They are locked meanwhile, so that
// none becomes part of a file behind its back; when the commit fails, they are deleted again.
func (s *Server) deleteOrphans(ctx context.Context, tx pgx.Tx) (int, error) {
	objects, err := store.DueOrphans(ctx, tx, s.now(), sweepBatch)
	if err != nil || len(objects) == 0 {
		return 0, err
	}
	deleting, cancel := context.WithTimeout(ctx, deleteTimeout)
	defer cancel()
	if err := s.cfg.Contents.Delete(deleting, objects); err != nil {
		return 0, err
	}
	return len(objects), store.DeleteOrphans(ctx, tx, objects)
}
