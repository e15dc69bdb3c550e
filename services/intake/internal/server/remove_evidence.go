package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// RemoveEvidence implements the RPC; its contract is in the .proto file. With the commit the key of the file is gone; what the store of
// content holds opens no more, and is deleted right after.
func (s *Server) RemoveEvidence(ctx context.Context, req *intakev1.RemoveEvidenceRequest) (*intakev1.RemoveEvidenceResponse, error) {
	now := s.now()
	resp, err := once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.RemoveEvidenceResponse, error) {
		e, err := s.evidence(ctx, tx, req.GetEvidenceId())
		if err != nil {
			return nil, err
		}
		c, err := store.LockComplaint(ctx, tx, auth.From(ctx).Tenant, e.ComplaintID)
		if err != nil {
			return nil, err
		}
		if e, _, err = store.LockEvidence(ctx, tx, e.Tenant, e.ID); err != nil { // as it is now that nobody else removes it
			return nil, err
		}
		c, removed, event, err := domain.Remove(c, e.Evidence, req.GetReason(), now)
		if err != nil {
			return nil, err
		}
		if err := store.OrphanParts(ctx, tx, removed, now); err != nil {
			return nil, err
		}
		if err := store.SaveEvidence(ctx, tx, removed); err != nil {
			return nil, err
		}
		entry := s.custody(ctx, removed, domain.CustodyRemoved, now)
		entry.Reason = req.GetReason()
		if err := store.InsertCustody(ctx, tx, removed.Tenant, entry); err != nil {
			return nil, err
		}
		if err := store.SaveComplaints(ctx, tx, c); err != nil {
			return nil, err
		}
		return &intakev1.RemoveEvidenceResponse{Evidence: evidenceProto(removed, "")}, emit(ctx, tx, now, c, event, now)
	})
	s.sweepSoon()
	return resp, err
}
