package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// RecordContact implements the RPC; its contract is in the .proto file. The event carries purpose and kinds of content, by which
// clocks are met; what was said goes into the vault alone.
func (s *Server) RecordContact(ctx context.Context, req *intakev1.RecordContactRequest) (*intakev1.RecordContactResponse, error) {
	now := s.now()
	occur, err := timeOr("occur_time", req.GetOccurTime(), now)
	if err != nil {
		return nil, err
	}
	tenant := auth.From(ctx).Tenant
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.RecordContactResponse, error) {
		c, err := store.LockComplaint(ctx, tx, tenant, req.GetComplaintId())
		if err != nil {
			return nil, err
		}
		contact := domain.Contact{
			ID: s.cfg.NewID(), ComplaintID: c.ID, Outbound: req.GetDirection() == intakev1.ContactDirection_CONTACT_DIRECTION_OUTBOUND,
			Medium: req.GetMedium(), Purpose: req.GetPurpose(), Content: req.GetContent(), OccurTime: occur, RecordTime: now,
		}
		c, event, err := domain.RecordContact(c, contact)
		if err != nil {
			return nil, err
		}
		note, err := s.sealNote(ctx, tx, c, contact.ID, req.GetNote())
		if err != nil {
			return nil, err
		}
		// The lock on the complaint orders its contacts: versions and events rise together.
		if err := store.InsertContact(ctx, tx, tenant, contact, note); err != nil {
			return nil, err
		}
		if err := store.SaveComplaints(ctx, tx, c); err != nil {
			return nil, err
		}
		return &intakev1.RecordContactResponse{Contact: contactProto(contact)}, emit(ctx, tx, now, c, event, occur)
	})
}

// sealNote encrypts what was said under the person's key; nil for nothing. Of a person who was erased no new words are kept.
func (s *Server) sealNote(ctx context.Context, tx pgx.Tx, c domain.Complaint, contactID, note string) ([]byte, error) {
	if note == "" {
		return nil, nil
	}
	kept, err := store.ComplaintByID(ctx, tx, c.Tenant, c.ID)
	if err != nil || kept.Subject.WrappedKey == nil {
		return nil, err
	}
	key, err := s.cfg.Keys.OpenSubject(c.Tenant, kept.Subject)
	if err != nil {
		return nil, err
	}
	return key.Seal([]byte(note), c.ID, contactID)
}
