package server

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// tracer makes the spans of single items: one stream carries many calls, each with a trace of its own.
var tracer = otel.Tracer("redress.dev/services/intake")

// startItem begins the span of one item of a stream, under the gateway's trace where the item names one, else at the root of a new
// one. It returns the traceparent that the complaint's events carry on: the span's, or when that is not sampled the gateway's own.
func startItem(ctx context.Context, traceparent string) (trace.Span, string) {
	from := trace.SpanContext{}
	if traceparent != "" { // one that is malformed is dropped, as W3C asks
		from = trace.SpanContextFromContext(propagation.TraceContext{}.Extract(untraced(ctx), propagation.MapCarrier{"traceparent": traceparent}))
	}
	ctx, span := tracer.Start(trace.ContextWithRemoteSpanContext(ctx, from), "intake item", trace.WithSpanKind(trace.SpanKindConsumer))
	switch {
	case span.SpanContext().IsSampled():
		return span, traceParent(ctx)
	case from.IsValid():
		return span, traceparent
	}
	return span, ""
}

// traceParent returns the W3C traceparent of ctx's span, or "".
func traceParent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}

// untraced returns ctx without its span: a complaint's event continues the trace of its own call, not that of the stream.
func untraced(ctx context.Context) context.Context {
	return trace.ContextWithSpanContext(ctx, trace.SpanContext{})
}
