package events

import (
	"context"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"
)

// spans are those of the events of one batch, as far as their traces are sampled: an event costs a span only where somebody
// will look at it.
type spans []trace.Span

// startSpans starts a span for every sampled event, as a child of what caused it, and puts its traceparent in the event's place. The context
// has the first of them, so that the statements of a batch show up in one trace; a batch of one is traced exactly.
func startSpans(ctx context.Context, service string, events []Event) (context.Context, spans) {
	var started spans
	tracer := otel.Tracer(scope)
	for i := range events {
		e := &events[i]
		parent := remoteSpan(e.TraceParent)
		if !parent.IsSampled() {
			continue
		}
		spanCtx, span := tracer.Start(trace.ContextWithRemoteSpanContext(ctx, parent), "apply "+e.Type,
			trace.WithSpanKind(trace.SpanKindConsumer),
			trace.WithAttributes(
				attribute.String("messaging.system", "redress"),
				attribute.String("messaging.consumer.group.name", service),
				attribute.String("messaging.message.id", e.ID),
				attribute.String("redress.producer", e.Producer),
				attribute.Int("redress.part", e.Part),
				attribute.Int64("redress.seq", e.Seq),
			))
		started = append(started, span)
		if tp := traceParent(spanCtx); tp != "" {
			e.TraceParent = tp
		}
	}
	if len(started) > 0 {
		ctx = trace.ContextWithSpan(ctx, started[0])
	}
	return ctx, started
}

// end ends the spans, as failed when err is not nil.
func (s spans) end(err error) {
	for _, span := range s {
		if err != nil {
			span.RecordError(err)
		}
		span.End()
	}
}

// remoteSpan reads a traceparent; what cannot be read is no trace.
func remoteSpan(traceparent string) trace.SpanContext {
	if traceparent == "" {
		return trace.SpanContext{}
	}
	ctx := propagation.TraceContext{}.Extract(context.Background(), propagation.MapCarrier{"traceparent": traceparent})
	return trace.SpanContextFromContext(ctx)
}

// traceParent returns the W3C traceparent of ctx's span, or "".
func traceParent(ctx context.Context) string {
	carrier := propagation.MapCarrier{}
	propagation.TraceContext{}.Inject(ctx, carrier)
	return carrier["traceparent"]
}
