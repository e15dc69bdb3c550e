package events_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"redress.dev/pkg/events"
	"redress.dev/pkg/postgres"
)

// One trace must lead from the call that emits, through the fold that answers, to the fold that hears the answer.
func TestTraceFollowsAComplaintThroughTheServices(t *testing.T) {
	recorder := tracetest.NewSpanRecorder()
	provider := sdktrace.NewTracerProvider(sdktrace.WithSpanProcessor(recorder))
	before := otel.GetTracerProvider()
	otel.SetTracerProvider(provider)
	t.Cleanup(func() { otel.SetTracerProvider(before) })

	w := newWorld(t, "intake", "routing", "reporting")
	intake, routing, reporting := w.services["intake"], w.services["routing"], w.services["reporting"]
	intake.relay()
	routing.relay()
	routing.consume(func(ctx context.Context, tx pgx.Tx, batch *events.Batch) error {
		var out []events.Draft
		for e := range batch.All() {
			d := draft(e.AggregateID, e.Version)
			d.TraceParent = e.TraceParent
			out = append(out, d)
		}
		return events.Emit(ctx, tx, time.Now(), out...)
	}, "intake")
	reporting.consume(record, "routing")

	ctx, call := provider.Tracer("test").Start(t.Context(), "RegisterComplaint")
	err := postgres.InTx(ctx, intake.pool, func(tx pgx.Tx) error { return events.Emit(ctx, tx, time.Now(), draft("traced", 1)) })
	if err != nil {
		t.Fatal(err)
	}
	call.End()
	intake.emitDrafts(drafts(5)...) // untraced, among them
	reporting.awaitApplied("routing", 6)

	path := chain(recorder.Ended(), call.SpanContext())
	if path != 2 {
		t.Errorf("%d folds follow from the call in its trace, want 2", path)
	}
}

// chain returns how many applied events hang on each other below a span.
func chain(spans []sdktrace.ReadOnlySpan, parent trace.SpanContext) int {
	for _, s := range spans {
		if s.Parent().SpanID() == parent.SpanID() && s.SpanContext().TraceID() == parent.TraceID() && s.SpanKind() == trace.SpanKindConsumer {
			return 1 + chain(spans, s.SpanContext())
		}
	}
	return 0
}
