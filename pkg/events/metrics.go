package events

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
)

// scope names the backbone's spans and metrics.
const scope = "redress.dev/pkg/events"

// meter counts what happens to events. Every counter has the attributes service and producer.
type meter struct {
	service    string
	sequenced  metric.Int64Counter
	published  metric.Int64Counter
	applied    metric.Int64Counter
	duplicates metric.Int64Counter
	gaps       metric.Int64Counter
	parked     metric.Int64Counter
	lag        metric.Int64Gauge
}

func newMeter(service string) *meter {
	m := otel.Meter(scope)
	count := func(name, what string) metric.Int64Counter {
		c, err := m.Int64Counter("redress.events."+name, metric.WithDescription(what), metric.WithUnit("{event}"))
		if err != nil {
			otel.Handle(err) // the name is a constant: only a typing error gets here, and c still counts nothing harmlessly
		}
		return c
	}
	lag, err := m.Int64Gauge("redress.events.lag", metric.WithDescription("Events of a producer not applied yet"), metric.WithUnit("{event}"))
	if err != nil {
		otel.Handle(err)
	}
	return &meter{
		service:    service,
		sequenced:  count("sequenced", "Events given a sequence"),
		published:  count("published", "Events acknowledged by JetStream"),
		applied:    count("applied", "Events applied, or passed over because nobody here wants their type"),
		duplicates: count("duplicates", "Events that came again"),
		gaps:       count("backfilled", "Events read from their producer because JetStream did not bring them"),
		parked:     count("parked", "Events parked because they could not be applied"),
		lag:        lag,
	}
}

// with returns the attributes of one producer's events at this service.
func (m *meter) with(producer string) metric.MeasurementOption {
	return metric.WithAttributes(attribute.String("service", m.service), attribute.String("producer", producer))
}

func (m *meter) add(c metric.Int64Counter, producer string, n int) {
	if n > 0 {
		c.Add(context.Background(), int64(n), m.with(producer))
	}
}
