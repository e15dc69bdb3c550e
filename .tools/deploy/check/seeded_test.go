package check

import (
	"slices"
	"strings"
	"testing"
)

// TestSeededDefectsAreFound puts one defect at a time into good manifests: a check that finds none of them checks nothing.
func TestSeededDefectsAreFound(t *testing.T) {
	tls, _ := render(t, base)
	mesh, _ := render(t, installations["key in a secret, mesh, telemetry"])
	tests := []struct{ name, manifests, old, new, want string }{
		{"misspelt field", tls, "  replicas: 2", "  replicaz: 2", `unknown field "replicaz"`},
		{"field in the wrong place", tls, "      automountServiceAccountToken: false", "      automountToken: false", "unknown field"},
		{"field twice", tls, "  replicas: 2", "  replicas: 2\n  replicas: 3", "already set"},
		{"unknown kind", tls, "kind: PodDisruptionBudget", "kind: PodDisruptionBudgets", "nothing is known here"},
		{"root", tls, "runAsNonRoot: true", "runAsNonRoot: false", "runAsNonRoot"},
		{"uid 0", tls, "runAsUser: 65532", "runAsUser: 0", "runAsUser"},
		{"capabilities", tls, "capabilities: {drop: [ALL]}", "capabilities: {add: [NET_ADMIN]}", "capabilities"},
		{"seccomp", tls, "seccompProfile: {type: RuntimeDefault}", "seccompProfile: {type: Unconfined}", "seccomp"},
		{"writable root", tls, "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "may be written"},
		{"API token", tls, "automountServiceAccountToken: false", "automountServiceAccountToken: true", "service account"},
		{"service links", tls, "enableServiceLinks: false", "enableServiceLinks: true", "begin like ours"},
		{"no memory limit", tls, "limits: {memory: 512Mi}", "limits: {}", "no memory limit"},
		{"missing probe", tls, "          readinessProbe:\n            grpc: {port: 8445}\n            periodSeconds: 5\n            failureThreshold: 2\n", "", "readiness probe: missing"},
		{"probe of no port", tls, "grpc: {port: 8445}", "grpc: {port: 8444}", "on a port of the container"},
		{"probe by TCP", mesh, "grpc: {port: 8445}", "tcpSocket: {port: health}", "not gRPC"},
		{"gRPC probe under TLS", tls, "grpc: {port: 8445}", "grpc: {port: 8443}", "without TLS"},
		{"short grace", tls, "terminationGracePeriodSeconds: 60", "terminationGracePeriodSeconds: 20", "before it has drained"},
		{"no drain delay", tls, "_DRAIN_DELAY, value: \"5s\"", "_DRAIN_DELAY, value: \"0s\"", "no drain delay"},
		{"misspelt variable", tls, "INTAKE_NATS_URL", "INTAKE_NATS_URI", "INTAKE_NATS_URI is none"},
		{"variable of another service", tls, "ROUTING_TOKEN_FILE", "INTAKE_TOKEN_FILE", "INTAKE_TOKEN_FILE is none"},
		{"required variable", tls, "INTAKE_VAULT_KEY_FILE", "OTEL_VAULT_KEY", "INTAKE_VAULT_KEY_FILE is required"},
		{"secret that nothing mounts", tls, "path: database-url", "path: database", "which nothing mounts"},
		{"wrong port name", tls, "targetPort: grpc", "targetPort: http", "no port http"},
		{"Service without pods", tls, "kind: Service\nmetadata:\n  name: redress-intake", "kind: Service\nmetadata:\n  name: redress-entry", "where \"\" is"},
		{"wrong neighbour", tls, "intake=redress-intake:", "intake=redress-routing:", `where "routing" is`},
		{"missing neighbour", tls, "value: intake=redress-intake:8443,routing=redress-routing:8443\n", "value: intake=redress-intake:8443\n", "its code asks"},
		{"budget that blocks", tls, "maxUnavailable: 1\n", "maxUnavailable: 0\n", "must let one pod go"},
		{"one replica", tls, "  replicas: 2", "  replicas: 1", "fewer than two"},
		{"no default deny", tls, "policyTypes: [Ingress, Egress]", "policyTypes: [Egress]", "a stranger reaches intake: true"},
		{"open to all", tls, "    - ports: [{port: 8443}]\n      from:", "    - ports: [{port: 8443}]\n    - ports: [{port: 8443}]\n      from:", "lets everybody in"},
		{"edge closed", tls, "    - ports: [{port: 8443}]\n      to:", "    - ports: [{port: 8444}]\n      to:", "routing reaches intake: false, want true"},
		{"edge too many", tls, "      from:\n        - podSelector:\n            matchLabels:", "      from:\n        - podSelector: {}\n        - podSelector:\n            matchLabels:", "a stranger reaches"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := strings.ReplaceAll(tt.manifests, tt.old, tt.new)
			if broken == tt.manifests {
				t.Fatalf("the manifests do not contain %q", tt.old)
			}
			found := problems(t, broken)
			if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, tt.want) }) {
				t.Errorf("not found: no problem says %q, only %q", tt.want, found)
			}
		})
	}
}
