package server

import (
	"context"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// ListSubjectRequests implements the RPC; its contract is in the .proto file.
func (s *Server) ListSubjectRequests(ctx context.Context, req *intakev1.ListSubjectRequestsRequest) (*intakev1.ListSubjectRequestsResponse, error) {
	at, err := positionOf(req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize())
	list, err := store.SubjectRequests(ctx, s.cfg.Pool, auth.From(ctx).Tenant, req.GetSubjectId(), domain.SubjectRequestState(req.GetState()), at.ID, size+1)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.ListSubjectRequestsResponse{}
	if len(list) > size {
		list = list[:size]
		resp.NextPageToken = rpc.PageToken(position{list[size-1].ID})
	}
	for _, r := range list {
		resp.Requests = append(resp.Requests, subjectRequestProto(r))
	}
	return resp, nil
}
