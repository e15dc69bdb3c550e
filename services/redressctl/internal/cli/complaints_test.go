package cli

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestComplaintsAreAmendedFoundSuggestedAndWatched(t *testing.T) {
	x := newTerminal(t)
	x.activate(shipped("handbook"))
	register := func(content string) string {
		out := x.says([]string{"complaints", "register", "handbook", "--channel", "telephone", "--name", "王小明", "--phone", "13800001234", "--content", content}, "Registered ")
		return strings.TrimSuffix(strings.Fields(out)[1], ".")
	}
	one, two := register("柜门上有一道很长的划伤"), register("The courier came three days late")

	x.says([]string{"complaints", "amend", one, "--phone", "13900001111", "--reason", "caller_corrected", "--expect", "1"}, one+" is at version 2")
	x.says([]string{"complaints", "amendments", one}, "caller_corrected", "complainant.phone", "138****1234", "139****1111", "person:li.wei")
	x.says([]string{"complaints", "amendments", two}, "No amendments")
	x.until([]string{"complaints", "show", one}, "ComplaintAmended")
	x.says([]string{"complaints", "amend", one, "--phone", "13800001234"}, "version 3")

	x.until([]string{"complaints", "search", "柜门", "划伤"}, one)
	x.until([]string{"complaints", "search", "couriers", "late"}, two)
	x.says([]string{"complaints", "search", "13800001234"}, one, two, "100 %")
	x.says([]string{"complaints", "search", "sofa"}, "No complaints with these words")

	x.says([]string{"complaints", "suggest", one}, two, "same phone", "repeat of")
	x.says([]string{"complaints", "dismiss", one, two}, "not suggested any more")
	x.says([]string{"complaints", "suggest", two}, "No complaints that may belong to it")
	x.says([]string{"complaints", "suggest", two, "--all"}, "person:li.wei")
	x.says([]string{"complaints", "dismiss", two, one, "--restore"}, "suggested again")
	x.says([]string{"complaints", "link", two, one, "--kind", "repeat_of"}, "no. 1", "no. 2")
	x.says([]string{"complaints", "show", one}, "repeat of "+two+", no. 2")

	x.says([]string{"complaints", "list", "--linked", "yes", "--order", "number"}, one, two)
	x.says([]string{"complaints", "list", "--linked", "no"}, "No complaints")
	x.says([]string{"complaints", "list", "--number", two}, two)

	out := x.says([]string{"complaints", "watch", "--procedure", "handbook", "--once"}, one, two, "version 3", "Go on with: --resume ")
	token := strings.TrimSpace(out[strings.LastIndex(out, " "):])
	x.says([]string{"complaints", "watch", "--procedure", "handbook", "--once", "--resume", token}, "--resume ")
	for line := range strings.Lines(x.says([]string{"complaints", "watch", one, "--once", "-o", "json"}, one)) {
		if !json.Valid([]byte(line)) {
			t.Errorf("watch -o json prints %q", line)
		}
	}
	for _, tt := range []struct {
		args []string
		says string
	}{
		{[]string{"complaints", "amend", one}, "nothing is to be amended"},
		{[]string{"complaints", "amend", one, "--clear", "content"}, "content"},
		{[]string{"complaints", "amend", one, "--clear", "receive_time"}, "cannot be amended"},
		{[]string{"complaints", "amend", one, "--channel", "telephone", "--expect", "1"}, "is at version 3"},
		{[]string{"complaints", "search", "柜"}, "two Chinese characters"},
		{[]string{"complaints", "list", "--procedure", "furniture"}, "published are: handbook"},
		{[]string{"complaints", "list", "--order", "receive_time"}, "receive_time_from"},
		{[]string{"complaints", "list", "--order", "color"}, "order_by"},
		{[]string{"complaints", "watch", "--resume", "x"}, "resume_token"},
		{[]string{"complaints", "dismiss", one, one}, "never suggested for itself"},
	} {
		if _, errs, code := x.run(tt.args...); code != 1 || !strings.Contains(errs, tt.says) {
			t.Errorf("%q: exit %d: %s; want %q", tt.args, code, errs, tt.says)
		}
	}
}
