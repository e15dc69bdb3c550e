package server

import (
	"context"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// GetUpload implements the RPC; its contract is in the .proto file.
func (s *Server) GetUpload(ctx context.Context, req *intakev1.GetUploadRequest) (*intakev1.GetUploadResponse, error) {
	e, err := s.upload(ctx, req.GetUploadId())
	if err != nil {
		return nil, err
	}
	return &intakev1.GetUploadResponse{Upload: uploadProto(e.Evidence)}, nil
}
