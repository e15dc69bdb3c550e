package server

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// AssignDuties implements the RPC; its contract is in the .proto file. Intake is asked once.
func (s *Server) AssignDuties(ctx context.Context, req *routingv1.AssignDutiesRequest) (*routingv1.AssignDutiesResponse, error) {
	now := s.now()
	start, err := instant("start_time", req.GetStartTime(), now)
	if err != nil {
		return nil, err
	}
	seat := domain.Seat{Tenant: auth.From(ctx).Tenant, Procedure: req.GetProcedure()}
	list, err := s.editionsOf(ctx, seat)
	if err != nil {
		return nil, err
	}
	var duties []domain.Duty
	editions := map[string]*procedure.Procedure{} // by post
	for _, x := range req.GetSeats() {
		seat.Post = x.GetPost()
		if editions[seat.Post], _, err = s.chair(ctx, list, seat.Post); err != nil {
			return nil, err
		}
		duties = append(duties, domain.Duty{ID: s.cfg.NewID(), Seat: seat, Person: x.GetPerson(), StartTime: start, RecordTime: now})
	}
	// Two calls at once lock the seats in one order.
	slices.SortFunc(duties, func(a, b domain.Duty) int { return cmp.Compare(a.Post, b.Post) })
	return write(ctx, s, "AssignDuties", req, now, func(tx pgx.Tx) (*routingv1.AssignDutiesResponse, error) {
		resp := &routingv1.AssignDutiesResponse{}
		for _, next := range duties {
			assigned, err := assignDuty(ctx, tx, editions[next.Post], next, now)
			if err != nil {
				return nil, err
			}
			resp.Duties = append(resp.Duties, dutyProto(assigned))
		}
		return resp, nil
	})
}

// assignDuty puts one person in a post that is known: lock, decide, save, emit.
func assignDuty(ctx context.Context, tx pgx.Tx, p *procedure.Procedure, next domain.Duty, now time.Time) (domain.Duty, error) {
	last, err := store.LockSeat(ctx, tx, next.Seat)
	if err != nil {
		return next, err
	}
	post, _ := p.Post(next.Post)
	ended, assigned, err := domain.AssignDirectly(post, last, next)
	if err != nil {
		return next, err
	}
	return assigned, saveDuties(ctx, tx, now, ended, assigned, assigned.Changed(told(p)...))
}
