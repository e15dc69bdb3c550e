package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// nextHandbook writes the next edition of the handbook and returns its folder.
func nextHandbook(t *testing.T) string {
	t.Helper()
	pack, err := readPack(shipped("handbook"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	text := strings.NewReplacer(`edition: "2026-01"`, `edition: "2026-02"`, "limit: {hours: 24}", "limit: {hours: 12}").Replace(string(pack))
	if err := os.WriteFile(filepath.Join(dir, "procedure.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A company changes a limit: managers read what changes, two people activate it, and a complaint that runs is moved.
func TestAnEditionsLifeAtTheTerminal(t *testing.T) {
	x := newTerminal(t)
	next := nextHandbook(t)
	old := x.activate(shipped("handbook"))
	out := x.says([]string{"complaints", "register", "handbook", "--channel", "telephone", "--name", "王小明", "--phone", "13800001234", "--content", "迟到三天"}, "Registered ")
	number := strings.TrimSuffix(strings.Fields(out)[1], ".")
	x.until([]string{"clocks", number}, "running")

	x.says([]string{"procedure", "diff", old, next}, "2026-01 -> 2026-02", "Time limits", "24 hours -> 12 hours")
	x.says([]string{"procedure", "diff", shipped("handbook"), next, "--lang", "zh"}, "时限", "24 小时 → 12 小时")
	x.says([]string{"procedure", "diff", old, shipped("handbook")}, "No difference in meaning.")
	x.says([]string{"procedure", "diff", old, next, "-o", "json"}, `"section": "Time limits"`)

	draft := strings.TrimSuffix(strings.Fields(x.says([]string{"procedure", "publish", next}, "It is a draft"))[1], ",")
	move := []string{"procedure", "migrate", draft, "--reason", "policy_corrected"}
	if _, errs, code := x.run(append(move, number)...); code != 1 || !strings.Contains(errs, "two people have not activated") {
		t.Errorf("moved to a draft: exit %d: %s", code, errs)
	}
	x.activate(next)
	x.says(append(move, "--from", old, "--dry-run"), number, "migrated", "1 would be moved")
	x.says([]string{"clocks", "explain", number}, "24")
	x.says(append(move, number), number, "1 were moved")
	x.says(append(move, number), "unchanged", "1 ran by it already")
	x.until([]string{"complaints", "show", number}, "ComplaintMigrated")
	x.until([]string{"procedure", "list", "--open"}, "superseded")
	for _, refused := range []struct {
		args []string
		says string
	}{
		{[]string{"procedure", "migrate", draft, "--reason", "x"}, "name complaints, or say --from"},
		{[]string{"procedure", "migrate", draft, number, "--reason", "x", "--step", "investigate=nowhere"}, "no flow of edition 2026-02 has a step"},
		{[]string{"procedure", "diff", "nowhere", next}, "CODE@EDITION"},
		{[]string{"procedure", "diff", shipped("manufacturing"), next}, "two procedures"},
		{[]string{"procedure", "show", "handbook@1999"}, "there is no such edition"},
		{[]string{"procedure", "activate", old}, "--reason is missing"},
		{[]string{"procedure", "activate", old, "--approve", "--from", "2027-01-01T00:00:00+08:00"}, "--from belongs to the request"},
		{[]string{"procedure", "activate", old, "--reject", "--reason", "no"}, "nobody waits for a decision"},
	} {
		if _, errs, code := x.run(refused.args...); code != 1 || !strings.Contains(errs, refused.says) {
			t.Errorf("%q: exit %d, %q does not say %q", refused.args, code, errs, refused.says)
		}
	}
}
