package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
)

// RequestActivation implements the RPC; its contract is in the .proto file.
func (s *Server) RequestActivation(ctx context.Context, req *intakev1.RequestActivationRequest) (*intakev1.RequestActivationResponse, error) {
	at, err := timeOf("activate_time", req.GetActivateTime())
	if err != nil {
		return nil, err
	}
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.RequestActivationResponse, error) {
		d, p, err := deskOf(ctx, tx, req.GetDigest(), now)
		if err != nil {
			return nil, err
		}
		act, err := d.life.RequestActivation(p.Digest, at, d.person(req.GetReason()))
		if err != nil {
			return nil, err
		}
		if err := d.record(ctx, act, nil); err != nil {
			return nil, err
		}
		return &intakev1.RequestActivationResponse{Edition: publishedProto(p, d.life, now)}, nil
	})
}
