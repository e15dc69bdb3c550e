package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/idempotency"

	"redress.dev/services/reporting/internal/domain"
	"redress.dev/services/reporting/internal/store"
)

// DecideScoreEntry implements the RPC; its contract is in the .proto file.
func (s *Server) DecideScoreEntry(ctx context.Context, req *reportingv1.DecideScoreEntryRequest) (*reportingv1.DecideScoreEntryResponse, error) {
	caller, now := auth.From(ctx), s.now()
	by := idempotency.Caller{Tenant: caller.Tenant, Subject: caller.Subject}
	return idempotency.Do(ctx, s.cfg.Pool, now, by, "DecideScoreEntry", req, func(tx pgx.Tx) (*reportingv1.DecideScoreEntryResponse, error) {
		e, found, err := store.LockEntry(ctx, tx, caller.Tenant, req.GetEntryId())
		if err == nil && !found {
			err = fault.New(fault.NotFound, domain.ReasonEntryNotFound, "there is no entry %s", req.GetEntryId()).At("entry_id").With("entry_id", req.GetEntryId())
		}
		if err != nil {
			return nil, err
		}
		card, _, err := s.card(ctx, e.Procedure, e.Card)
		if err != nil {
			return nil, err
		}
		held, err := store.PostsHeld(ctx, tx, caller.Tenant, e.Procedure, caller.Subject, now)
		if err != nil {
			return nil, err
		}
		if req.GetDecision() == reportingv1.ScoreDecision_SCORE_DECISION_WITHDRAW {
			e, err = domain.Withdraw(card, e, held, now)
		} else {
			e, err = domain.Agree(card, e, held)
		}
		if err != nil {
			return nil, err
		}
		return &reportingv1.DecideScoreEntryResponse{Entry: scoreEntryProto(card, e)}, store.UpdateEntry(ctx, tx, e)
	})
}
