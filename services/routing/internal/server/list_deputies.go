package server

import (
	"context"
	"time"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/store"
)

// ListDeputies implements the RPC; its contract is in the .proto file.
func (s *Server) ListDeputies(ctx context.Context, req *routingv1.ListDeputiesRequest) (*routingv1.ListDeputiesResponse, error) {
	at, err := instant("at_time", req.GetAtTime(), time.Time{})
	if err != nil {
		return nil, err
	}
	of := store.Directory{Tenant: auth.From(ctx).Tenant, Procedure: req.GetProcedure()}
	list, err := store.ListDeputies(ctx, s.cfg.Pool, of, at, s.now())
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ListDeputiesResponse{}
	for _, d := range list {
		resp.Deputies = append(resp.Deputies, deputyProto(d))
	}
	return resp, nil
}
