package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// CompleteDutyRenewal implements the RPC; its contract is in the .proto file.
func (s *Server) CompleteDutyRenewal(ctx context.Context, req *routingv1.CompleteDutyRenewalRequest) (*routingv1.CompleteDutyRenewalResponse, error) {
	now := s.now()
	return write(ctx, s, "CompleteDutyRenewal", req, now, func(tx pgx.Tx) (*routingv1.CompleteDutyRenewalResponse, error) {
		r, found, err := store.LockRenewal(ctx, tx, auth.From(ctx).Tenant, req.GetRenewalId())
		if err != nil {
			return nil, err
		}
		if !found {
			return nil, domain.RenewalNotFound(req.GetRenewalId())
		}
		p, err := s.cfg.Editions.Get(ctx, r.Digest)
		if err != nil {
			return nil, err
		}
		people, err := s.setting(ctx, tx, p, r.Tenant, now, now)
		if err != nil {
			return nil, err
		}
		r, e, err := r.Complete(p, filing(ctx, people, "", now))
		if err != nil {
			return nil, err
		}
		if err := store.SaveRenewal(ctx, tx, r, now); err != nil {
			return nil, err
		}
		err = tell(ctx, tx, now, r.Tenant, r.AggregateID(), r.EventVersion, e)
		return &routingv1.CompleteDutyRenewalResponse{Renewal: renewalProto(r, now)}, err
	})
}
