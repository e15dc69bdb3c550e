package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// CompleteDutyRenewal implements the RPC; its contract is in the .proto file.
func (s *Server) CompleteDutyRenewal(ctx context.Context, req *routingv1.CompleteDutyRenewalRequest) (*routingv1.CompleteDutyRenewalResponse, error) {
	now, by := s.now(), auth.From(ctx)
	return write(ctx, s, "CompleteDutyRenewal", req, now, func(tx pgx.Tx) (*routingv1.CompleteDutyRenewalResponse, error) {
		r, found, err := store.LockRenewal(ctx, tx, by.Tenant, req.GetRenewalId())
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
		filing := domain.Filing{By: by.Subject, Supervisor: by.Has(optionsv1.Role_ROLE_SUPERVISOR), Keepers: people.Sitting(p.Directory.Keeper, now), Time: now}
		r, e, err := r.Complete(p, filing)
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
