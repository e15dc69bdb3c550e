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

// endOfTime is later than every duty: the contract's times end with the year 9999.
var endOfTime = time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC)

// SetDeputy implements the RPC; its contract is in the .proto file.
func (s *Server) SetDeputy(ctx context.Context, req *routingv1.SetDeputyRequest) (*routingv1.SetDeputyResponse, error) {
	now, by := s.now(), auth.From(ctx)
	start, err := instant("start_time", req.GetStartTime(), now)
	if err != nil {
		return nil, err
	}
	end, err := instant("end_time", req.GetEndTime(), time.Time{})
	if err != nil {
		return nil, err
	}
	if req.GetPerson() != by.Subject && !forOthers(by) { // a post's has no person
		return nil, domain.NotOneself(req.GetPerson())
	}
	of := store.Directory{Tenant: by.Tenant, Procedure: req.GetProcedure()}
	seat := domain.Seat{Tenant: of.Tenant, Procedure: of.Procedure, Post: req.GetPost()}
	p, err := s.leading(ctx, seat)
	if err == nil && seat.Post != "" {
		p, _, err = s.seated(ctx, seat)
	}
	if err != nil {
		return nil, err
	}
	if !p.Directory.Deputies {
		return nil, domain.DeputiesNotUsed(p.Code)
	}
	next := domain.Deputy{
		Tenant: of.Tenant, Procedure: of.Procedure, Post: seat.Post, Person: req.GetPerson(), Deputy: req.GetDeputy(),
		StartTime: start, EndTime: end, RecordTime: now,
	}
	return write(ctx, s, "SetDeputy", req, now, func(tx pgx.Tx) (*routingv1.SetDeputyResponse, error) {
		standing, err := store.LockDeputies(ctx, tx, of, start)
		if err != nil {
			return nil, err
		}
		rosters, err := store.Rosters(ctx, tx, []store.Directory{of}, start, endOfTime)
		if err != nil {
			return nil, err
		}
		d, err := domain.SetDeputy(next, standing, rosters[of])
		if err != nil {
			return nil, err
		}
		err = store.InsertDeputy(ctx, tx, d)
		return &routingv1.SetDeputyResponse{Deputy: deputyProto(d)}, err
	})
}
