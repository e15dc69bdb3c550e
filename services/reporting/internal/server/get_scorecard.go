package server

import (
	"context"
	"slices"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/auth"
	"redress.dev/pkg/procedure"

	"redress.dev/services/reporting/internal/domain"
	"redress.dev/services/reporting/internal/store"
)

// GetScorecard implements the RPC; its contract is in the .proto file.
func (s *Server) GetScorecard(ctx context.Context, req *reportingv1.GetScorecardRequest) (*reportingv1.GetScorecardResponse, error) {
	tenant := auth.From(ctx).Tenant
	card, editions, err := s.card(ctx, req.GetProcedure(), req.GetCard())
	if err != nil {
		return nil, err
	}
	month, err := domain.SpanOf(procedure.Monthly, req.GetMonth(), editions[0].Zone())
	if err != nil {
		return nil, err
	}
	if err := s.knownSubject(ctx, editions[0], card, req.GetSubject(), month); err != nil {
		return nil, err
	}
	entries, err := store.Entries(ctx, s.cfg.Pool, store.EntryKey{
		Tenant: tenant, Procedure: req.GetProcedure(), Card: card.Key, Month: req.GetMonth(), Subject: req.GetSubject(),
	}, maxScoreEntries)
	if err != nil {
		return nil, err
	}
	rates, err := s.rates(ctx, editions, card, req.GetSubject(), month)
	if err != nil {
		return nil, err
	}
	sheet := domain.Score(card, rates, entries)
	return &reportingv1.GetScorecardResponse{
		Name: labelProto(card.Name), Start: card.Start.String(), Rows: scoreLineProtos(sheet.Rows), Bonuses: scoreLineProtos(sheet.Bonuses),
		Total: sheet.Total.String(), Explanation: labelProto(sheet.Explanation), Complete: sheet.Complete,
	}, nil
}

// rates returns a subject's figures of a month that a scorecard asks for, by metric.
func (s *Server) rates(ctx context.Context, editions []*procedure.Procedure, card *procedure.Scorecard, subject string, month domain.Span) (map[string]domain.Share, error) {
	var metrics []string
	for _, row := range card.Rows {
		if row.Kind == procedure.ScoreMetric && !slices.Contains(metrics, row.Metric) {
			metrics = append(metrics, row.Metric)
		}
	}
	rates := map[string]domain.Share{}
	if len(metrics) == 0 {
		return rates, nil
	}
	rows, err := s.figures(ctx, editions, metrics, store.Selection{
		Tenant: auth.From(ctx).Tenant, From: month.From, To: month.To,
		Of: store.Subject{Group: card.Group, Code: subject, Work: domain.WorkOf(card, subject)},
	})
	if err != nil || len(rows) == 0 {
		return rates, err
	}
	for i, key := range metrics {
		rates[key] = rows[0].Shares[i]
	}
	return rates, nil
}

func scoreLineProtos(lines []domain.ScoreLine) []*reportingv1.ScoreLine {
	out := make([]*reportingv1.ScoreLine, len(lines))
	for i, l := range lines {
		out[i] = &reportingv1.ScoreLine{
			Key: l.Row.Key, Name: labelProto(l.Row.Name), Weight: l.Row.Weight.String(), Points: l.Points.String(),
			Explanation: labelProto(l.Explanation), Complete: l.Complete,
		}
	}
	return out
}

func labelProto(l procedure.Label) *procedurev1.Label { return &procedurev1.Label{Zh: l.Zh, En: l.En} }
