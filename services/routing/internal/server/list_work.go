package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	routingv1 "redress.dev/proto/gen/redress/routing/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/rpc"

	"redress.dev/services/routing/internal/domain"
	"redress.dev/services/routing/internal/store"
)

// workPosition is what a page token holds. It is checked like any input: a token may come from anywhere.
type workPosition struct {
	OpenTime time.Time `json:"t"`
	WorkID   uuid.UUID `json:"w"`
}

// ListWork implements the RPC; its contract is in the .proto file.
func (s *Server) ListWork(ctx context.Context, req *routingv1.ListWorkRequest) (*routingv1.ListWorkResponse, error) {
	size := rpc.PageSize(req.GetPageSize())
	filter := store.WorkFilter{
		Tenant: auth.From(ctx).Tenant, ComplaintID: req.GetComplaintId(), Post: req.GetPost(), Person: req.GetPerson(),
		Procedure: req.GetProcedure(), State: domain.WorkOpen, Limit: size + 1, // one more tells whether there is another page
	}
	if req.GetState() != routingv1.WorkState_WORK_STATE_UNSPECIFIED {
		filter.State = domain.WorkState(req.GetState())
	}
	after, given, err := rpc.ParsePageToken[workPosition](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if given {
		filter.After = &store.WorkPosition{OpenTime: after.OpenTime, WorkID: after.WorkID.String()}
	}
	list, err := store.ListWork(ctx, s.cfg.Pool, filter)
	if err != nil {
		return nil, err
	}
	resp := &routingv1.ListWorkResponse{}
	if len(list) > size {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = rpc.PageToken(workPosition{last.OpenTime, uuid.MustParse(last.ID)}) // Postgres keeps UUIDs only
	}
	for _, w := range list {
		p, err := s.cfg.Editions.Get(ctx, w.Digest)
		if err != nil {
			return nil, err
		}
		// As much of the case as its work shows.
		c := domain.Case{ComplaintID: w.ComplaintID, Number: w.Number}
		c.Facts.Flow = w.Flow
		resp.Work = append(resp.Work, workProto(w.Work, c, p))
	}
	return resp, nil
}
