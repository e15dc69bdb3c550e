package server

import (
	"context"
	"strings"

	"github.com/google/uuid"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/store"
)

// listPosition is the last complaint of a page, and what the page is one of.
type listPosition struct {
	store.Position
	Of string `json:"f"`
}

// ListComplaints implements the RPC; its contract is in the .proto file. Pages go on after the last complaint shown, by what never
// changes about one: a complaint that comes while somebody pages moves none of the others.
func (s *Server) ListComplaints(ctx context.Context, req *intakev1.ListComplaintsRequest) (*intakev1.ListComplaintsResponse, error) {
	tenant := auth.From(ctx).Tenant
	filter, of, err := s.listFilter(ctx, tenant, req)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.ListComplaintsResponse{}
	size := rpc.PageSize(req.GetPageSize())
	list, err := store.Complaints(ctx, s.cfg.Pool, tenant, filter, size+1) // one more tells whether there is a next page
	if err != nil {
		return nil, err
	}
	if len(list) > size {
		list = list[:size]
		last := list[size-1].Complaint
		resp.NextPageToken = rpc.PageToken(listPosition{store.Position{ID: last.ID, Number: last.Number, ReceiveTime: last.ReceiveTime}, of})
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

// position is the last row of a page that goes by ids.
type position struct {
	ID string `json:"i"`
}

// positionOf returns where a page begins; its ID is empty on the first.
func positionOf(token string) (position, error) {
	at, after, err := rpc.ParsePageToken[position](token)
	if after && err == nil && !isID(at.ID) {
		err = fault.New(fault.Invalid, "PAGE_TOKEN_INVALID", "page_token is not one of this service's; leave it empty for the first page").At("page_token")
	}
	return at, err
}

// listFilter returns the filter of a list, and what tells it from others.
func (s *Server) listFilter(ctx context.Context, tenant string, req *intakev1.ListComplaintsRequest) (f store.Filter, of string, err error) {
	if f, err = s.filter(ctx, tenant, req); err != nil {
		return f, "", err
	}
	f.ExternalReference, f.NumberPrefix, f.Linked = req.GetExternalReference(), req.GetNumberPrefix(), req.Linked //nolint:protogetter // unset counts
	if err := printable("number_prefix", f.NumberPrefix, "external_reference", f.ExternalReference); err != nil {
		return f, "", err
	}
	if f.ReceiveFrom, f.ReceiveTo, err = received(req); err != nil {
		return f, "", err
	}
	by, descending := strings.CutSuffix(req.GetOrderBy(), " desc")
	f.Order = map[string]store.Order{"receive_time": store.ByReceipt, "number": store.ByNumber}[by]
	f.Ascending = by != "" && !descending
	if f.Order == store.ByReceipt && f.ReceiveFrom.IsZero() {
		return f, "", fault.New(fault.Invalid, "FIELD_REQUIRED",
			"order_by %q sorts what was received in a time: give receive_time_from, or order by register_time", req.GetOrderBy()).At("receive_time_from")
	}
	at := proto.CloneOf(req)
	at.PageSize, at.PageToken = 0, ""
	of = fingerprint(tenant, at)
	last, after, err := rpc.ParsePageToken[listPosition](req.GetPageToken())
	if err != nil || !after {
		return f, of, err
	}
	if last.Of != of || !isID(last.ID) {
		return f, of, fault.New(fault.Invalid, "PAGE_TOKEN_INVALID",
			"page_token is not one of this filter and order; repeat those of the last page, or leave it empty for the first page").At("page_token")
	}
	f.After = &last.Position
	return f, of, nil
}

// isID reports whether s is a UUID as Postgres takes it; package uuid takes other forms too.
func isID(s string) bool { return len(s) == 36 && uuid.Validate(s) == nil }
