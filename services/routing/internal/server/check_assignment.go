package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/postgres"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// CheckAssignment implements the RPC; its contract is in the .proto file.
func (s *Server) CheckAssignment(ctx context.Context, req *routingv1.CheckAssignmentRequest) (*routingv1.CheckAssignmentResponse, error) {
	resp := &routingv1.CheckAssignmentResponse{}
	c, found, err := store.ReadCase(ctx, s.cfg.Pool, req.GetTenant(), req.GetComplaintId())
	if err != nil || !found {
		return resp, err
	}
	p, err := s.cfg.Editions.Get(ctx, c.Digest)
	if err != nil {
		return nil, err
	}
	err = postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		now := s.now()
		setting, err := s.setting(ctx, tx, p, c.Tenant, now, now)
		resp.Assigned = domain.Assigned(setting, c, req.GetPerson(), now)
		return err
	})
	return resp, err
}
