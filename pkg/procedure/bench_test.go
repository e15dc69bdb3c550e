package procedure_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"redress.dev/pkg/procedure"
)

// What one complaint costs on its way through the services, at the least.
func BenchmarkClassify(b *testing.B) {
	p := load(b, "consumer-finance/2026-01")
	f := procedure.Facts{Channel: "Web", Flow: "complaint", Round: 1, Fields: map[string]procedure.Value{
		"product": procedure.Code("Vehicle loan or lease"), "state": procedure.Code("CA"),
	}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Classify(f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBranch(b *testing.B) {
	p := load(b, "consumer-finance/2026-01")
	flow, _ := p.Flow("")
	answer, _ := flow.Step("answer")
	f := procedure.Facts{}.Complete("answer", "", map[string]procedure.Value{"response": procedure.Code("Closed")})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := answer.After("", f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkMetric(b *testing.B) {
	p := load(b, "consumer-finance/2026-01")
	m, _ := p.Metric("timely_rate")
	f := procedure.MetricFacts{Clocks: map[string]procedure.ClockCounts{"answer": {Started: 1, Met: 1}}}
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := m.Value(f); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSchedule(b *testing.B) {
	p := load(b, "home-furnishing/2015")
	clock, _ := p.Clock("reply")
	at := time.Date(2026, 3, 6, 2, 0, 0, 0, time.UTC)
	for b.Loop() {
		if _, err := clock.Schedule(at, procedure.Facts{}); err != nil {
			b.Fatal(err)
		}
	}
}

// Services compile an edition once; tests do it often.
func BenchmarkCompile(b *testing.B) {
	data, err := os.ReadFile(filepath.Join(packs, "home-furnishing/2015/procedure.yaml"))
	if err != nil {
		b.Fatal(err)
	}
	in, err := procedure.Parse(data)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := procedure.Compile(in); err != nil {
			b.Fatal(err)
		}
	}
}
