package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// CancelAbsence implements the RPC; its contract is in the .proto file.
func (s *Server) CancelAbsence(ctx context.Context, req *routingv1.CancelAbsenceRequest) (*routingv1.CancelAbsenceResponse, error) {
	now, by := s.now(), auth.From(ctx)
	return write(ctx, s, "CancelAbsence", req, now, func(tx pgx.Tx) (*routingv1.CancelAbsenceResponse, error) {
		a, found, err := store.LockAbsence(ctx, tx, by.Tenant, req.GetAbsenceId())
		switch {
		case err != nil:
			return nil, err
		case !found:
			return nil, domain.AbsenceNotFound(req.GetAbsenceId())
		case a.Person != by.Subject && !forOthers(by):
			return nil, domain.NotOneself(a.Person)
		}
		if a.CancelTime.IsZero() {
			a.CancelTime = now
			err = store.CancelAbsence(ctx, tx, a)
		}
		return &routingv1.CancelAbsenceResponse{Absence: absenceProto(a)}, err
	})
}
