package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
)

var anyUUID = regexp.MustCompile(`[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}`)

// The duty directory at the terminal: a change with its approval by another person, a renewal, an absence, a deputy, and why.
func TestTheDutyDirectoryAtTheTerminal(t *testing.T) {
	x := newTerminal(t)
	pack := filepath.Join("..", "..", "..", "..", "deploy", "procedures", "home-furnishing", "2015")
	x.activate(pack)
	x.says([]string{"duties", "assign", "home-furnishing", "sales_dealer", "zhu.ting"}, "zhu.ting sits in sales_dealer")
	x.says([]string{"duties", "assign", "home-furnishing", "head_sales", "luo.yan"})
	refuses := func(x *terminal, args []string, want ...string) {
		t.Helper()
		_, errs, code := x.run(args...)
		for _, w := range want {
			if code != 1 || !strings.Contains(errs, w) {
				t.Errorf("%q: exit %d, does not say %q: %s", args, code, w, errs)
			}
		}
	}
	refuses(x, []string{"duties", "assign", "home-furnishing", "sales_dealer", "hu.bin"}, "approval of head_sales", "RequestDutyChange")
	refuses(x, []string{"duties", "request", "home-furnishing", "sales_dealer", "hu.bin", "--reason", "New York"}, "no code")
	out := x.says([]string{"duties", "request", "home-furnishing", "sales_dealer", "hu.bin", "--reason", "rotation"}, "waits for who sits in head_sales")
	change := anyUUID.FindString(out)
	x.says([]string{"duties", "changes", "--state", "pending"}, change, "hu.bin", "rotation", "approval")
	refuses(x, []string{"duties", "approve", change}, "only who sits in the post head_sales")
	refuses(x, []string{"duties", "approve", "42"}, "duties changes --state pending")
	boss := x.as("luo.yan")
	boss.says([]string{"duties", "approve", change}, "Approved: hu.bin sits in sales_dealer")
	x.says([]string{"duties", "list", "--post", "sales_dealer"}, "zhu.ting", "hu.bin", change)
	x.says([]string{"duties", "explain", "home-furnishing", "sales_dealer"}, "1. hu.bin sits in the post Dealer sales (sales_dealer)", "luo.yan approved it", "3. So the work is for hu.bin.")
	x.says([]string{"duties", "explain", "home-furnishing", "sales_dealer", "--lang", "zh"}, "因此由 hu.bin 处理。")
	x.says([]string{"duties", "explain", "home-furnishing", "sales_dealer", "--at", "2020-01-01"}, "Nobody sits")
	refuses(x, []string{"duties", "explain", "home-furnishing"}, "name a post")

	out = x.says([]string{"duties", "request", "home-furnishing", "sales_dealer", "zhu.ting"})
	boss.says([]string{"duties", "reject", anyUUID.FindString(out)}, "Rejected: nothing changes")

	out = x.says([]string{"duties", "renew", "begin", "home-furnishing"}, "Due", "open", "sales_dealer")
	renewal := anyUUID.FindString(out)
	refuses(x, []string{"duties", "renew", "complete", renewal}, "still to be confirmed", "sales_project")
	directory, err := os.ReadFile(filepath.Join(pack, "directory.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	seats := regexp.MustCompile(`post: (\w+), person: ([\w.]+)`).FindAllStringSubmatch(string(directory), -1)
	for _, s := range seats {
		person := s[2]
		if s[1] == "sales_dealer" {
			person = "hu.bin"
		}
		x.says([]string{"duties", "renew", "confirm", renewal, s[1], person}, "Confirmed "+person)
	}
	x.says([]string{"duties", "renew", "complete", renewal}, "completed")
	x.says([]string{"duties", "renew"}, renewal, "completed")
	x.says([]string{"duties", "renew", "--open"}, "No renewals.")

	out = x.says([]string{"duties", "absences", "record", "hu.bin", "--until", "2099-01-01"}, "hu.bin is away from")
	x.says([]string{"duties", "absences"}, "hu.bin")
	x.says([]string{"duties", "explain", "home-furnishing", "sales_dealer"}, "hu.bin is away", "changes no addressee for an absence")
	x.says([]string{"duties", "absences", "cancel", anyUUID.FindString(out)}, "taken back")
	refuses(x, []string{"duties", "deputies", "set", "home-furnishing", "zhu.ting", "--person", "hu.bin"}, "does not ask for deputies")

	data, err := os.ReadFile(filepath.Join(pack, "procedure.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "procedure.yaml")
	with := strings.NewReplacer(`edition: "2015"`, `edition: "2016"`, "keeper: team_leader", "keeper: team_leader\n  deputies: true").Replace(string(data))
	if err := os.WriteFile(file, []byte(with), 0o600); err != nil {
		t.Fatal(err)
	}
	x.activate(file)
	x.says([]string{"duties", "deputies", "set", "home-furnishing", "zhu.ting", "--person", "hu.bin"}, "zhu.ting stands in for hu.bin")
	refuses(x, []string{"duties", "deputies", "set", "home-furnishing", "hu.bin", "--person", "zhu.ting"}, "zhu.ting > hu.bin > zhu.ting")
	x.says([]string{"duties", "absences", "record", "hu.bin", "--until", "2099-01-01"})
	x.says([]string{"duties", "deputies", "--procedure", "home-furnishing"}, "zhu.ting", "hu.bin")
	if out := x.says([]string{"duties", "explain", "home-furnishing", "sales_dealer", "-o", "json"}, "DUTY_OUTCOME_DEPUTY"); !json.Valid([]byte(out)) {
		t.Errorf("no JSON:\n%s", out)
	}
}

// as returns a terminal of another person, who only handles work unless roles are given.
func (x *terminal) as(subject string, roles ...optionsv1.Role) *terminal {
	x.t.Helper()
	if len(roles) == 0 {
		roles = []optionsv1.Role{optionsv1.Role_ROLE_HANDLER}
	}
	token, err := x.token(subject, roles...)
	if err != nil {
		x.t.Fatal(err)
	}
	file := filepath.Join(x.t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		x.t.Fatal(err)
	}
	other := *x
	other.flags = slices.Clone(x.flags)
	other.flags[slices.Index(other.flags, "--token-file")+1] = file
	return &other
}
