package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/services/intake/internal/store"
)

// DismissLinkSuggestion implements the RPC; its contract is in the .proto file. Nobody else hears of it: no event, no new version.
func (s *Server) DismissLinkSuggestion(ctx context.Context, req *intakev1.DismissLinkSuggestionRequest) (*intakev1.DismissLinkSuggestionResponse, error) {
	now, by := s.now(), auth.From(ctx)
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.DismissLinkSuggestionResponse, error) {
		var pair [2]string // as Postgres writes ids
		for i, id := range []string{req.GetComplaintId(), req.GetOtherComplaintId()} {
			kept, err := store.ComplaintByID(ctx, tx, by.Tenant, id)
			if err != nil {
				return nil, err
			}
			pair[i] = kept.Complaint.ID
		}
		if pair[0] == pair[1] {
			return nil, fault.New(fault.Invalid, "LINK_INVALID", "a complaint is never suggested for itself; name another in other_complaint_id").At("other_complaint_id")
		}
		resp := &intakev1.DismissLinkSuggestionResponse{}
		if req.GetRestore() {
			return resp, store.DeleteDismissal(ctx, tx, by.Tenant, pair[0], pair[1])
		}
		return resp, store.SaveDismissal(ctx, tx, by.Tenant, pair[0], pair[1], store.Dismissal{Actor: by.Actor(), Time: now})
	})
}
