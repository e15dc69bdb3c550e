package server

import (
	"context"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// ListEvidence implements the RPC; its contract is in the .proto file.
func (s *Server) ListEvidence(ctx context.Context, req *intakev1.ListEvidenceRequest) (*intakev1.ListEvidenceResponse, error) {
	after, err := positionOf(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	tenant := auth.From(ctx).Tenant
	if _, err := store.ComplaintByID(ctx, s.cfg.Pool, tenant, req.GetComplaintId()); err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize())
	list, err := store.EvidenceOf(ctx, s.cfg.Pool, tenant, req.GetComplaintId(), after.ID, size+1) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	resp := &intakev1.ListEvidenceResponse{}
	if len(list) > size {
		list = list[:size]
		resp.NextPageToken = rpc.PageToken(position{list[size-1].ID})
	}
	for _, e := range list {
		name, err := s.nameOf(ctx, e)
		if err != nil {
			return nil, err
		}
		resp.Evidence = append(resp.Evidence, evidenceProto(e.Evidence, domain.MaskFileName(name)))
	}
	return resp, nil
}

// nameOf returns the name of a file; of one that was removed, or whose person was erased, there is none.
func (s *Server) nameOf(ctx context.Context, e store.SealedEvidence) (string, error) {
	if e.SealedName == nil {
		return "", nil
	}
	key, err := s.keyOf(ctx, s.cfg.Pool, e)
	if fault.ReasonOf(err) == "PERSON_ERASED" {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	return key.OpenName(e.SealedName)
}
