package server

import (
	"context"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/domain"
	"redress.dev/services/intake/internal/store"
)

// position is the last complaint of a page.
type position struct {
	ID string `json:"i"`
}

// ListComplaints implements the RPC; its contract is in the .proto file. Pages follow the ids, whose order is that of registration and
// which never move: a complaint that comes while somebody pages is neither missed nor shown twice.
func (s *Server) ListComplaints(ctx context.Context, req *intakev1.ListComplaintsRequest) (*intakev1.ListComplaintsResponse, error) {
	filter, err := filterOf(req)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.ListComplaintsResponse{}
	size := rpc.PageSize(req.GetPageSize())
	list, err := store.Complaints(ctx, s.cfg.Pool, auth.From(ctx).Tenant, filter, size+1) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	if len(list) > size {
		list = list[:size]
		resp.NextPageToken = rpc.PageToken(position{list[size-1].Complaint.ID})
	}
	for _, k := range list {
		shown, err := s.shown(k)
		if err != nil {
			return nil, err
		}
		resp.Complaints = append(resp.Complaints, shown)
	}
	return resp, nil
}

// positionOf returns where a page begins; its ID is empty on the first.
func positionOf(token string) (position, error) {
	at, after, err := rpc.ParsePageToken[position](token)
	if after && err == nil && (len(at.ID) != 36 || uuid.Validate(at.ID) != nil) { // package uuid takes forms that Postgres does not
		err = fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "page_token is not one of this service's; leave it empty for the first page").At("page_token")
	}
	return at, err
}

func filterOf(req *intakev1.ListComplaintsRequest) (store.Filter, error) {
	f := store.Filter{Procedure: req.GetProcedure(), State: domain.State(req.GetState()), ExternalReference: req.GetExternalReference()}
	at, err := positionOf(req.GetPageToken())
	if err != nil {
		return f, err
	}
	f.Before = at.ID
	if f.ReceiveFrom, err = timeOf("receive_time_from", req.GetReceiveTimeFrom()); err != nil {
		return f, err
	}
	f.ReceiveTo, err = timeOf("receive_time_to", req.GetReceiveTimeTo())
	return f, err
}
