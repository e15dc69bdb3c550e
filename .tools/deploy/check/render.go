package check

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v3/pkg/chart/loader"
	"helm.sh/helm/v3/pkg/chartutil"
	"helm.sh/helm/v3/pkg/engine"
	"sigs.k8s.io/yaml"
)

// Release and Namespace are what charts are rendered for.
const (
	Release   = "redress"
	Namespace = "complaints"
)

// Render returns the manifests of the chart in dir as one YAML stream, in the order of their files, and its notes. values is YAML
// that is laid over the chart's own; both are held against the chart's schema.
func Render(dir, values string) (manifests, notes string, err error) {
	chart, err := loader.Load(dir)
	if err != nil {
		return "", "", fmt.Errorf("load chart: %w", err)
	}
	over := map[string]any{}
	if err := yaml.UnmarshalStrict([]byte(values), &over); err != nil {
		return "", "", fmt.Errorf("read values: %w", err)
	}
	all, err := chartutil.ToRenderValues(chart, over, chartutil.ReleaseOptions{Name: Release, Namespace: Namespace, Revision: 1, IsInstall: true}, nil)
	if err != nil {
		return "", "", fmt.Errorf("values: %w", err)
	}
	files, err := engine.Engine{Strict: true}.Render(chart, all)
	if err != nil {
		return "", "", fmt.Errorf("render: %w", err)
	}
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(files)) {
		switch path.Ext(name) {
		case ".txt":
			notes = files[name]
		case ".yaml":
			fmt.Fprintf(&b, "---\n%s\n", files[name])
		}
	}
	return b.String(), notes, nil
}
