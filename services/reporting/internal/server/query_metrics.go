package server

import (
	"context"
	"maps"
	"slices"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"

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
	if err := domain.CheckGroups(editions, metrics, req.GetGroupBy()); err != nil {
		return nil, err
	}
	rows, err := s.figures(ctx, editions, metrics, store.Selection{Tenant: tenant, GroupBy: req.GetGroupBy(), From: from, To: to})
	if err != nil {
		return nil, err
	}
	return &reportingv1.QueryMetricsResponse{Rows: rowProtos(rows, editions, metrics)}, nil
}

// figures adds up metrics over what sel selects of these editions, which are of one procedure. It asks once for each basis that the
// metrics have, and always for receipt, by which complaints are counted.
func (s *Server) figures(ctx context.Context, editions []*procedure.Procedure, metrics []string, sel store.Selection) ([]domain.Row, error) {
	sel.Procedure, sel.Zone = editions[0].Code, editions[0].Zone()
	positions := map[procedure.MetricBasis][]int{procedure.ByReceipt: nil}
	for _, e := range editions {
		// Only of these: another one's first complaint may arrive just now.
		sel.Editions = append(sel.Editions, e.Digest)
		for basis, places := range domain.Positions(e, metrics) {
			positions[basis] = append(positions[basis], slices.Collect(maps.Values(places))...)
		}
	}
	var all []domain.Figures
	for basis, places := range positions {
		slices.Sort(places)
		sel.Basis, sel.Positions = basis, slices.Compact(places)
		figures, err := store.Figures(ctx, s.cfg.Pool, sel)
		if err != nil {
			return nil, err
		}
		all = append(all, figures...)
	}
	return domain.Merge(editions, metrics, all), nil
}

// editions returns the editions of a procedure that a tenant has used, the one that was activated last first; of a procedure that none has
// used yet its drafts.
func (s *Server) editions(ctx context.Context, tenant, code string) ([]*procedure.Procedure, error) {
	digests, err := store.Editions(ctx, s.cfg.Pool, tenant, code, s.now())
	if err != nil {
		return nil, err
	}
	if len(digests) == 0 {
		return nil, fault.New(fault.NotFound, "PROCEDURE_UNKNOWN", "no edition of the procedure %q has been published, as far as reporting has heard", code).
			At("procedure").With("procedure", code)
	}
	list := make([]*procedure.Procedure, len(digests))
	for i, digest := range digests {
		if list[i], err = s.cfg.Editions.Get(ctx, digest); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// rowProtos returns rows as the contract shows them; a rate is shown as the newest edition that has it says.
func rowProtos(rows []domain.Row, editions []*procedure.Procedure, metrics []string) []*reportingv1.MetricRow {
	var out []*reportingv1.MetricRow
	for _, row := range rows {
		r := &reportingv1.MetricRow{Group: row.Group, ComplaintCount: row.Complaints}
		for i, share := range row.Shares {
			m := newest(editions, metrics[i])
			r.Values = append(r.Values, &reportingv1.MetricValue{
				Metric: metrics[i], Numerator: share.Numerator, Denominator: share.Denominator,
				Rate: m.Rate(), PerCent: m.PerCent(share.Numerator, share.Denominator),
			})
		}
		out = append(out, r)
	}
	return out
}

// newest returns a metric, which some edition has, from the newest that has it.
func newest(editions []*procedure.Procedure, key string) *procedure.Metric {
	for _, e := range editions {
		if m, ok := e.Metric(key); ok {
			return m
		}
	}
	return nil
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
