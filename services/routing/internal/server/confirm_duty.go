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

// ConfirmDuty implements the RPC; its contract is in the .proto file.
func (s *Server) ConfirmDuty(ctx context.Context, req *routingv1.ConfirmDutyRequest) (*routingv1.ConfirmDutyResponse, error) {
	now := s.now()
	return write(ctx, s, "ConfirmDuty", req, now, func(tx pgx.Tx) (*routingv1.ConfirmDutyResponse, error) {
		return s.confirmDuty(ctx, tx, req, now)
	})
}

// confirmDuty is the transaction of ConfirmDuty: lock, decide, save, emit. The renewal is locked before the seat.
func (s *Server) confirmDuty(ctx context.Context, tx pgx.Tx, req *routingv1.ConfirmDutyRequest, now time.Time) (*routingv1.ConfirmDutyResponse, error) {
	r, found, err := store.LockRenewal(ctx, tx, auth.From(ctx).Tenant, req.GetRenewalId())
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, domain.RenewalNotFound(req.GetRenewalId())
	}
	p, err := s.cfg.Editions.Get(ctx, r.Digest)
	if err != nil {
		return nil, err
	}
	seat := domain.Seat{Tenant: r.Tenant, Procedure: r.Procedure, Post: req.GetPost()}
	last, err := store.LockSeat(ctx, tx, seat)
	if err != nil {
		return nil, err
	}
	people, err := s.setting(ctx, tx, p, r.Tenant, now, now)
	if err != nil {
		return nil, err
	}
	post, _ := p.Post(seat.Post)
	act := filing(ctx, people, post.Head, now)
	act.Person, act.DutyID = req.GetPerson(), s.cfg.NewID()
	filed, err := r.Confirm(p, seat.Post, act, people.Roster, last)
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ConfirmDutyResponse{Renewal: renewalProto(filed.Renewal, now)}
	if filed.Event == nil {
		return resp, nil // confirmed before
	}
	if filed.Assigned.Version > 0 {
		if err := saveDuties(ctx, tx, now, filed.Ended, filed.Assigned, filed.Changed(told(p)...)); err != nil {
			return nil, err
		}
	}
	if err := store.SaveRenewal(ctx, tx, filed.Renewal, now); err != nil {
		return nil, err
	}
	return resp, tell(ctx, tx, now, r.Tenant, r.AggregateID(), filed.Renewal.EventVersion, filed.Event)
}
