package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// AssignDuty implements the RPC; its contract is in the .proto file.
func (s *Server) AssignDuty(ctx context.Context, req *routingv1.AssignDutyRequest) (*routingv1.AssignDutyResponse, error) {
	now := s.now()
	start, err := instant("start_time", req.GetStartTime(), now)
	if err != nil {
		return nil, err
	}
	seat := domain.Seat{Tenant: auth.From(ctx).Tenant, Procedure: req.GetProcedure(), Post: req.GetPost()}
	p, post, err := s.chair(ctx, seat)
	if err != nil {
		return nil, err
	}
	return write(ctx, s, "AssignDuty", req, now, func(tx pgx.Tx) (*routingv1.AssignDutyResponse, error) {
		last, err := store.LockSeat(ctx, tx, seat)
		if err != nil {
			return nil, err
		}
		next := domain.Duty{ID: s.cfg.NewID(), Seat: seat, Person: req.GetPerson(), StartTime: start, RecordTime: now}
		ended, assigned, err := domain.AssignDirectly(post, last, next)
		if err != nil {
			return nil, err
		}
		err = saveDuties(ctx, tx, now, ended, assigned, assigned.Changed(told(p)...))
		return &routingv1.AssignDutyResponse{Duty: dutyProto(assigned)}, err
	})
}
