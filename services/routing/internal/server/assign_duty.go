package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
)

// AssignDuty implements the RPC; its contract is in the .proto file.
func (s *Server) AssignDuty(ctx context.Context, req *routingv1.AssignDutyRequest) (*routingv1.AssignDutyResponse, error) {
	now := s.now()
	start, err := instant("start_time", req.GetStartTime(), now)
	if err != nil {
		return nil, err
	}
	seat := domain.Seat{Tenant: auth.From(ctx).Tenant, Procedure: req.GetProcedure(), Post: req.GetPost()}
	p, _, err := s.seated(ctx, seat)
	if err != nil {
		return nil, err
	}
	return write(ctx, s, "AssignDuty", req, now, func(tx pgx.Tx) (*routingv1.AssignDutyResponse, error) {
		next := domain.Duty{ID: s.cfg.NewID(), Seat: seat, Person: req.GetPerson(), StartTime: start, RecordTime: now}
		assigned, err := assignDuty(ctx, tx, p, next, now)
		return &routingv1.AssignDutyResponse{Duty: dutyProto(assigned)}, err
	})
}
