package cli

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// fence finds the blocks of a page: its language and its text.
var fence = regexp.MustCompile("(?ms)^```(\\w+)\n(.*?)^```$")

// TestTheWalkthroughWorks does what the page says from top to bottom, in an empty folder: yaml blocks are appended to the file that their
// first line names; commands succeed, or fail where "# fails" stands behind them; and what stands below a command is printed by it,
// but for spaces and what "…" stands for.
func TestTheWalkthroughWorks(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "deploy", "procedures", "WALKTHROUGH.md"))
	if err != nil {
		t.Fatal(err)
	}
	x := newTerminal(t)
	t.Chdir(t.TempDir())
	commands := 0
	for _, block := range fence.FindAllStringSubmatch(string(page), -1) {
		switch block[1] {
		case "yaml":
			appendBlock(t, block[2])
		case "console":
			for _, part := range strings.Split("\n"+block[2], "\n$ ")[1:] {
				command, want, _ := strings.Cut(part, "\n")
				x.walk(command, want)
				commands++
			}
		default:
			t.Errorf("a block of %s: write yaml or console", block[1])
		}
	}
	if commands < 15 {
		t.Errorf("the page has %d commands", commands)
	}
}

// appendBlock writes a yaml block to the file that its first line names.
func appendBlock(t *testing.T, text string) {
	t.Helper()
	first, rest, _ := strings.Cut(text, "\n")
	name, ok := strings.CutPrefix(first, "# ")
	if !ok || !filepath.IsLocal(name) {
		t.Fatalf("a yaml block begins with %q: write # and the name of its file", first)
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o750); err != nil {
		t.Fatal(err)
	}
	old, err := os.ReadFile(name)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, append(old, rest...), 0o600); err != nil {
		t.Fatal(err)
	}
}

// walk runs one command of the page.
func (x *terminal) walk(command, want string) {
	x.t.Helper()
	command, fails := strings.CutSuffix(command, " # fails")
	words := quoted.FindAllString(command, -1)
	for i, w := range words {
		words[i] = strings.Trim(w, `"`)
	}
	var out string
	failed := false
	if words[0] == "redressctl" {
		args := words[1:]
		if words[len(words)-1] == ".run/standalone/token-approver" { // as make run writes it
			args = append(words[1:len(words)-2], x.approver...)
		}
		stdout, stderr, code := x.run(args...)
		out, failed = stdout+stderr, code != 0
	} else {
		data, err := exec.CommandContext(x.t.Context(), "sh", "-ec", command).CombinedOutput() //nolint:gosec // the project's own page
		out, failed = string(data), err != nil
	}
	if failed != fails {
		x.t.Fatalf("%s: failed is %t:\n%s", command, failed, out)
	}
	printed := spaces(out)
	for line := range strings.Lines(want) {
		for piece := range strings.SplitSeq(line, "…") {
			if !strings.Contains(printed, spaces(piece)) {
				x.t.Errorf("%s does not print %q:\n%s", command, strings.TrimSpace(line), out)
			}
		}
	}
}

// quoted finds the words of a command; those with spaces stand in double quotes.
var quoted = regexp.MustCompile(`"[^"]*"|\S+`)

func spaces(s string) string { return strings.Join(strings.Fields(s), " ") }
