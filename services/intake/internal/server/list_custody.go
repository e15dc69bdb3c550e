package server

import (
	"context"
	"encoding/hex"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/store"
)

// ListCustody implements the RPC; its contract is in the .proto file.
func (s *Server) ListCustody(ctx context.Context, req *intakev1.ListCustodyRequest) (*intakev1.ListCustodyResponse, error) {
	after, err := positionOf(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	tenant := auth.From(ctx).Tenant
	if _, err := store.ComplaintByID(ctx, s.cfg.Pool, tenant, req.GetComplaintId()); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize())
	list, err := store.CustodyOf(ctx, s.cfg.Pool, tenant, req.GetComplaintId(), req.GetEvidenceId(), after.ID, size+1)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.ListCustodyResponse{}
	if len(list) > size {
		list = list[:size]
		resp.NextPageToken = rpc.PageToken(position{list[size-1].ID})
	}
	for _, c := range list {
		resp.Entries = append(resp.Entries, &intakev1.CustodyEntry{
			EvidenceId: c.EvidenceID, Act: intakev1.CustodyAct(c.Act), Actor: c.Actor, ActTime: timeProto(c.Time), Sha256: hex.EncodeToString(c.SHA256),
			Reason: c.Reason, OffsetBytes: c.Offset,
		})
	}
	return resp, nil
}
