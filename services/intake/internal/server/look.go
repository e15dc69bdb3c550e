package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/postgres"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// look lets the caller see something personal of a complaint: whether they may, and how often, is decided here alone. show reads it, under
// the complaint's lock. What was not recorded was not shown: what show has read leaves after the commit. A refusal is recorded too.
func (s *Server) look(ctx context.Context, complaintID, purpose string, show func(tx pgx.Tx, c domain.Complaint, now time.Time) error) error {
	now, by := s.now(), auth.From(ctx)
	viewer, err := s.viewer(ctx, by, complaintID, purpose) // before the transaction: neighbours may be slow, and nothing is locked meanwhile
	if err != nil {
		return err
	}
	var refused error
	err = postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		c, err := store.LockComplaint(ctx, tx, by.Tenant, complaintID)
		if err != nil {
			return err
		}
		access := domain.Access{
			ID: s.cfg.NewID(), Kind: domain.AccessReveal, ComplaintID: c.ID, SubjectID: c.SubjectID, Actor: by.Actor(), Purpose: purpose, Time: now,
		}
		var event domain.Event
		if c, event, refused = domain.Reveal(c, viewer); refused != nil {
			return store.InsertAccess(ctx, tx, by.Tenant, access)
		}
		if refused, err = recordAccess(ctx, tx, by.Tenant, access, s.cfg.RevealQuota); err != nil || refused != nil {
			return err
		}
		if err := show(tx, c, now); err != nil {
			return err
		}
		if err := store.SaveComplaints(ctx, tx, c); err != nil {
			return err
		}
		return emit(ctx, tx, now, c, event, now) // that somebody looked; why stands in the table
	})
	if err == nil {
		err = refused
	}
	if err == nil {
		s.cfg.Poke()
	}
	return err
}

// viewer returns what the caller has to do with a complaint. Routing and followup are asked where the caller's office does not say it.
func (s *Server) viewer(ctx context.Context, by auth.Principal, complaintID, purpose string) (domain.Viewer, error) {
	v := domain.Viewer{Trusted: by.Has(optionsv1.Role_ROLE_SUPERVISOR) || by.Has(optionsv1.Role_ROLE_PRIVACY_OFFICER)}
	if v.Trusted {
		return v, nil
	}
	var err error
	if v.Assigned, err = s.cfg.Assigned(ctx, by.Tenant, complaintID, by.Subject); err != nil || v.Assigned {
		return v, err
	}
	if by.Has(optionsv1.Role_ROLE_AGENT) && purpose == domain.PurposeReturnVisit {
		v.Visiting, err = s.cfg.VisitDue(ctx, by.Tenant, complaintID)
	}
	return v, err
}

// recordAccess records an access to personal data, or, past the actor's quota of its kind, that it was refused, and returns that.
func recordAccess(ctx context.Context, tx pgx.Tx, tenant string, a domain.Access, quota int) (refused, err error) {
	last, err := store.LastOf(ctx, tx, tenant, a.Actor, a.Kind, a.Time.Add(-domain.QuotaWindow), max(quota, 1))
	if err != nil {
		return nil, err
	}
	refused = domain.CheckQuota(quota, last, a.Time)
	a.Granted = refused == nil
	return refused, store.InsertAccess(ctx, tx, tenant, a)
}
