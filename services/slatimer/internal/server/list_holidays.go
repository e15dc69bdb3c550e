package server

import (
	"context"

	slatimerv1 "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/auth"
	"redress.dev/services/slatimer/internal/store"
)

// ListHolidays implements the RPC; its contract is in the .proto file.
func (s *Server) ListHolidays(ctx context.Context, req *slatimerv1.ListHolidaysRequest) (*slatimerv1.ListHolidaysResponse, error) {
	list, err := store.ListHolidays(ctx, s.cfg.Pool, auth.From(ctx).Tenant, req.GetKey())
	if err != nil {
		return nil, err
	}
	resp := &slatimerv1.ListHolidaysResponse{}
	for _, e := range list {
		out, err := holidaysProto(e)
		if err != nil {
			return nil, err
		}
		resp.Holidays = append(resp.Holidays, out)
	}
	return resp, nil
}
