package server

import (
	"context"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/reporting/internal/store"
)

// GetTotals implements the RPC; its contract is in the .proto file.
func (s *Server) GetTotals(ctx context.Context, req *reportingv1.GetTotalsRequest) (*reportingv1.GetTotalsResponse, error) {
	t, err := store.SumTotals(ctx, s.cfg.Pool, auth.From(ctx).Tenant, req.GetProcedure())
	if err != nil {
		return nil, err
	}
	return &reportingv1.GetTotalsResponse{
		RegisteredCount: t.Registered, RoutedCount: t.Routed, ClosedCount: t.Closed, WithdrawnCount: t.Withdrawn, ReopenedCount: t.Reopened,
		ClockStartedCount: t.ClockStarted, ClockMetCount: t.ClockMet, ClockBreachedCount: t.ClockBreached, ClockCancelledCount: t.ClockCancelled,
		VisitCount: t.Visits,
	}, nil
}
