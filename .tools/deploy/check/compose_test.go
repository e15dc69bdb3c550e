package check

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const composeFile = "../../../deploy/compose.yaml"

func composeProblems(t *testing.T, content string) []string {
	t.Helper()
	w, err := world()
	if err != nil {
		t.Fatal(err)
	}
	found, err := Compose(composeFile, []byte(content), w.known, w.graph)
	if err != nil {
		return []string{err.Error()}
	}
	return found
}

func TestCompose(t *testing.T) {
	for _, problem := range composeProblems(t, read(t, composeFile)) {
		t.Error(problem)
	}
}

func TestSeededDefectsOfComposeAreFound(t *testing.T) {
	good := read(t, composeFile)
	tests := []struct{ name, old, new, want string }{
		{"misspelt field", "stop_grace_period:", "stop_grace:", "stop_grace"},
		{"misspelt variable", "INTAKE_NATS_URL:", "INTAKE_NATS:", "INTAKE_NATS is none"},
		{"secret that is not given", "secrets: [intake_database_url, ", "secrets: [", "INTAKE_DATABASE_URL_FILE names"},
		{"undefined secret", "  issuer_key: {file", "  issuer_keys: {file", "issuer_key"},
		{"root", `user: "65532:65532"`, `user: "0"`, "65532"},
		{"open port", `"127.0.0.1:7101:8443"`, `"7101:8443"`, "open to other machines"},
		{"neighbour's port", "intake=intake:8443", "intake=intake:8080", "PEERS"},
		{"neighbour forgotten", "INTAKE_PEERS: routing=routing:8443,followup=followup:8443", "INTAKE_PEERS: routing=routing:8443", "its code asks"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			broken := strings.ReplaceAll(good, tt.old, tt.new)
			if broken == good {
				t.Fatalf("the file does not contain %q", tt.old)
			}
			found := composeProblems(t, broken)
			if !slices.ContainsFunc(found, func(p string) bool { return strings.Contains(p, tt.want) }) {
				t.Errorf("not found: no problem says %q, only %q", tt.want, found)
			}
		})
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
