package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// RegisterComplaint implements the RPC; its contract is in the .proto file. It is a batch of one: what a stream registers and what a
// call registers cannot differ. The kept answer is the masked one, so that no table but the vault holds what is personal.
func (s *Server) RegisterComplaint(ctx context.Context, req *intakev1.RegisterComplaintRequest) (*intakev1.RegisterComplaintResponse, error) {
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.RegisterComplaintResponse, error) {
		c := &candidate{draft: req.GetDraft(), trace: traceParent(ctx)}
		if err := s.registrar.register(ctx, tx, now, []*candidate{c}); err != nil {
			return nil, err
		}
		if c.refused != nil {
			return nil, c.refused
		}
		return &intakev1.RegisterComplaintResponse{Complaint: complaintProto(c.complaint, c.personal)}, nil
	})
}
