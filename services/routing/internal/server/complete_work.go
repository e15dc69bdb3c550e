package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// CompleteWork implements the RPC; its contract is in the .proto file.
func (s *Server) CompleteWork(ctx context.Context, req *routingv1.CompleteWorkRequest) (*routingv1.CompleteWorkResponse, error) {
	now, by := s.now(), auth.From(ctx)
	occurred, err := instant("occur_time", req.GetOccurTime(), now)
	if err != nil {
		return nil, err
	}
	done := domain.Completion{
		Outcome: req.GetOutcome(), Fields: procedure.FromProtos(req.GetFields()), Content: req.GetContent(), OccurTime: occurred,
	}
	caller := idempotency.Caller{Tenant: by.Tenant, Subject: by.Subject}
	resp, err := idempotency.Do(ctx, s.cfg.Pool, now, caller, "CompleteWork", req, func(tx pgx.Tx) (*routingv1.CompleteWorkResponse, error) {
		return s.completeWork(ctx, tx, by, req, done, now)
	})
	if err != nil {
		return nil, err
	}
	s.cfg.Poke()
	return resp, nil
}

// completeWork is the transaction of CompleteWork: lock, decide, save, emit.
func (s *Server) completeWork(ctx context.Context, tx pgx.Tx, by auth.Principal, req *routingv1.CompleteWorkRequest, done domain.Completion, now time.Time) (*routingv1.CompleteWorkResponse, error) {
	c, found, err := store.LockCaseOfWork(ctx, tx, by.Tenant, req.GetWorkId())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, domain.WorkNotFound(req.GetWorkId())
	}
	if err := domain.CheckVersion(c, req.GetExpectedVersion()); err != nil {
		return nil, err
	}
	// In memory but for the first time: an edition never changes.
	p, err := s.cfg.Editions.Get(ctx, c.Digest)
	if err != nil {
		return nil, err
	}
	first, last := done.OccurTime, now // the caller must sit in the post now; the next work opens when this was done
	if last.Before(first) {
		first, last = last, first
	}
	setting, err := s.setting(ctx, tx, p, c.Tenant, first, last)
	if err != nil {
		return nil, err
	}
	caller := domain.Caller{
		Subject: by.Subject, Anywhere: by.Has(optionsv1.Role_ROLE_SUPERVISOR) || by.Has(optionsv1.Role_ROLE_INTEGRATION),
	}
	c, evs, err := domain.Complete(setting, c, req.GetWorkId(), done, caller, now)
	if err != nil {
		return nil, err
	}
	var b pgx.Batch
	if err := store.QueueCases(&b, []domain.Case{c}, now); err != nil {
		return nil, err
	}
	cause := cause{actor: by.Actor(), occurTime: done.OccurTime}
	if err := events.EmitWith(ctx, tx, now, &b, cause.drafts(c, evs)...); err != nil {
		return nil, err
	}
	return &routingv1.CompleteWorkResponse{Case: caseProto(c, p)}, nil
}
