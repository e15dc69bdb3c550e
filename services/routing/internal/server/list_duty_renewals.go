package server

import (
	"context"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/store"
)

// ListDutyRenewals implements the RPC; its contract is in the .proto file.
func (s *Server) ListDutyRenewals(ctx context.Context, req *routingv1.ListDutyRenewalsRequest) (*routingv1.ListDutyRenewalsResponse, error) {
	of := store.Directory{Tenant: auth.From(ctx).Tenant, Procedure: req.GetProcedure()}
	list, err := store.ListRenewals(ctx, s.cfg.Pool, of, req.GetOpen())
	if err != nil {
		return nil, err
	}
	resp, now := &routingv1.ListDutyRenewalsResponse{}, s.now()
	for _, r := range list {
		resp.Renewals = append(resp.Renewals, renewalProto(r, now))
	}
	return resp, nil
}
