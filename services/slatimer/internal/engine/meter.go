package engine

import (
	"context"
	"time"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// meter counts what fires, and how late.
type meter struct {
	timers metric.Int64Counter
	lag    metric.Float64Histogram
}

func newMeter() meter {
	m := otel.Meter("redress.dev/services/slatimer/internal/engine")
	timers, err := m.Int64Counter("redress.slatimer.timers_fired", metric.WithDescription("Timers fired"), metric.WithUnit("{timer}"))
	if err != nil {
		otel.Handle(err) // the name is a constant: only a typing error gets here, and timers still counts nothing harmlessly
	}
	lag, err := m.Float64Histogram("redress.slatimer.fire_lag",
		metric.WithDescription("From the time of a batch's first timer to the batch's commit"), metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5, 60))
	if err != nil {
		otel.Handle(err)
	}
	return meter{timers, lag}
}

// fired counts one batch. lag is that of its first timer, the latest of all.
func (m meter) fired(ctx context.Context, n int, lag time.Duration) {
	m.timers.Add(ctx, int64(n))
	m.lag.Record(ctx, lag.Seconds())
}
