package server

import (
	"cmp"
	"context"

	"github.com/google/uuid"

	followupv1 "redress.dev/proto/gen/redress/followup/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"

	"redress.dev/services/followup/internal/domain"
	"redress.dev/services/followup/internal/store"
)

// ListVisits implements the RPC; its contract is in the .proto file.
func (s *Server) ListVisits(ctx context.Context, req *followupv1.ListVisitsRequest) (*followupv1.ListVisitsResponse, error) {
	after, follows, err := rpc.ParsePageToken[store.Position](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	if follows && (len(after.VisitID) != 36 || uuid.Validate(after.VisitID) != nil) { // package uuid takes forms that Postgres does not
		return nil, fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "page_token is not one of ListVisits; leave it empty for the first page").At("page_token")
	}
	by, size := auth.From(ctx), rpc.PageSize(req.GetPageSize())
	tenant := by.Tenant
	if by.Has(optionsv1.Role_ROLE_SERVICE) { // it follows the complaints of all tenants, under one token
		tenant = cmp.Or(req.GetTenant(), tenant)
	} else if asked := req.GetTenant(); asked != "" && asked != tenant {
		return &followupv1.ListVisitsResponse{}, nil // nothing there for the caller
	}
	visits, err := store.ListVisits(ctx, s.cfg.Pool, store.Filter{
		Tenant: tenant, ComplaintID: req.GetComplaintId(), Post: req.GetPost(), Procedure: req.GetProcedure(),
		State: cmp.Or(domain.VisitState(req.GetState()), domain.Due),
	}, after, size+1) // one more tells whether there is another page
	if err != nil {
		return nil, err
	}
	resp := &followupv1.ListVisitsResponse{}
	if len(visits) > size {
		visits = visits[:size]
		last := visits[size-1]
		resp.NextPageToken = rpc.PageToken(store.Position{ScheduleTime: last.ScheduleTime, VisitID: last.ID})
	}
	for _, v := range visits {
		resp.Visits = append(resp.Visits, visitProto(v))
	}
	return resp, nil
}
