package check

import (
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/rulefmt"
	"github.com/prometheus/prometheus/promql/parser"
	"sigs.k8s.io/yaml"
)

var (
	counted = regexp.MustCompile(`count\("([a-z_]+)"`)
	gauged  = regexp.MustCompile(`Int64Gauge\("([a-z_.]+)"`)
)

// ReadMetrics returns the names that Prometheus gives to the metrics of pkg/events in root.
func ReadMetrics(root string) (map[string]bool, error) {
	code, err := os.ReadFile(filepath.Join(root, "pkg/events/metrics.go"))
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, m := range counted.FindAllSubmatch(code, -1) {
		names["redress_events_"+string(m[1])+"_total"] = true
	}
	for _, m := range gauged.FindAllSubmatch(code, -1) {
		names[strings.ReplaceAll(string(m[1]), ".", "_")] = true
	}
	return names, nil
}

// Alerts returns what is wrong with a file of Prometheus rules: syntax, unknown fields, metrics that are not in known, and alarms
// that the operators' page does not explain.
func Alerts(rules []byte, known map[string]bool, page string) []string {
	groups, errs := rulefmt.Parse(rules, false, model.UTF8Validation, parser.NewParser(parser.Options{}), slog.New(slog.DiscardHandler))
	var found []string
	for _, err := range errs {
		found = append(found, err.Error())
	}
	if groups == nil {
		return found
	}
	for _, g := range groups.Groups {
		for _, r := range g.Rules {
			if !strings.Contains(page, "`"+r.Alert+"`") {
				found = append(found, r.Alert+": deploy/README.md does not say what it means")
			}
			expr, err := parser.NewParser(parser.Options{}).ParseExpr(r.Expr)
			if err != nil {
				continue // reported above
			}
			parser.Inspect(expr, func(n parser.Node, _ []parser.Node) error {
				if v, ok := n.(*parser.VectorSelector); ok && !known[v.Name] {
					found = append(found, fmt.Sprintf("%s: no service exports %s", r.Alert, v.Name))
				}
				return nil
			})
		}
	}
	return found
}

// collector is the part of a collector's configuration that ties its components together.
type collector struct {
	Receivers, Processors, Exporters, Extensions map[string]any
	Service                                      struct {
		Extensions []string
		Pipelines  map[string]struct{ Receivers, Processors, Exporters []string }
	}
}

// Collector returns what is wrong with a collector's configuration: components that are used and not there, or there and not used.
func Collector(config []byte) ([]string, error) {
	var c collector
	if err := yaml.UnmarshalStrict(config, &c); err != nil {
		return nil, fmt.Errorf("read collector's configuration: %w", err)
	}
	used := map[string][]string{"extension": c.Service.Extensions}
	for _, p := range c.Service.Pipelines {
		used["receiver"] = append(used["receiver"], p.Receivers...)
		used["processor"] = append(used["processor"], p.Processors...)
		used["exporter"] = append(used["exporter"], p.Exporters...)
	}
	var found []string
	for kind, defined := range map[string]map[string]any{"receiver": c.Receivers, "processor": c.Processors, "exporter": c.Exporters, "extension": c.Extensions} {
		for _, name := range used[kind] {
			if _, ok := defined[name]; !ok {
				found = append(found, fmt.Sprintf("%s %s is used and not defined", kind, name))
			}
		}
		for name := range maps.Keys(defined) {
			if !slices.Contains(used[kind], name) {
				found = append(found, fmt.Sprintf("%s %s is defined and not used", kind, name))
			}
		}
	}
	return found, nil
}
