package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// RequestDutyChange implements the RPC; its contract is in the .proto file.
func (s *Server) RequestDutyChange(ctx context.Context, req *routingv1.RequestDutyChangeRequest) (*routingv1.RequestDutyChangeResponse, error) {
	now, by := s.now(), auth.From(ctx)
	start, err := instant("start_time", req.GetStartTime(), time.Time{})
	if err != nil {
		return nil, err
	}
	seat := domain.Seat{Tenant: by.Tenant, Procedure: req.GetProcedure(), Post: req.GetPost()}
	_, post, err := s.seated(ctx, seat)
	if err != nil {
		return nil, err
	}
	return write(ctx, s, "RequestDutyChange", req, now, func(tx pgx.Tx) (*routingv1.RequestDutyChangeResponse, error) {
		last, err := store.LockSeat(ctx, tx, seat)
		if err != nil {
			return nil, err
		}
		pending, err := store.PendingChange(ctx, tx, seat)
		if err != nil {
			return nil, err
		}
		c, e, err := domain.RequestChange(post, last, pending, domain.Change{
			ID: s.cfg.NewID(), Seat: seat, Person: req.GetPerson(), StartTime: start, Reason: req.GetReason(),
			Requester: by.Subject, RequestTime: now,
		})
		if err != nil {
			return nil, err
		}
		if err := store.SaveChange(ctx, tx, c); err != nil {
			return nil, err
		}
		err = tell(ctx, tx, now, c.Tenant, c.AggregateID(), 1, e)
		return &routingv1.RequestDutyChangeResponse{Change: changeProto(c)}, err
	})
}
