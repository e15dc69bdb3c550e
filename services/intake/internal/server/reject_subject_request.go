package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/store"
)

// RejectSubjectRequest implements the RPC; its contract is in the .proto file.
func (s *Server) RejectSubjectRequest(ctx context.Context, req *intakev1.RejectSubjectRequestRequest) (*intakev1.RejectSubjectRequestResponse, error) {
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.RejectSubjectRequestResponse, error) {
		p, r, err := requested(ctx, tx, req.GetSubjectRequestId(), 0, now)
		if err != nil {
			return nil, err
		}
		if r, err = r.Reject(p.who()); err != nil {
			return nil, err
		}
		return &intakev1.RejectSubjectRequestResponse{Request: subjectRequestProto(r)}, store.SaveSubjectRequest(ctx, tx, p.by.Tenant, r)
	})
}
