package cli

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestActionsAtTheTerminal(t *testing.T) {
	x := newTerminal(t)
	x.activate(filepath.Join("..", "cases", "testdata", "shop"))
	out := x.says([]string{"complaints", "register", "shop", "--channel", "web", "--field", "size=small"}, "Registered ")
	number := strings.TrimSuffix(strings.Fields(out)[1], ".")
	x.until([]string{"work", "list"}, number) // followup has heard of it when routing has, or soon after
	x.says([]string{"actions", "list"}, "No actions")
	x.until([]string{"actions", "open", "capa", "--complaint", number}, "Opened "+number+"/CAPA-1")
	id := regexp.MustCompile(`[0-9a-f-]{36}`).FindString(x.says([]string{"actions", "list", "--complaint", number}, "CAPA-1", "shop", "open"))
	x.until([]string{"work", "list", "--complaint", id}, "analyse")
	for _, tt := range []struct {
		args []string
		want string
	}{
		{[]string{"actions", "open", "capa", "--complaint", number}, "may have one at a time"},
		{[]string{"actions", "open", "cappa", "--complaint", number}, "capa"},
		{[]string{"actions", "open", "capa", "--complaint", "SH-209901-0001"}, "SH-209901-0001"},
		{[]string{"actions", "open", "capa"}, "edition"},
		{[]string{"actions", "open", "capa", "--edition", "shop@1"}, "name them"},
		{[]string{"actions", "open", "improvement", "--edition", "shop"}, "CODE@EDITION"},
		{[]string{"actions", "open", "improvement", "--edition", "shop@2"}, "there is no such edition"},
		{[]string{"actions", "open", "improvement", "--edition", "shop@1", "--complaint", number}, "edition"},
		{[]string{"actions", "cancel", id, "--reason", "It was a mistake"}, "reason"},
	} {
		if _, errs, code := x.run(tt.args...); code != 1 || !strings.Contains(errs, tt.want) {
			t.Errorf("%q: exit %d, want 1 and %q in: %s", tt.args, code, tt.want, errs)
		}
	}
	x.says([]string{"actions", "cancel", id, "--reason", "opened_in_error"}, "cancelled: opened_in_error")
	x.until([]string{"work", "list", "--complaint", id}, "No ")
	x.says([]string{"actions", "list", "--state", "cancelled,closed"}, number+"/CAPA-1")
	x.says([]string{"actions", "open", "improvement", "--edition", "shop@1"}, "Opened SH-IMP-")
	x.says([]string{"actions", "open", "improvement", "--edition", "shop@1"}, "Opened SH-IMP-")
	x.says([]string{"actions", "list", "--procedure", "shop", "--page-size", "1"}, "-0001 ", "--page-token")
}
