package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// verified runs the command on a copy of a shipped pack in which one text is replaced.
func verified(t *testing.T, old, replacement string, flags ...string) (string, int) {
	t.Helper()
	dir, from := t.TempDir(), filepath.Join("..", "..", "..", "..", "deploy", "procedures", "manufacturing", "2026-01")
	for _, name := range []string{"procedure.yaml", "directory.yaml"} {
		data, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		if name == "procedure.yaml" {
			data = []byte(strings.Replace(string(data), old, replacement, 1))
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	code := Main(t.Context(), append([]string{"procedure", "verify", dir}, flags...), &out, &errs)
	return out.String() + errs.String(), code
}

func TestVerifyShowsEveryFinding(t *testing.T) {
	t.Parallel()
	out, code := verified(t, "", "")
	for _, want := range []string{"manufacturing 2026-01 is sound: 1 flows", "warnings", "STEP_UNTIMED", "flows[complaint].steps[demands]", "-not_accepted->", "Digest "} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if code != 0 {
		t.Errorf("exit %d of a sound pack", code)
	}
	out, code = verified(t, "{when: values.department == '', step: assign}", "{when: values.department == 'none', step: assign}")
	for _, want := range []string{"errors", "96:16", "CODE_UNKNOWN", "COMPLAINT_STRANDED", "is not sound: "} {
		if !strings.Contains(out, want) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	if code != 1 {
		t.Errorf("exit %d of an unsound pack", code)
	}
}

func TestVerifyAnswersInJSON(t *testing.T) {
	t.Parallel()
	out, code := verified(t, "limit: {hours: 48}", "limit: {unset: true}", "-o", "json")
	var got verdict
	if err := json.Unmarshal([]byte(out), &got); err != nil || code != 0 || !got.Sound || len(got.Warnings) == 0 || !slices.Equal(got.Unset, []string{"feedback", "improvement"}) {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
	out, code = verified(t, "next: [demands]", "next: [demand]", "-o", "json")
	before, _, _ := strings.Cut(out, "redressctl: ")
	if err := json.Unmarshal([]byte(before), &got); err != nil || code != 1 || got.Sound || len(got.Errors) == 0 || got.Errors[0].Line == 0 || got.Errors[0].Path == "" {
		t.Errorf("exit %d, %v: %s", code, err, out)
	}
}
