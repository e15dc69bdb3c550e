package e2e

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"go.opentelemetry.io/otel"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	optionsv1 "redress.dev/proto/gen/redress/options/v1"

	"redress.dev/pkg/gateway"
)

// recordedSpans keeps the spans of what is done under a sampled trace. It is one for the process: a tracer stays with the first provider.
var recordedSpans = sync.OnceValue(func() *tracetest.InMemoryExporter {
	spans := tracetest.NewInMemoryExporter()
	otel.SetTracerProvider(sdktrace.NewTracerProvider(sdktrace.WithSyncer(spans), sdktrace.WithSampler(sdktrace.ParentBased(sdktrace.NeverSample()))))
	return spans
})

// TestOneTraceFollowsAComplaint shows that the trace which a gateway's frame names goes through every service, to the report's
// fold: across the stream, the outbox, NATS and each service's own events.
func TestOneTraceFollowsAComplaint(t *testing.T) {
	spans := recordedSpans()
	p := newPlay(t, "2026-03-02 09:00", "manufacturing")

	const call = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	gw := gateway.New(intakev1.NewIntakeServiceClient(p.client(t, "intake", optionsv1.Role_ROLE_INTEGRATION)), "gateway-1", "traced")
	err := gw.Deliver(t.Context(), []*intakev1.IntakeItem{{Sequence: 1, Draft: draft("manufacturing", 1), Traceparent: call}}, func(r *intakev1.IntakeResult) error {
		p.complaint = &intakev1.Complaint{ComplaintId: r.GetComplaintId()}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	settled(t, p)

	id, err := trace.TraceIDFromHex(strings.Split(call, "-")[1])
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range spans.GetSpans() {
		if s.SpanContext.TraceID() != id {
			continue
		}
		name := s.Name
		for _, a := range s.Attributes {
			if a.Key == "messaging.consumer.group.name" {
				name = a.Value.AsString() + ": " + name
			}
		}
		names = append(names, name)
	}
	for _, want := range []string{
		"intake item",
		"routing: apply redress.intake.v1.ComplaintRegistered",
		"followup: apply redress.intake.v1.ComplaintRegistered",
		"slatimer: apply redress.routing.v1.WorkOpened",
		"reporting: apply redress.routing.v1.WorkOpened",
		"reporting: apply redress.slatimer.v1.ClockStarted",
	} {
		if !slices.Contains(names, want) {
			t.Errorf("the trace has no span %q; it has %q", want, names)
		}
	}
}
