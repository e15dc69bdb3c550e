package server

import (
	"context"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/procedure"
)

// ListReports implements the RPC; its contract is in the .proto file.
func (s *Server) ListReports(ctx context.Context, req *reportingv1.ListReportsRequest) (*reportingv1.ListReportsResponse, error) {
	editions, err := s.editions(ctx, auth.From(ctx).Tenant, req.GetProcedure())
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.ListReportsResponse{}
	for _, r := range editions[0].Reports {
		resp.Reports = append(resp.Reports, reportProto(r))
	}
	return resp, nil
}

// reportProto returns the definition of a report as the contract shows it.
func reportProto(r *procedure.Report) *procedurev1.Report {
	out := &procedurev1.Report{
		Key: r.Key, Name: labelProto(r.Name), Period: procedurev1.ReportPeriod(r.Period), Recipients: r.Recipients,
		PreparedBy: r.PreparedBy, ReviewedBy: r.ReviewedBy, ApprovedBy: r.ApprovedBy, Clauses: r.Clauses,
	}
	for _, t := range r.Tables {
		out.Tables = append(out.Tables, &procedurev1.ReportTable{Key: t.Key, Name: labelProto(t.Name), Metrics: t.Metrics, GroupBy: t.GroupBy})
	}
	return out
}
