package cli

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheReadmesCommandsWork runs every redressctl command that the project's README shows, with the number of a complaint that
// is there in the place of the demo's.
func TestTheReadmesCommandsWork(t *testing.T) {
	root := filepath.Join("..", "..", "..", "..")
	readme, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	x := newTerminal(t)
	for _, pack := range []string{"consumer-finance", "manufacturing"} {
		x.activate(shipped(pack))
	}
	out := x.says([]string{"complaints", "register", "consumer-finance", "--channel", "Web", "--field", "product=Mortgage"}, "Registered ")
	number := strings.TrimSuffix(strings.Fields(out)[1], ".")
	x.until([]string{"complaints", "show", number}, "ClockStarted")
	x.until([]string{"report", "consumer-finance"}, "1")

	commands := commandsOf(string(readme))
	if len(commands) < 5 {
		t.Fatalf("the README shows %d commands: %q", len(commands), commands)
	}
	demo := regexp.MustCompile(`^CF-\d{6}-\d{6}$`)
	for _, args := range commands {
		for i, a := range args {
			args[i] = demo.ReplaceAllString(a, number)
		}
		if out, errs, code := x.run(args...); code != 0 || out == "" {
			t.Errorf("%q: exit %d: %s", args, code, errs)
		}
	}
}

// commandsOf returns the words after ".bin/redressctl" of every indented line that begins with it, continued lines joined.
func commandsOf(text string) [][]string {
	var commands [][]string
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		words := strings.Fields(line)
		if !strings.HasPrefix(line, "    ") || len(words) < 2 || words[0] != ".bin/redressctl" {
			continue
		}
		for i, w := range words {
			words[i] = strings.Trim(w, `"`)
		}
		commands = append(commands, words[1:])
	}
	return commands
}
