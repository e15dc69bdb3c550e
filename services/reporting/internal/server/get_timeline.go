package server

import (
	"context"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"

	"redress.dev/services/reporting/internal/store"
)

// maxEntries is the most lines that GetTimeline returns.
const maxEntries = 10_000

// GetTimeline implements the RPC; its contract is in the .proto file.
func (s *Server) GetTimeline(ctx context.Context, req *reportingv1.GetTimelineRequest) (*reportingv1.GetTimelineResponse, error) {
	id := req.GetComplaintId()
	entries, err := store.Timeline(ctx, s.cfg.Pool, auth.From(ctx).Tenant, id, maxEntries)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 {
		return nil, unknownComplaint(id)
	}
	resp := &reportingv1.GetTimelineResponse{Entries: make([]*reportingv1.TimelineEntry, len(entries))}
	for i, e := range entries {
		resp.Entries[i] = entryProto(e)
	}
	return resp, nil
}
