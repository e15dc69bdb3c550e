package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// ApproveErasure implements the RPC; its contract is in the .proto file. One transaction takes everything away: there is no moment at which
// a part of the person is left, and none after a crash.
func (s *Server) ApproveErasure(ctx context.Context, req *intakev1.ApproveErasureRequest) (*intakev1.ApproveErasureResponse, error) {
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.ApproveErasureResponse, error) {
		p, r, err := requested(ctx, tx, req.GetSubjectRequestId(), domain.AskedErasure, now)
		if err != nil {
			return nil, err
		}
		if r, err = r.Approve(p.who()); err != nil {
			return nil, err
		}
		subject, complaints, err := domain.Erase(p.subject, p.complaints, now)
		if err != nil {
			return nil, err
		}
		if err := store.SaveSubjectRequest(ctx, tx, p.by.Tenant, r); err != nil {
			return nil, err
		}
		entry := domain.Erasure{SubjectID: subject.ID, EraseTime: now, Reason: r.Reason, Requester: r.Requester, Approver: r.Decider}
		if entry.Proof, err = s.cfg.Keys.Prove(p.by.Tenant, entry); err != nil {
			return nil, err
		}
		if err := p.erase(ctx, subject, complaints, entry); err != nil {
			return nil, err
		}
		return &intakev1.ApproveErasureResponse{Request: subjectRequestProto(r), Erasure: erasureProto(entry)}, forget(ctx, tx, p.by.Tenant, complaints)
	})
}
