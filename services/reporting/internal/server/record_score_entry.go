package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/idempotency"
	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
	"redress.dev/services/reporting/internal/store"
)

// RecordScoreEntry implements the RPC; its contract is in the .proto file.
func (s *Server) RecordScoreEntry(ctx context.Context, req *reportingv1.RecordScoreEntryRequest) (*reportingv1.RecordScoreEntryResponse, error) {
	caller, now := auth.From(ctx), s.now()
	card, editions, err := s.card(ctx, req.GetProcedure(), req.GetCard())
	if err != nil {
		return nil, err
	}
	month, err := domain.SpanOf(procedure.Monthly, req.GetMonth(), editions[0].Zone())
	if err != nil {
		return nil, err
	}
	if err := s.knownSubject(ctx, editions[0], card, req.GetSubject(), month); err != nil {
		return nil, err
	}
	by := idempotency.Caller{Tenant: caller.Tenant, Subject: caller.Subject}
	return idempotency.Do(ctx, s.cfg.Pool, now, by, "RecordScoreEntry", req, func(tx pgx.Tx) (*reportingv1.RecordScoreEntryResponse, error) {
		held, err := store.PostsHeld(ctx, tx, caller.Tenant, req.GetProcedure(), caller.Subject, now)
		if err != nil {
			return nil, err
		}
		e, err := domain.Enter(card, domain.ScoreEntry{
			ID: s.cfg.NewID(), Tenant: caller.Tenant, Procedure: req.GetProcedure(), Card: card.Key, Row: req.GetRow(), Subject: req.GetSubject(),
			Month: req.GetMonth(), Reason: req.GetReason(), Person: caller.Subject, RecordTime: now,
		}, req.GetAmount(), held)
		if err != nil {
			return nil, err
		}
		return &reportingv1.RecordScoreEntryResponse{Entry: scoreEntryProto(card, e)}, store.InsertEntry(ctx, tx, e)
	})
}
