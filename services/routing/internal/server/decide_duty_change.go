package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// DecideDutyChange implements the RPC; its contract is in the .proto file.
func (s *Server) DecideDutyChange(ctx context.Context, req *routingv1.DecideDutyChangeRequest) (*routingv1.DecideDutyChangeResponse, error) {
	now := s.now()
	// Which seat it is about never changes; where the request stands is read again once the seat is locked.
	c, found, err := store.FindChange(ctx, s.cfg.Pool, auth.From(ctx).Tenant, req.GetChangeId())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, domain.ChangeNotFound(req.GetChangeId())
	}
	p, _, err := s.seated(ctx, c.Seat)
	if err != nil {
		return nil, err
	}
	return write(ctx, s, "DecideDutyChange", req, now, func(tx pgx.Tx) (*routingv1.DecideDutyChangeResponse, error) {
		return s.decideDutyChange(ctx, tx, p, c.Seat, req, now)
	})
}

// decideDutyChange is the transaction of DecideDutyChange: lock, decide, save, emit.
func (s *Server) decideDutyChange(ctx context.Context, tx pgx.Tx, p *procedure.Procedure, seat domain.Seat, req *routingv1.DecideDutyChangeRequest, now time.Time) (*routingv1.DecideDutyChangeResponse, error) {
	last, err := store.LockSeat(ctx, tx, seat)
	if err != nil {
		return nil, err
	}
	c, _, err := store.FindChange(ctx, tx, seat.Tenant, req.GetChangeId())
	if err != nil {
		return nil, err
	}
	people, err := s.setting(ctx, tx, p, seat.Tenant, now, now)
	if err != nil {
		return nil, err
	}
	decided, err := c.Decide(domain.Decision{
		Approve: req.GetApprove(), By: auth.From(ctx).Subject, Sitting: people.Sitting(c.Head, now), Time: now, DutyID: s.cfg.NewID(),
	}, last)
	if err != nil {
		return nil, err
	}
	if err := store.SaveChange(ctx, tx, decided.Change); err != nil {
		return nil, err
	}
	if err := tell(ctx, tx, now, c.Tenant, c.AggregateID(), 2, decided.Event); err != nil {
		return nil, err
	}
	resp := &routingv1.DecideDutyChangeResponse{Change: changeProto(decided.Change)}
	if decided.Assigned.Version > 0 {
		resp.Duty = dutyProto(decided.Assigned)
		err = saveDuties(ctx, tx, now, decided.Ended, decided.Assigned, decided.Changed(told(p)...))
	}
	return resp, err
}
