package server

import (
	"context"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// RegisterComplaint implements the RPC; its contract is in the .proto file. What a stream registers and what a call registers cannot
// differ: both are batches of one registrar.
func (s *Server) RegisterComplaint(ctx context.Context, req *intakev1.RegisterComplaintRequest) (*intakev1.RegisterComplaintResponse, error) {
	return s.group.register(ctx, req)
}
