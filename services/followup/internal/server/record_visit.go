package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/procedure"

	"redress.dev/services/followup/internal/domain"
	"redress.dev/services/followup/internal/store"
)

// reasonVisitNotFound is the reason of the fault of a visit that does not exist.
const reasonVisitNotFound = "VISIT_NOT_FOUND"

// RecordVisit implements the RPC; its contract is in the .proto file.
func (s *Server) RecordVisit(ctx context.Context, req *followupv1.RecordVisitRequest) (*followupv1.RecordVisitResponse, error) {
	caller, now := auth.From(ctx), s.now()
	call := domain.Call{VisitID: req.GetVisitId(), Outcome: procedure.VisitOutcome(req.GetOutcome()), Actor: caller.Actor(),
		Fields: procedure.FromProtos(req.GetFields())}
	if req.GetOccurTime() != nil {
		call.EndTime = req.GetOccurTime().AsTime().Truncate(time.Microsecond)
	}
	by := idempotency.Caller{Tenant: caller.Tenant, Subject: caller.Subject}
	resp, err := idempotency.Do(ctx, s.cfg.Pool, now, by, "RecordVisit", req, func(tx pgx.Tx) (*followupv1.RecordVisitResponse, error) {
		// Locked before anything is decided: two callers of one visit come one after the other, and the second finds it ended.
		before, err := lockFile(ctx, tx, caller.Tenant, call.VisitID)
		if err != nil {
			return nil, err
		}
		p, err := s.cfg.Editions.Get(ctx, before.Edition)
		if err != nil {
			return nil, err
		}
		f, evs, err := before.Record(call, now, p, s.cfg.NewID)
		if err != nil {
			return nil, err
		}
		changed, drafts, err := s.settle(nil, before, f, evs, nil, "")
		if err != nil {
			return nil, err
		}
		if err := save(ctx, tx, map[store.Key]domain.File{store.KeyOf(f): before}, changed); err != nil {
			return nil, err
		}
		v, _ := f.Visit(call.VisitID)
		return &followupv1.RecordVisitResponse{Visit: visitProto(store.VisitOf(f, v)), State: followupv1.FollowupState(f.State)},
			events.Emit(ctx, tx, now, drafts...)
	})
	if err != nil {
		return nil, err
	}
	s.cfg.Poke()
	return resp, nil
}

// lockFile returns the file that a visit belongs to, locked, with the visit in it.
func lockFile(ctx context.Context, tx pgx.Tx, tenant, visitID string) (domain.File, error) {
	v, ok, err := store.FindVisit(ctx, tx, tenant, visitID)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, reasonVisitNotFound, "there is no visit %s", visitID).At("visit_id").With("visit_id", visitID)
	}
	if err != nil {
		return domain.File{}, err
	}
	k := store.Key{Tenant: tenant, ComplaintID: v.ComplaintID}
	files, err := store.LockFiles(ctx, tx, []store.Key{k})
	if err != nil {
		return domain.File{}, err
	}
	f := files[k] // a visit is saved with its file
	if _, due := f.Visit(visitID); !due {
		// Read again: it may have ended between the first look and the lock.
		if v, _, err = store.FindVisit(ctx, tx, tenant, visitID); err != nil {
			return f, err
		}
		f.Visits = append(f.Visits, v.Visit)
	}
	return f, nil
}
