package server

import (
	"context"

	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/services/intake/internal/store"
)

// ListProcedures implements the RPC; its contract is in the .proto file. Contents are left out: with them an answer could outgrow
// what a client takes.
func (s *Server) ListProcedures(ctx context.Context, req *intakev1.ListProceduresRequest) (*intakev1.ListProceduresResponse, error) {
	tenant, ok := whose(ctx, req.GetTenant())
	if !ok {
		return nil, store.ErrNoEdition
	}
	list, err := store.Editions(ctx, s.cfg.Pool, tenant, req.GetProcedure())
	if err != nil {
		return nil, err
	}
	lives, err := store.Acts(ctx, s.cfg.Pool, tenant, req.GetProcedure())
	if err != nil {
		return nil, err
	}
	var open map[string]int64
	if req.GetCountOpenComplaints() {
		if open, err = store.OpenComplaints(ctx, s.cfg.Pool, tenant); err != nil {
			return nil, err
		}
	}
	now, resp := s.now(), &intakev1.ListProceduresResponse{}
	for _, p := range list {
		edition := publishedProto(p, lives[p.Procedure], now)
		if open != nil {
			edition.OpenComplaintCount = proto.Int64(open[p.Digest])
		}
		resp.Editions = append(resp.Editions, edition)
	}
	return resp, nil
}
