package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// RecordAbsence implements the RPC; its contract is in the .proto file. It emits nothing: nobody is told of a short leave (S1-20).
func (s *Server) RecordAbsence(ctx context.Context, req *routingv1.RecordAbsenceRequest) (*routingv1.RecordAbsenceResponse, error) {
	now, by := s.now(), auth.From(ctx)
	start, err := instant("start_time", req.GetStartTime(), now)
	if err != nil {
		return nil, err
	}
	end, err := instant("end_time", req.GetEndTime(), now)
	if err != nil {
		return nil, err
	}
	if req.GetPerson() != by.Subject && !forOthers(by) {
		return nil, domain.NotOneself(req.GetPerson())
	}
	a, err := domain.RecordAbsence(domain.Absence{
		ID: s.cfg.NewID(), Tenant: by.Tenant, Person: req.GetPerson(), StartTime: start, EndTime: end, RecordTime: now,
	})
	if err != nil {
		return nil, err
	}
	return write(ctx, s, "RecordAbsence", req, now, func(tx pgx.Tx) (*routingv1.RecordAbsenceResponse, error) {
		err := store.InsertAbsence(ctx, tx, a)
		return &routingv1.RecordAbsenceResponse{Absence: absenceProto(a)}, err
	})
}
