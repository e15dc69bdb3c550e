package server

import (
	"context"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/reporting/internal/store"
)

// maxScoreEntries is the most that a list holds.
const maxScoreEntries = 10_000

// ListScoreEntries implements the RPC; its contract is in the .proto file.
func (s *Server) ListScoreEntries(ctx context.Context, req *reportingv1.ListScoreEntriesRequest) (*reportingv1.ListScoreEntriesResponse, error) {
	card, _, err := s.card(ctx, req.GetProcedure(), req.GetCard())
	if err != nil {
		return nil, err
	}
	entries, err := store.Entries(ctx, s.cfg.Pool, store.EntryKey{
		Tenant: auth.From(ctx).Tenant, Procedure: req.GetProcedure(), Card: card.Key, Month: req.GetMonth(), Subject: req.GetSubject(),
	}, maxScoreEntries)
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.ListScoreEntriesResponse{}
	for _, e := range entries {
		resp.Entries = append(resp.Entries, scoreEntryProto(card, e))
	}
	return resp, nil
}
