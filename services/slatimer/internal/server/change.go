package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

// change is the transaction of a call about one complaint's clocks: lock, decide, save, emit. decide is given the file and the edition
// whose clocks count. It returns the file afterwards and the timers to tell the engine of once tx has committed.
func (s *Server) change(ctx context.Context, tx pgx.Tx, key domain.Key, caller string, decide func(domain.File, *procedure.Procedure) (domain.File, []domain.Event, error)) (domain.File, []domain.Timer, error) {
	// Nobody publishes holidays until tx ends: what is decided counts with those that count now.
	if _, err := store.CurrentHolidays(ctx, tx); err != nil {
		return domain.File{}, nil, err
	}
	files, err := store.LockFiles(ctx, tx, []domain.Key{key})
	if err != nil {
		return domain.File{}, nil, err
	}
	before, ok := files[key]
	if !ok {
		return domain.File{}, nil, complaintNotFound(key.ComplaintID)
	}
	before.Shard = events.PartOf(key.ComplaintID)
	p, err := s.policies(ctx, tx, before.ClocksBy(), key.Tenant)
	if err != nil {
		return domain.File{}, nil, err
	}
	after, evs, err := decide(before, p)
	if err != nil {
		return domain.File{}, nil, err
	}
	ch := domain.Diff(before, after)
	var b pgx.Batch
	store.Queue(&b, []domain.File{after}, []domain.Change{ch})
	return after, ch.Armed, events.EmitWith(ctx, tx, s.cfg.Now(), &b, draftsBy(caller, evs)...)
}

// policies returns an edition with the holidays that count for a tenant now.
func (s *Server) policies(ctx context.Context, tx pgx.Tx, digest, tenant string) (*procedure.Procedure, error) {
	current, err := store.CurrentHolidays(ctx, tx)
	if err != nil {
		return nil, err
	}
	p, err := s.edition(ctx, digest)
	if err != nil {
		return nil, err
	}
	return s.dated(ctx, p, tenant, current)
}

// complaintNotFound is the fault of a complaint that slatimer does not know.
func complaintNotFound(id string) error {
	return fault.New(fault.NotFound, "COMPLAINT_NOT_FOUND", "there is no complaint %s here, or it has not arrived yet; try again in a moment", id).
		With("complaint_id", id)
}
