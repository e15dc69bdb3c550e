package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// WithdrawComplaint implements the RPC; its contract is in the .proto file. What is under way elsewhere is ended by the event: every
// service cancels its own.
func (s *Server) WithdrawComplaint(ctx context.Context, req *intakev1.WithdrawComplaintRequest) (*intakev1.WithdrawComplaintResponse, error) {
	now := s.now()
	occur, err := timeOr("occur_time", req.GetOccurTime(), now)
	if err != nil {
		return nil, err
	}
	tenant := auth.From(ctx).Tenant
	// A retry is recognised before the complaint is looked at: its answer is the first one, though the complaint is not open any more.
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.WithdrawComplaintResponse, error) {
		c, err := store.LockComplaint(ctx, tx, tenant, req.GetComplaintId())
		if err != nil {
			return nil, err
		}
		c, event, err := domain.Withdraw(c, req.GetExpectedVersion(), occur, now)
		if err != nil {
			return nil, err
		}
		if err := store.SaveComplaints(ctx, tx, c); err != nil {
			return nil, err
		}
		if err := emit(ctx, tx, now, c, event, occur); err != nil {
			return nil, err
		}
		// The vault is read only for the masked answer; the decision above needs nothing personal.
		kept, err := store.ComplaintByID(ctx, tx, tenant, c.ID)
		if err != nil {
			return nil, err
		}
		shown, err := s.shown(kept)
		return &intakev1.WithdrawComplaintResponse{Complaint: shown}, err
	})
}
