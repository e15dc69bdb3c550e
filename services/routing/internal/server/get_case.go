package server

import (
	"context"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// GetCase implements the RPC; its contract is in the .proto file.
func (s *Server) GetCase(ctx context.Context, req *routingv1.GetCaseRequest) (*routingv1.GetCaseResponse, error) {
	c, found, err := store.ReadCase(ctx, s.cfg.Pool, auth.From(ctx).Tenant, req.GetComplaintId())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, domain.CaseNotFound(req.GetComplaintId())
	}
	p, err := s.cfg.Editions.Get(ctx, c.Digest)
	if err != nil {
		return nil, err
	}
	return &routingv1.GetCaseResponse{Case: caseProto(c, p)}, nil
}
