package server

import (
	"context"

	"google.golang.org/protobuf/types/known/timestamppb"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
	"redress.dev/services/reporting/internal/store"
)

// GetReport implements the RPC; its contract is in the .proto file.
func (s *Server) GetReport(ctx context.Context, req *reportingv1.GetReportRequest) (*reportingv1.GetReportResponse, error) {
	tenant := auth.From(ctx).Tenant
	editions, err := s.editions(ctx, tenant, req.GetProcedure())
	if err != nil {
		return nil, err
	}
	newest := editions[0]
	report, err := domain.FindReport(newest, req.GetReport())
	if err != nil {
		return nil, err
	}
	span, err := domain.SpanOf(report.Period, req.GetPeriod(), newest.Zone())
	if err != nil {
		return nil, err
	}
	resp := &reportingv1.GetReportResponse{Report: reportProto(report), StartTime: timestamppb.New(span.From), EndTime: timestamppb.New(span.To)}
	var tables []domain.Table
	for _, t := range report.Tables {
		rows, err := s.figures(ctx, editions, t.Metrics, store.Selection{Tenant: tenant, GroupBy: t.GroupBy, From: span.From, To: span.To})
		if err != nil {
			return nil, err
		}
		if len(rows) == 0 && len(t.GroupBy) == 0 { // a total of no complaint is zero, not nothing
			rows = []domain.Row{{Shares: make([]domain.Share, len(t.Metrics))}}
		}
		tables = append(tables, domain.Table{ReportTable: t, Rows: rows})
		resp.Tables = append(resp.Tables, tableProto(newest, t, rowProtos(rows, editions, t.Metrics)))
	}
	resp.Csv = domain.CSV(newest, tables)
	return resp, nil
}

// tableProto returns a table as the contract shows it.
func tableProto(p *procedure.Procedure, t procedure.ReportTable, rows []*reportingv1.MetricRow) *reportingv1.DraftTable {
	out := &reportingv1.DraftTable{Key: t.Key, Name: labelProto(t.Name), Rows: rows}
	for _, by := range t.GroupBy {
		out.GroupNames = append(out.GroupNames, labelProto(p.GroupName(by)))
	}
	for _, key := range t.Metrics {
		m, _ := p.Metric(key) // Compile has seen that it exists
		out.MetricNames = append(out.MetricNames, labelProto(m.Name))
	}
	return out
}
