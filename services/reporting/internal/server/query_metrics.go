package server

import (
	"context"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"

	"redress.dev/services/reporting/internal/domain"
	"redress.dev/services/reporting/internal/store"
)

// QueryMetrics implements the RPC; its contract is in the .proto file.
func (s *Server) QueryMetrics(ctx context.Context, req *reportingv1.QueryMetricsRequest) (*reportingv1.QueryMetricsResponse, error) {
	tenant := auth.From(ctx).Tenant
	editions, err := s.editions(ctx, tenant, req.GetProcedure())
	if err != nil {
		return nil, err
	}
	from, err := timeOf("receive_time_from", req.GetReceiveTimeFrom())
	if err != nil {
		return nil, err
	}
	to, err := timeOf("receive_time_to", req.GetReceiveTimeTo())
	if err != nil {
		return nil, err
	}
	metrics, err := domain.ChooseMetrics(editions, req.GetMetrics())
	if err != nil {
		return nil, err
	}
	if err := domain.CheckGroups(editions, req.GetGroupBy()); err != nil {
		return nil, err
	}
	var positions []int
	var digests []string
	for _, e := range editions {
		digests = append(digests, e.Digest)
		for _, at := range domain.Positions(e, metrics) {
			positions = append(positions, at)
		}
	}
	slices.Sort(positions)
	// Only of the editions looked up above: another one's first complaint may arrive just now.
	figures, err := store.Figures(ctx, s.cfg.Pool, store.Selection{
		Tenant: tenant, Procedure: req.GetProcedure(), Editions: digests, GroupBy: req.GetGroupBy(), Positions: slices.Compact(positions),
		From: from, To: to,
	})
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.QueryMetricsResponse{}
	for _, row := range domain.Merge(editions, metrics, figures) {
		resp.Rows = append(resp.Rows, rowProto(row, metrics))
	}
	return resp, nil
}

// editions returns the editions of a procedure under which complaints of the tenant have arrived, the newest first.
func (s *Server) editions(ctx context.Context, tenant, procedure string) ([]domain.Edition, error) {
	digests, err := store.Editions(ctx, s.cfg.Pool, tenant, procedure)
	if err != nil {
		return nil, err
	}
	if len(digests) == 0 {
		return nil, fault.New(fault.NotFound, "PROCEDURE_UNKNOWN", "no complaint of the procedure %q has arrived yet", procedure).
			At("procedure").With("procedure", procedure)
	}
	list := make([]domain.Edition, len(digests))
	for i, digest := range digests {
		if list[i].Procedure, err = s.cfg.Editions.Get(ctx, digest); err != nil {
			return nil, err
		}
		if list[i].Targets, err = s.targets(ctx, digest); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// targets returns what the rules of an edition work out. Its compiled form keeps that to itself, so the content is read.
func (s *Server) targets(ctx context.Context, digest string) ([]string, error) {
	content, err := store.EditionContent(ctx, s.cfg.Pool, digest)
	if err != nil {
		return nil, err
	}
	p := &procedurev1.Procedure{}
	if err := proto.Unmarshal(content, p); err != nil {
		return nil, fmt.Errorf("read edition %s: %w", digest, err)
	}
	var targets []string
	for _, r := range p.GetRules() {
		targets = append(targets, r.GetTarget())
	}
	return targets, nil
}

// rowProto returns a row as the contract shows it.
func rowProto(row domain.Row, metrics []string) *reportingv1.MetricRow {
	out := &reportingv1.MetricRow{Group: row.Group, ComplaintCount: row.Complaints}
	for i, share := range row.Shares {
		out.Values = append(out.Values, &reportingv1.MetricValue{Metric: metrics[i], Numerator: share.Numerator, Denominator: share.Denominator})
	}
	return out
}

// timeOf returns the time of a request's field, the zero time for an unset one.
func timeOf(field string, t *timestamppb.Timestamp) (time.Time, error) {
	switch {
	case t == nil:
		return time.Time{}, nil
	case t.CheckValid() != nil:
		return time.Time{}, fault.New(fault.Invalid, "REQUEST_INVALID", "%s is no time between the years 1 and 9999", field).At(field)
	}
	return t.AsTime(), nil
}
