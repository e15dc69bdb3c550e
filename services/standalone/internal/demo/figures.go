package demo

import (
	"context"
	"fmt"

	"google.golang.org/protobuf/types/known/timestamppb"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
)

// figures are what reporting says about the replay.
type figures struct {
	totals *reportingv1.GetTotalsResponse
	groups map[Group]Counts
}

// askReporting asks for the totals of the procedure, and for the figures of what was received in the file's span of time.
func askReporting(ctx context.Context, reporting reportingv1.ReportingServiceClient, file File, s script) (figures, error) {
	metrics := s.book.metrics()
	totals, err := reporting.GetTotals(ctx, &reportingv1.GetTotalsRequest{Procedure: s.book.Procedure})
	if err != nil {
		return figures{}, fmt.Errorf("totals: %w", err)
	}
	first, last := file.Records[0], file.Records[len(file.Records)-1]
	resp, err := reporting.QueryMetrics(ctx, &reportingv1.QueryMetricsRequest{
		Procedure: s.book.Procedure, Metrics: metrics, GroupBy: s.book.grouping(),
		ReceiveTimeFrom: timestamppb.New(s.at(first, 0, 0, 0)), ReceiveTimeTo: timestamppb.New(s.at(last, 1, 0, 0)),
	})
	if err != nil {
		return figures{}, fmt.Errorf("figures by month and product: %w", err)
	}
	f := figures{totals, map[Group]Counts{}}
	for _, row := range resp.GetRows() {
		if len(row.GetGroup()) != 2 || len(row.GetValues()) != len(metrics) {
			return figures{}, fmt.Errorf("reporting answered %d values in a group of %d", len(row.GetValues()), len(row.GetGroup()))
		}
		v := row.GetValues()
		f.groups[Group{row.GetGroup()[0], row.GetGroup()[1]}] = Counts{
			v[0].GetNumerator(), v[1].GetNumerator(), v[2].GetNumerator(), v[3].GetNumerator(), v[4].GetNumerator(),
		}
	}
	return f, nil
}
