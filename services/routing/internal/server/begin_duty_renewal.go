package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// BeginDutyRenewal implements the RPC; its contract is in the .proto file.
func (s *Server) BeginDutyRenewal(ctx context.Context, req *routingv1.BeginDutyRenewalRequest) (*routingv1.BeginDutyRenewalResponse, error) {
	now := s.now()
	fixed, err := instant("structure_time", req.GetStructureTime(), now)
	if err != nil {
		return nil, err
	}
	of := store.Directory{Tenant: auth.From(ctx).Tenant, Procedure: req.GetProcedure()}
	p, err := s.leading(ctx, domain.Seat{Tenant: of.Tenant, Procedure: of.Procedure})
	if err != nil {
		return nil, err
	}
	return write(ctx, s, "BeginDutyRenewal", req, now, func(tx pgx.Tx) (*routingv1.BeginDutyRenewalResponse, error) {
		if err := store.LockRenewals(ctx, tx, of); err != nil {
			return nil, err
		}
		open, err := store.ListRenewals(ctx, tx, of, true)
		if err != nil {
			return nil, err
		}
		if len(open) > 0 {
			return nil, domain.RenewalOpen(open[0])
		}
		people, err := s.setting(ctx, tx, p, of.Tenant, now, now)
		if err != nil {
			return nil, err
		}
		r := domain.Renewal{ID: s.cfg.NewID(), Tenant: of.Tenant, Procedure: of.Procedure, StructureTime: fixed}
		r, e, err := domain.BeginRenewal(p, r, filing(ctx, people, "", now))
		if err != nil {
			return nil, err
		}
		if err := store.SaveRenewal(ctx, tx, r, now); err != nil {
			return nil, err
		}
		err = tell(ctx, tx, now, r.Tenant, r.AggregateID(), r.EventVersion, e)
		return &routingv1.BeginDutyRenewalResponse{Renewal: renewalProto(r, now)}, err
	})
}
