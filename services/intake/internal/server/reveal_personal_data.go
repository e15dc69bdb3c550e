package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/postgres"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// RevealPersonalData implements the RPC; its contract is in the .proto file. What was not recorded was not shown: the answer leaves
// after the commit. Each call is one access and is recorded as such: a retry too, since it shows the data again.
func (s *Server) RevealPersonalData(ctx context.Context, req *intakev1.RevealPersonalDataRequest) (*intakev1.RevealPersonalDataResponse, error) {
	now, by := s.now(), auth.From(ctx)
	var resp *intakev1.RevealPersonalDataResponse
	err := postgres.InTx(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		c, err := store.LockComplaint(ctx, tx, by.Tenant, req.GetComplaintId())
		if err != nil {
			return err
		}
		c, event, err := domain.Reveal(c, req.GetPurpose())
		if err != nil {
			return err
		}
		kept, err := store.ComplaintByID(ctx, tx, by.Tenant, c.ID)
		if err != nil {
			return err
		}
		p, err := s.person(kept)
		if err != nil {
			return err
		}
		// The event says that somebody looked; why stands in the table, as it is free text.
		resp = &intakev1.RevealPersonalDataResponse{Complainant: partyProto(c.ComplainantKind, p), Content: p.Content, PersonalFields: p.Fields}
		if err := store.InsertAccess(ctx, tx, by.Tenant, c.ID, s.cfg.NewID(), by.Actor(), req.GetPurpose(), now); err != nil {
			return err
		}
		if err := store.SaveComplaints(ctx, tx, c); err != nil {
			return err
		}
		return emit(ctx, tx, now, c, event, now)
	})
	if err != nil {
		return nil, err
	}
	s.cfg.Poke()
	return resp, nil
}
