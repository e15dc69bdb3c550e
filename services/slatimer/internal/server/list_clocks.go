package server

import (
	"context"

	"github.com/google/uuid"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
	"redress.dev/services/slatimer/internal/domain"
	"redress.dev/services/slatimer/internal/store"
)

// ListClocks implements the RPC; its contract is in the .proto file.
func (s *Server) ListClocks(ctx context.Context, req *slatimerv1.ListClocksRequest) (*slatimerv1.ListClocksResponse, error) {
	after, follows, err := rpc.ParsePageToken[store.ClockPosition](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if follows && (len(after.ClockID) != 36 || uuid.Validate(after.ClockID) != nil) { // package uuid takes forms that Postgres does not
		return nil, fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "page_token is not one of ListClocks; leave it empty for the first page").At("page_token")
	}
	size := rpc.PageSize(req.GetPageSize())
	filter := store.ClockFilter{
		Tenant: auth.From(ctx).Tenant, ComplaintID: req.GetComplaintId(), State: domain.State(req.GetState()), After: after,
		Limit: size + 1, // one more tells whether there is a next page
	}
	if req.GetDueTimeTo() != nil {
		if req.GetDueTimeTo().CheckValid() != nil {
			return nil, fault.New(fault.Invalid, "REQUEST_INVALID", "due_time_to is no time between the years 1 and 9999").At("due_time_to")
		}
		filter.DueTo = req.GetDueTimeTo().AsTime()
	}
	clocks, err := store.ListClocks(ctx, s.cfg.Pool, filter)
	if err != nil {
		return nil, err
	}
	res := &slatimerv1.ListClocksResponse{}
	if len(clocks) > size {
		clocks = clocks[:size]
		last := clocks[size-1]
		position := store.ClockPosition{Time: last.DueTime, ClockID: last.ID}
		if req.GetComplaintId() != "" {
			position.Time = last.StartTime
		}
		res.NextPageToken = rpc.PageToken(position)
	}
	for _, c := range clocks {
		res.Clocks = append(res.Clocks, clockProto(c.Key, c.Clock))
	}
	return res, nil
}
