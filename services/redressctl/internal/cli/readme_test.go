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

// TestThePagesCommandsWork does the same for the pages about reporting and about procedures, in an empty folder.
func TestThePagesCommandsWork(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	x := newTerminal(t)
	x.activate(shipped("manufacturing"))
	// A draft is enough to fill its directory, and to appraise by it.
	x.says([]string{"procedure", "publish", shipped("home-service")})
	x.says([]string{"duties", "assign", "home-service", "customer_service", "lin.yue", "--from", "2026-03-01 09:00"})
	out := x.says([]string{"complaints", "register", "manufacturing", "--channel", "telephone", "--name", "王小明", "--content", "柜门划伤",
		"--field", "category=product_quality"}, "Registered ")
	number := strings.TrimSuffix(strings.Fields(out)[1], ".")
	x.until([]string{"complaints", "form", number, "record"}, number+"/DA-1")
	x.until([]string{"score", "show", "home-service", "service_staff", "lin.yue", "2026-03"}, "100")

	t.Chdir(t.TempDir())
	shown := regexp.MustCompile(`^MF-\d{6}-\d{6}$`)
	for page, least := range map[string]int{"services/reporting/README.md": 5, "deploy/procedures/README.md": 8} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatal(err)
		}
		commands := commandsOf(string(text))
		if len(commands) < least {
			t.Errorf("%s shows %d commands: %q", page, len(commands), commands)
		}
		for _, args := range commands {
			for i, a := range args {
				args[i] = shown.ReplaceAllString(a, number)
				if strings.HasPrefix(a, "deploy/") {
					args[i] = filepath.Join(root, a)
				}
			}
			if out, errs, code := x.run(args...); code != 0 || out == "" {
				t.Errorf("%s: %q: exit %d: %s", page, args, code, errs)
			}
		}
	}
	for file, revealed := range map[string]bool{"record.html": false, "archive.html": true} {
		page, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		if !strings.Contains(string(page), number) || strings.Contains(string(page), "柜门划伤") != revealed {
			t.Errorf("%s names %s, or its words, wrongly:\n%s", file, number, page)
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
			words[i] = strings.Trim(w, `"'`)
		}
		commands = append(commands, words[1:])
	}
	return commands
}
