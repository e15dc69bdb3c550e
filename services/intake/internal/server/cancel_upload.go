package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/store"
)

// CancelUpload implements the RPC; its contract is in the .proto file.
func (s *Server) CancelUpload(ctx context.Context, req *intakev1.CancelUploadRequest) (*intakev1.CancelUploadResponse, error) {
	now := s.now()
	resp, err := once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.CancelUploadResponse, error) {
		e, err := s.lockUpload(ctx, tx, req.GetUploadId())
		if err != nil {
			return nil, err
		}
		return &intakev1.CancelUploadResponse{}, store.DeleteUpload(ctx, tx, e.Evidence, now)
	})
	s.sweepSoon()
	return resp, err
}
