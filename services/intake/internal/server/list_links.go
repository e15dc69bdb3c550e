package server

import (
	"context"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/store"
)

// ListLinks implements the RPC; its contract is in the .proto file.
func (s *Server) ListLinks(ctx context.Context, req *intakev1.ListLinksRequest) (*intakev1.ListLinksResponse, error) {
	links, err := store.Links(ctx, s.cfg.Pool, auth.From(ctx).Tenant, req.GetComplaintId())
	return &intakev1.ListLinksResponse{Links: linkProtos(links)}, err
}
