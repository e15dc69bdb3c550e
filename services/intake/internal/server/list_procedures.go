package server

import (
	"context"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/store"
)

// ListProcedures implements the RPC; its contract is in the .proto file. Contents are left out: with them an answer could outgrow
// what a client takes.
func (s *Server) ListProcedures(ctx context.Context, _ *intakev1.ListProceduresRequest) (*intakev1.ListProceduresResponse, error) {
	list, err := store.Editions(ctx, s.cfg.Pool, auth.From(ctx).Tenant)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.ListProceduresResponse{}
	for _, p := range list {
		resp.Editions = append(resp.Editions, publishedProto(p))
	}
	return resp, nil
}
