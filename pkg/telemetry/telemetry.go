// Package telemetry sets up logs, traces and metrics for a process: slog in JSON with the trace's id in every line, and
// OpenTelemetry exporters as the standard OTEL_ variables say. Unset means none.
package telemetry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"

	"go.opentelemetry.io/contrib/exporters/autoexport"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"
)

// Setup installs the exporters for the process named name. The returned function flushes and stops them.
func Setup(ctx context.Context, name string) (stop func(context.Context) error, err error) {
	otel.SetTextMapPropagator(propagation.TraceContext{})
	noSpans := func(context.Context) (sdktrace.SpanExporter, error) { return nil, nil }
	exporter, err := autoexport.NewSpanExporter(ctx, autoexport.WithFallbackSpanExporter(noSpans))
	if err != nil {
		return nil, fmt.Errorf("trace exporter (see OTEL_TRACES_EXPORTER): %w", err)
	}
	noMetrics := func(context.Context) (metric.Reader, error) { return metric.NewManualReader(), nil }
	reader, err := autoexport.NewMetricReader(ctx, autoexport.WithFallbackMetricReader(noMetrics))
	if err != nil {
		return nil, fmt.Errorf("metric exporter (see OTEL_METRICS_EXPORTER): %w", err)
	}
	res := resource.NewSchemaless()
	if named, err := resource.New(ctx, resource.WithFromEnv(), resource.WithTelemetrySDK(), resource.WithAttributes(attribute.String("service.name", name))); err == nil {
		res = named
	}
	meters := metric.NewMeterProvider(metric.WithReader(reader), metric.WithResource(res))
	otel.SetMeterProvider(meters)
	if exporter == nil || autoexport.IsNoneSpanExporter(exporter) {
		return meters.Shutdown, nil // no tracer provider: spans cost nothing
	}
	tracers := sdktrace.NewTracerProvider(sdktrace.WithBatcher(exporter), sdktrace.WithResource(res))
	otel.SetTracerProvider(tracers)
	return func(ctx context.Context) error {
		return errors.Join(tracers.Shutdown(ctx), meters.Shutdown(ctx))
	}, nil
}

// Logger returns a JSON logger whose lines carry the service and, inside a trace, its id.
func Logger(w io.Writer, service string, level slog.Level) *slog.Logger {
	return slog.New(traced{slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level})}).With("service", service)
}

// traced adds the trace's id to records.
type traced struct{ slog.Handler }

// Handle adds the id of the trace that ctx is in.
func (h traced) Handle(ctx context.Context, r slog.Record) error {
	if sc := trace.SpanContextFromContext(ctx); sc.IsValid() {
		r.AddAttrs(slog.String("trace_id", sc.TraceID().String()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs and WithGroup keep what they return adding it.
func (h traced) WithAttrs(attrs []slog.Attr) slog.Handler { return traced{h.Handler.WithAttrs(attrs)} }

// WithGroup: see WithAttrs.
func (h traced) WithGroup(name string) slog.Handler { return traced{h.Handler.WithGroup(name)} }
