package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
)

// RequestErasure implements the RPC; its contract is in the .proto file.
func (s *Server) RequestErasure(ctx context.Context, req *intakev1.RequestErasureRequest) (*intakev1.RequestErasureResponse, error) {
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.RequestErasureResponse, error) {
		r, err := s.ask(ctx, tx, req.GetSubjectId(), domain.AskedErasure, req.GetReason(), now)
		return &intakev1.RequestErasureResponse{Request: subjectRequestProto(r)}, err
	})
}
