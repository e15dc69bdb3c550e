package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// RejectActivation implements the RPC; its contract is in the .proto file.
func (s *Server) RejectActivation(ctx context.Context, req *intakev1.RejectActivationRequest) (*intakev1.RejectActivationResponse, error) {
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.RejectActivationResponse, error) {
		d, p, err := deskOf(ctx, tx, req.GetDigest(), now)
		if err != nil {
			return nil, err
		}
		act, err := d.life.RejectActivation(p.Digest, d.person(req.GetReason()))
		if err != nil {
			return nil, err
		}
		if err := d.record(ctx, act, nil); err != nil {
			return nil, err
		}
		return &intakev1.RejectActivationResponse{Edition: publishedProto(p, d.life, now)}, nil
	})
}
