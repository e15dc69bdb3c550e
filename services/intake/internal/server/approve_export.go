package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// ApproveExport implements the RPC; its contract is in the .proto file. Nothing is put together yet: what is fetched is what is kept then.
func (s *Server) ApproveExport(ctx context.Context, req *intakev1.ApproveExportRequest) (*intakev1.ApproveExportResponse, error) {
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.ApproveExportResponse, error) {
		p, r, err := requested(ctx, tx, req.GetSubjectRequestId(), domain.AskedExport, now)
		if err != nil {
			return nil, err
		}
		if r, err = r.Approve(p.who()); err != nil {
			return nil, err
		}
		return &intakev1.ApproveExportResponse{Request: subjectRequestProto(r)}, store.SaveSubjectRequest(ctx, tx, p.by.Tenant, r)
	})
}
