package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
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
	by := auth.From(ctx)
	r, found, err := store.LockRenewal(ctx, tx, by.Tenant, req.GetRenewalId())
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
	filed, err := r.Confirm(p, seat.Post, domain.Filing{
		Person: req.GetPerson(), By: by.Subject, Supervisor: by.Has(optionsv1.Role_ROLE_SUPERVISOR),
		Heads: people.Sitting(post.Head, now), Keepers: people.Sitting(p.Directory.Keeper, now), Time: now, DutyID: s.cfg.NewID(),
	}, people.Roster, last)
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
