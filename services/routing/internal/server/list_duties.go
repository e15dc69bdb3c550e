package server

import (
	"context"
	"time"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// ListDuties implements the RPC; its contract is in the .proto file.
func (s *Server) ListDuties(ctx context.Context, req *routingv1.ListDutiesRequest) (*routingv1.ListDutiesResponse, error) {
	var at *time.Time
	if req.GetAtTime() != nil {
		t, err := instant("at_time", req.GetAtTime(), time.Time{})
		if err != nil {
			return nil, err
		}
		at = &t
	}
	seat := domain.Seat{Tenant: auth.From(ctx).Tenant, Procedure: req.GetProcedure(), Post: req.GetPost()}
	list, err := store.ListDuties(ctx, s.cfg.Pool, seat, at)
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ListDutiesResponse{}
	for _, d := range list {
		resp.Duties = append(resp.Duties, dutyProto(d))
	}
	return resp, nil
}
