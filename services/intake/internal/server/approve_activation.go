package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
)

// ApproveActivation implements the RPC; its contract is in the .proto file. Nothing waits for a time that is still to come: which
// edition is active is asked anew at every registration.
func (s *Server) ApproveActivation(ctx context.Context, req *intakev1.ApproveActivationRequest) (*intakev1.ApproveActivationResponse, error) {
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.ApproveActivationResponse, error) {
		d, p, err := deskOf(ctx, tx, req.GetDigest(), now)
		if err != nil {
			return nil, err
		}
		act, err := d.life.ApproveActivation(p.Digest, d.person(req.GetReason()))
		if err != nil {
			return nil, err
		}
		if err := d.record(ctx, act, domain.ProcedureActivated{Edition: p.Edition, ActivateTime: act.Effective}); err != nil {
			return nil, err
		}
		return &intakev1.ApproveActivationResponse{Edition: publishedProto(p, d.life, now)}, nil
	})
}
