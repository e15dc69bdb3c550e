package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDraw needs no suite: it draws packs on this machine.
func TestDraw(t *testing.T) {
	t.Parallel()
	packs := filepath.Join("..", "..", "..", "..", "deploy", "procedures")
	twoFlows, oneFlow := filepath.Join(packs, "home-furnishing", "2015"), filepath.Join(packs, "handbook", "2026-01")
	withActions, file := filepath.Join(packs, "manufacturing", "2026-01"), filepath.Join(t.TempDir(), "flow.svg")
	for _, c := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"to the terminal", []string{oneFlow}, 0, `lang="zh"`},
		{"in English", []string{oneFlow, "--lang", "en"}, 0, "Registered"},
		{"one of several", []string{twoFlows, "--flow", "store"}, 0, "与商场协商处理"},
		{"which of several is not said", []string{twoFlows}, 1, "it has the flows and actions direct, store; name one with --flow"},
		{"an action", []string{withActions, "--flow", "improvement", "--lang", "en"}, 0, "Loop closed"},
		{"a flow that is not there", []string{oneFlow, "--flow", "sideways"}, 1, `no flow and no action "sideways"; it has complaint`},
		{"a language that is not known", []string{oneFlow, "--lang", "fr"}, 2, "--lang must be one of"},
		{"a folder without a pack", []string{packs}, 1, "no pack"},
		{"a file each", []string{twoFlows, "-f", file}, 0, "flow-store.svg"},
	} {
		var out, errs bytes.Buffer
		code := Main(t.Context(), append([]string{"procedure", "draw"}, c.args...), &out, &errs)
		if all := out.String() + errs.String(); code != c.code || !strings.Contains(all, c.says) {
			t.Errorf("%s: exit %d, want %d and %q:\n%.400s", c.name, code, c.code, c.says, all)
		}
	}
	for _, flow := range []string{"direct", "store"} {
		data, err := os.ReadFile(strings.TrimSuffix(file, ".svg") + "-" + flow + ".svg")
		if err != nil || !bytes.HasPrefix(data, []byte("<svg ")) {
			t.Errorf("flow %s: %v, %.20q", flow, err, data)
		}
	}
}
