package server

import (
	"context"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// ListDutyChanges implements the RPC; its contract is in the .proto file.
func (s *Server) ListDutyChanges(ctx context.Context, req *routingv1.ListDutyChangesRequest) (*routingv1.ListDutyChangesResponse, error) {
	seat := domain.Seat{Tenant: auth.From(ctx).Tenant, Procedure: req.GetProcedure(), Post: req.GetPost()}
	list, err := store.ListChanges(ctx, s.cfg.Pool, seat, domain.ChangeState(req.GetState()))
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ListDutyChangesResponse{}
	for _, c := range list {
		resp.Changes = append(resp.Changes, changeProto(c))
	}
	return resp, nil
}
