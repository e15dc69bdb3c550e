package server

import (
	"context"

	"github.com/jackc/pgx/v5"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// UnlinkComplaint implements the RPC; its contract is in the .proto file.
func (s *Server) UnlinkComplaint(ctx context.Context, req *intakev1.UnlinkComplaintRequest) (*intakev1.UnlinkComplaintResponse, error) {
	now, tenant := s.now(), auth.From(ctx).Tenant
	kind := domain.LinkKind(req.GetKind())
	return once(ctx, s, now, req, func(tx pgx.Tx) (*intakev1.UnlinkComplaintResponse, error) {
		resp := &intakev1.UnlinkComplaintResponse{}
		locked, linked, err := lockLinked(ctx, tx, tenant, kind, req.GetComplaintId())
		if err != nil || len(linked[0]) == 1 {
			return resp, err
		}
		left := domain.Unlink(linked[0], linked[0][0].ComplaintID) // the request may spell it in capitals
		stay := map[string]bool{}
		for _, l := range left {
			stay[l.ComplaintID] = true
		}
		var gone []domain.Linked
		var goneIDs []string
		for _, l := range linked[0] {
			if !stay[l.ComplaintID] {
				gone, goneIDs = append(gone, l), append(goneIDs, l.ComplaintID)
			}
		}
		if err := store.DeleteLinks(ctx, tx, tenant, kind, goneIDs); err != nil {
			return nil, err
		}
		if err := tellLinked(ctx, tx, now, locked, kind, left, left); err != nil {
			return nil, err
		}
		return resp, tellLinked(ctx, tx, now, locked, kind, gone, nil)
	})
}
