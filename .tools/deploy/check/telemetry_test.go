package check

import (
	"slices"
	"strings"
	"testing"
)

const (
	alertsFile    = "../../../deploy/prometheus/alerts.yaml"
	collectorFile = "../../../deploy/otel/collector.yaml"
	pageFile      = "../../../deploy/README.md"
)

func TestAlerts(t *testing.T) {
	known := metrics(t)
	for _, problem := range Alerts([]byte(read(t, alertsFile)), known, read(t, pageFile)) {
		t.Error(problem)
	}
}

func TestSeededDefectsOfAlertsAreFound(t *testing.T) {
	good, known := read(t, alertsFile), metrics(t)
	tests := []struct{ name, old, new, want string }{
		{"no such metric", "redress_events_lag", "redress_events_lagging", "no service exports redress_events_lagging"},
		{"bad expression", "> 1000", ">> 1000", "parse"},
		{"unknown field", "severity: page}\n        annotations", "severity: page}\n        note: x\n        annotations", "note"},
		{"unexplained alarm", "alert: RedressEventsLagging", "alert: RedressEventsLate", "does not say what it means"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := strings.ReplaceAll(good, tt.old, tt.new)
			if broken == good {
				t.Fatalf("the file does not contain %q", tt.old)
			}
			found := Alerts([]byte(broken), known, read(t, pageFile))
			if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, tt.want) }) {
				t.Errorf("not found: no problem says %q, only %q", tt.want, found)
			}
		})
	}
}

func TestCollector(t *testing.T) {
	good := read(t, collectorFile)
	found, err := Collector([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range found {
		t.Error(problem)
	}
	if found, err = Collector([]byte(strings.ReplaceAll(good, "[otlp/traces]", "[otlp/trace]"))); err != nil || len(found) != 2 {
		t.Errorf("a misspelt exporter gave %q, %v; want two problems", found, err)
	}
}

func metrics(t *testing.T) map[string]bool {
	t.Helper()
	w, err := world()
	if err != nil {
		t.Fatal(err)
	}
	known, err := ReadMetrics(w.root)
	if err != nil {
		t.Fatal(err)
	}
	return known
}
