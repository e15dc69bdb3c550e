package server

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/events"
	"redress.dev/pkg/idempotency"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// AssignDuty implements the RPC; its contract is in the .proto file.
func (s *Server) AssignDuty(ctx context.Context, req *routingv1.AssignDutyRequest) (*routingv1.AssignDutyResponse, error) {
	now, by := s.now(), auth.From(ctx)
	start, err := instant("start_time", req.GetStartTime(), now)
	if err != nil {
		return nil, err
	}
	// Asked outside the transaction: intake may be slow, and a seat must not be locked meanwhile.
	seat := domain.Seat{Tenant: by.Tenant, Procedure: req.GetProcedure(), Post: req.GetPost()}
	if err := s.knownSeat(ctx, seat); err != nil {
		return nil, err
	}
	caller := idempotency.Caller{Tenant: by.Tenant, Subject: by.Subject}
	resp, err := idempotency.Do(ctx, s.cfg.Pool, now, caller, "AssignDuty", req, func(tx pgx.Tx) (*routingv1.AssignDutyResponse, error) {
		last, err := store.LockSeat(ctx, tx, seat)
		if err != nil {
			return nil, err
		}
		next := domain.Duty{ID: s.cfg.NewID(), Seat: seat, Person: req.GetPerson(), StartTime: start}
		last, next, err = domain.Assign(last, next)
		if err != nil {
			return nil, err
		}
		if last.Version > 0 {
			err = store.SaveDuties(ctx, tx, last, next)
		} else {
			err = store.SaveDuties(ctx, tx, next)
		}
		if err != nil {
			return nil, err
		}
		err = events.Emit(ctx, tx, now, events.Draft{
			Tenant: by.Tenant, AggregateID: seat.AggregateID(), Version: next.Version, Actor: by.Actor(), OccurTime: now,
			Message: eventProto(next.Changed()),
		})
		return &routingv1.AssignDutyResponse{Duty: dutyProto(next)}, err
	})
	if err != nil {
		return nil, err
	}
	s.cfg.Poke()
	return resp, nil
}

// knownSeat fails unless the active edition of the procedure has the post.
func (s *Server) knownSeat(ctx context.Context, seat domain.Seat) error {
	p, err := s.cfg.ActiveEdition(ctx, seat.Tenant, seat.Procedure)
	if status.Code(err) == codes.NotFound {
		return domain.ProcedureUnknown(seat)
	}
	if err != nil {
		return err // intake's answer, for example that it is not there now
	}
	if !slices.ContainsFunc(p.GetPosts(), func(known *procedurev1.Post) bool { return known.GetKey() == seat.Post }) {
		return domain.PostUnknown(seat)
	}
	return nil
}
