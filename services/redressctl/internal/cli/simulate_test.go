package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// An author tries a draft on what the five services have recorded.
func TestADraftIsTriedOnRecordedComplaints(t *testing.T) {
	x := newTerminal(t)
	pack := filepath.Join("..", "..", "..", "..", "deploy", "procedures", "handbook", "2026-01")
	x.says([]string{"clocks", "simulate", pack}, "No complaint of this procedure")
	x.activate(pack)
	for range 3 {
		out := x.says([]string{"complaints", "register", "handbook", "--channel", "telephone", "--name", "王小明", "--phone", "13800001234", "--content", "迟到三天"}, "Registered ")
		number := strings.TrimSuffix(strings.Fields(out)[1], ".")
		x.until([]string{"clocks", "list", number}, "running")
	}
	x.until([]string{"clocks", "simulate", pack}, "3 complaints replayed")
	x.says([]string{"clocks", "simulate", pack}, "No differences listed", "The live tables are as they were")

	content, err := readPack(pack)
	if err != nil {
		t.Fatal(err)
	}
	draft := filepath.Join(t.TempDir(), "procedure.yaml")
	longer := regexp.MustCompile(`limit: \{[^}]*\}`).ReplaceAll(content, []byte("limit: {hours: 1000}"))
	if err := os.WriteFile(draft, longer, 0o600); err != nil {
		t.Fatal(err)
	}
	x.says([]string{"clocks", "simulate", draft, "--limit", "1"}, "due moved", "There are more: raise --limit")
	x.says([]string{"clocks", "simulate", draft, "--to", "2020-01-01"}, "No complaint of this procedure")
	_, errs, _ := x.run("clocks", "simulate", draft)
	if !strings.Contains(errs, "events read") {
		t.Errorf("no progress: %q", errs)
	}
	lines := strings.Split(strings.TrimSpace(x.says([]string{"clocks", "simulate", draft, "-o", "json"}, "digest_before")), "\n")
	for _, line := range lines {
		if !json.Valid([]byte(line)) {
			t.Errorf("a line is no JSON: %s", line)
		}
	}
	if !strings.HasPrefix(lines[len(lines)-1], `{"summary":`) {
		t.Errorf("the last line is no summary: %s", lines[len(lines)-1])
	}

	if err := os.WriteFile(draft, regexp.MustCompile(`(?m)^( +)calendar: \w+`).ReplaceAll(content, []byte("${1}calendar: nowhere")), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, errs, code := x.run("clocks", "simulate", draft); code != 1 || !strings.Contains(errs, `there is no calendar "nowhere"`) {
		t.Errorf("an unsound draft: exit %d: %s", code, errs)
	}
}
