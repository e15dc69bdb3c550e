package check

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const chartDir = "../../../deploy/helm/redress"

// world is what the services' code says, read once.
var world = sync.OnceValues(func() (w struct {
	root  string
	known map[string]Variables
	graph Graph
}, err error) {
	if w.root, err = filepath.Abs("../../.."); err != nil {
		return w, err
	}
	if w.known, err = ReadVariables(w.root, filepath.Join(w.root, ".bin", "check")); err != nil {
		return w, err
	}
	w.graph, err = ReadGraph(w.root)
	return w, err
})

// base is the least that an installation must say.
const base = "oidc: {issuer: 'https://login.example'}\nnetworkPolicy: {issuer: [{ipBlock: {cidr: 192.0.2.1/32}}]}\n"

// installations are values that between them take every branch of the templates.
var installations = map[string]string{
	"least": base,
	"key in a secret, mesh, telemetry": `
oidc: {issuer: 'https://login.example', keySecret: redress-issuer}
tls: {enabled: false}
nats: {credentialsSecret: redress-nats}
telemetry: {endpoint: 'http://otel-collector:4317'}
evidence: {store: 's3://evidence/redress?endpoint=https://minio:9000', secret: redress-evidence}
networkPolicy: {telemetry: [{podSelector: {matchLabels: {app: otel}}}], evidence: [{podSelector: {matchLabels: {app: minio}}}], evidencePort: 9000}
image: {repository: registry.example/redress, tag: "7", pullSecrets: [{name: pull}]}
services: {intake: {replicas: 3, memoryMiB: 1024, cpu: "1"}}
nodeSelector: {disk: ssd}
tolerations: [{key: redress, operator: Exists}]
`,
}

func TestChart(t *testing.T) {
	for name, values := range installations {
		t.Run(name, func(t *testing.T) {
			manifests, notes := render(t, values)
			for _, problem := range problems(t, manifests) {
				t.Error(problem)
			}
			if !strings.Contains(notes, "redress-vault") {
				t.Errorf("the notes do not name the vault's secret:\n%s", notes)
			}
		})
	}
}

func TestOneServiceMayDiffer(t *testing.T) {
	manifests, _ := render(t, installations["key in a secret, mesh, telemetry"])
	m, err := Decode(manifests)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range m.Deployments {
		c := d.Spec.Template.Spec.Containers[0]
		got[d.Name] = c.Resources.Limits.Memory().String() + " " + c.Resources.Requests.Cpu().String()
	}
	want := map[string]string{"redress-intake": "1Gi 1", "redress-routing": "512Mi 250m", "redress-slatimer": "512Mi 250m",
		"redress-followup": "512Mi 250m", "redress-reporting": "512Mi 250m"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("memory and CPU (-want +got):\n%s", diff)
	}
}

func TestPoliciesMayBeOff(t *testing.T) {
	manifests, _ := render(t, "oidc: {issuer: 'https://login.example'}\nnetworkPolicy: {enabled: false}")
	m, err := Decode(manifests)
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Policies) != 0 {
		t.Errorf("%d NetworkPolicies, want none", len(m.Policies))
	}
}

func TestValuesAreRefused(t *testing.T) {
	tests := []struct{ name, values, want string }{
		{"no issuer", "", "oidc"},
		{"the issuer of one machine", "oidc: {issuer: 'https://localhost/redress'}", "oidc"},
		{"nobody knows where the issuer is", "oidc: {issuer: 'https://login.example'}", "networkPolicy.issuer"},
		{"misspelt", base + "replicaz: 3", "replicaz"},
		{"one replica", base + "replicas: 1", "replicas"},
		{"no such service", base + "services: {billing: {}}", "billing"},
		{"two streams", base + "nats: {streamReplicas: 2}", "streamReplicas"},
		{"privileged port", base + "port: 80", "port"},
		{"everybody may call", strings.Replace(base, "{issuer: [", "{callers: [], issuer: [", 1), "callers"},
		{"telemetry without a way out", base + "telemetry: {endpoint: 'http://otel:4317'}", "networkPolicy.telemetry"},
		{"drain longer than the grace", base + "drainDelay: 60s", "drainDelay"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := Render(chartDir, tt.values)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one about %s", err, tt.want)
			}
		})
	}
}

// TestEveryValueIsExplained holds values.yaml to its promise: each key has a comment above it, but the five services.
func TestEveryValueIsExplained(t *testing.T) {
	key := regexp.MustCompile(`^ *([a-zA-Z]+):`)
	lines := strings.Split(read(t, filepath.Join(chartDir, "values.yaml")), "\n")
	for i, line := range lines {
		m := key.FindStringSubmatch(line)
		if m == nil || slices.Contains(Services, m[1]) || i > 0 && strings.HasPrefix(strings.TrimSpace(lines[i-1]), "#") {
			continue
		}
		t.Errorf("values.yaml:%d: nothing explains %s", i+1, m[1])
	}
}

func render(t *testing.T, values string) (manifests, notes string) {
	t.Helper()
	manifests, notes, err := Render(chartDir, values)
	if err != nil {
		t.Fatal(err)
	}
	return manifests, notes
}

// problems returns everything that is wrong with manifests.
func problems(t *testing.T, manifests string) []string {
	t.Helper()
	w, err := world()
	if err != nil {
		t.Fatal(err)
	}
	m, err := Decode(manifests)
	if err != nil {
		return []string{err.Error()}
	}
	return slices.Concat(m.Pods(w.known), m.Wiring(w.graph), m.Network(w.graph))
}
