package server

import (
	"context"
	"time"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/store"
)

// ListAbsences implements the RPC; its contract is in the .proto file.
func (s *Server) ListAbsences(ctx context.Context, req *routingv1.ListAbsencesRequest) (*routingv1.ListAbsencesResponse, error) {
	at, err := instant("at_time", req.GetAtTime(), time.Time{})
	if err != nil {
		return nil, err
	}
	list, err := store.ListAbsences(ctx, s.cfg.Pool, auth.From(ctx).Tenant, req.GetPerson(), at, s.now())
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ListAbsencesResponse{}
	for _, a := range list {
		resp.Absences = append(resp.Absences, absenceProto(a))
	}
	return resp, nil
}
