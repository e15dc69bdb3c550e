package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"google.golang.org/protobuf/types/known/timestamppb"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/postgres"
	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// ExplainDuty implements the RPC; its contract is in the .proto file.
func (s *Server) ExplainDuty(ctx context.Context, req *routingv1.ExplainDutyRequest) (*routingv1.ExplainDutyResponse, error) {
	if req.GetWorkId() != "" {
		return s.explainWork(ctx, req.GetWorkId())
	}
	now := s.now()
	at, err := instant("at_time", req.GetAtTime(), now)
	if err != nil {
		return nil, err
	}
	seat := domain.Seat{Tenant: auth.From(ctx).Tenant, Procedure: req.GetProcedure(), Post: req.GetPost()}
	p, _, err := s.seated(ctx, seat)
	if err != nil {
		return nil, err
	}
	return s.explain(ctx, p, seat, at, now, nil)
}

// explainWork tells why work went to its person: by the directory as it was known when the work was opened here.
func (s *Server) explainWork(ctx context.Context, id string) (*routingv1.ExplainDutyResponse, error) {
	tenant := auth.From(ctx).Tenant
	complaint, recorded, found, err := store.FindWork(ctx, s.cfg.Pool, tenant, id)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, domain.WorkNotFound(id)
	}
	c, _, err := store.ReadCase(ctx, s.cfg.Pool, tenant, complaint)
	if err != nil {
		return nil, err
	}
	p, err := s.cfg.Editions.Get(ctx, c.Digest)
	if err != nil {
		return nil, err
	}
	w, _ := c.FindWork(id)
	return s.explain(ctx, p, domain.Seat{Tenant: tenant, Procedure: c.Procedure, Post: w.Post}, w.OpenTime, recorded, &explained{c, w})
}

// explained is the work that was asked about.
type explained struct {
	c domain.Case
	w domain.Work
}

// explain derives who gets the work of a seat at an instant, by what was known at another; work is nil where a post was asked about.
func (s *Server) explain(ctx context.Context, p *procedure.Procedure, seat domain.Seat, at, known time.Time, work *explained) (*routingv1.ExplainDutyResponse, error) {
	out := &routingv1.DutyExplanation{
		Procedure: seat.Procedure, Post: seat.Post, AtTime: timestamppb.New(at), KnownTime: timestamppb.New(known),
	}
	err := postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		roster, err := store.SeatRoster(ctx, tx, seat, known)
		if err != nil {
			return err
		}
		cover, err := store.CoverOf(ctx, tx, store.Directory{Tenant: seat.Tenant, Procedure: seat.Procedure}, at, at, known)
		if err != nil {
			return err
		}
		d := domain.Derive(roster, cover, p.Directory.Deputies, seat.Post, at)
		var choice *domain.PostChoice
		if work != nil {
			chosen := domain.ChoiceOf(p, work.c, work.w)
			choice, d, out.WorkId = &chosen, d.For(work.w.Person), work.w.ID
		}
		var change *domain.Change
		if d.Duty.ChangeID != "" {
			c, _, err := store.FindChange(ctx, tx, seat.Tenant, d.Duty.ChangeID)
			if err != nil {
				return err
			}
			change = &c
		}
		out.Person = d.Person
		for _, r := range domain.Explain(p, d, choice, change) {
			out.Reasons = append(out.Reasons, reasonProto(r))
		}
		return nil
	})
	return &routingv1.ExplainDutyResponse{Explanation: out}, err
}
