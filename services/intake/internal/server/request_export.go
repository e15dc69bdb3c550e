package server

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// RequestExport implements the RPC; its contract is in the .proto file.
func (s *Server) RequestExport(ctx context.Context, req *intakev1.RequestExportRequest) (*intakev1.RequestExportResponse, error) {
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.RequestExportResponse, error) {
		r, err := s.ask(ctx, tx, req.GetSubjectId(), domain.AskedExport, req.GetReason(), now)
		return &intakev1.RequestExportResponse{Request: subjectRequestProto(r)}, err
	})
}

// ask keeps a request for an export or erasure.
func (s *Server) ask(ctx context.Context, tx pgx.Tx, subjectID string, kind domain.SubjectRequestKind, reason intakev1.SubjectReason, now time.Time) (domain.SubjectRequest, error) {
	p, err := lockPerson(ctx, tx, subjectID, now)
	if err != nil {
		return domain.SubjectRequest{}, err
	}
	pending, err := store.PendingRequest(ctx, tx, p.by.Tenant, subjectID, kind)
	if err != nil {
		return domain.SubjectRequest{}, err
	}
	r, err := domain.AskOf(p.subject, p.complaints, pending, kind, int16(reason), s.cfg.NewID(), p.who())
	if err != nil {
		return r, err
	}
	return r, store.SaveSubjectRequest(ctx, tx, p.by.Tenant, r)
}
