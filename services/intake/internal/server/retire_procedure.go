package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// RetireProcedure implements the RPC; its contract is in the .proto file.
func (s *Server) RetireProcedure(ctx context.Context, req *intakev1.RetireProcedureRequest) (*intakev1.RetireProcedureResponse, error) {
	at, err := timeOf("retire_time", req.GetRetireTime())
	if err != nil {
		return nil, err
	}
	now := s.now()
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.RetireProcedureResponse, error) {
		// A code that nobody published gets a head here, which goes again with the transaction that fails.
		d, err := lockDesk(ctx, tx, req.GetProcedure(), now)
		if err != nil {
			return nil, err
		}
		act, err := d.life.Retire(req.GetProcedure(), at, d.person(req.GetReason()))
		if err != nil {
			return nil, err
		}
		p, err := store.EditionByDigest(ctx, tx, d.by.Tenant, act.Digest)
		if err != nil {
			return nil, err
		}
		if err := d.record(ctx, act, domain.ProcedureRetired{Edition: p.Edition, RetireTime: act.Effective}); err != nil {
			return nil, err
		}
		return &intakev1.RetireProcedureResponse{Edition: publishedProto(p, d.life, now)}, nil
	})
}
