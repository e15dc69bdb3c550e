package server

import (
	"context"
	"time"

	"github.com/google/uuid"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/rpc"
	"redress.dev/services/intake/internal/store"
)

// erasurePosition is the last entry of a page.
type erasurePosition struct {
	EraseTime time.Time `json:"t"`
	SubjectID uuid.UUID `json:"s"`
}

// ListErasures implements the RPC; its contract is in the .proto file. Pages follow the time of erasure, and entries are only added: but one
// that was under way while a page was read may have an earlier time than the page's last, so a ledger that is kept outside is read from
// the beginning.
func (s *Server) ListErasures(ctx context.Context, req *intakev1.ListErasuresRequest) (*intakev1.ListErasuresResponse, error) {
	at, _, err := rpc.ParsePageToken[erasurePosition](req.GetPageToken())
	if err != nil {
		return nil, err
	}
	size := rpc.PageSize(req.GetPageSize())
	list, err := store.Erasures(ctx, s.cfg.Pool, auth.From(ctx).Tenant, at.EraseTime, at.SubjectID.String(), size+1)
	if err != nil {
		return nil, err
	}
	resp := &intakev1.ListErasuresResponse{}
	if len(list) > size {
		list = list[:size]
		last := list[size-1]
		resp.NextPageToken = rpc.PageToken(erasurePosition{last.EraseTime, uuid.MustParse(last.SubjectID)}) // Postgres keeps UUIDs only
	}
	for _, e := range list {
		resp.Erasures = append(resp.Erasures, erasureProto(e))
	}
	return resp, nil
}
