package telemetry_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"go.opentelemetry.io/otel/trace"

	"redress.dev/pkg/telemetry"
)

func TestLogLinesCarryTheTrace(t *testing.T) {
	var b bytes.Buffer
	log := telemetry.Logger(&b, "intake", slog.LevelInfo)
	sc := trace.NewSpanContext(trace.SpanContextConfig{TraceID: trace.TraceID{1}, SpanID: trace.SpanID{2}})
	log.With("part", 3).InfoContext(trace.ContextWithSpanContext(context.Background(), sc), "applied")
	for _, want := range []string{`"service":"intake"`, `"part":3`, `"trace_id":"01000000000000000000000000000000"`} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %s in %s", want, b.String())
		}
	}
}

func TestNothingIsExportedUnlessAsked(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "")
	stop, err := telemetry.Setup(t.Context(), "intake")
	if err != nil {
		t.Fatal(err)
	}
	if err := stop(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestABadExporterIsNamed(t *testing.T) {
	t.Setenv("OTEL_TRACES_EXPORTER", "carrier-pigeon")
	if _, err := telemetry.Setup(t.Context(), "intake"); err == nil || !strings.Contains(err.Error(), "OTEL_TRACES_EXPORTER") {
		t.Errorf("Setup = %v", err)
	}
}
