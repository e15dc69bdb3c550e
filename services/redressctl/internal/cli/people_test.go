package cli

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
)

func TestAPersonIsFoundExportedAndErasedAtTheTerminal(t *testing.T) {
	x := newTerminal(t)
	x.activate(shipped("consumer-finance"))
	out := x.says([]string{"complaints", "register", "consumer-finance", "--channel", "Web", "--field", "product=Mortgage", "--name", "王小明", "--phone", "13800001234",
		"--customer-reference", "C-77"}, "Registered ")
	number := strings.TrimSuffix(strings.Fields(out)[1], ".")
	zhao, qian := x.as("zhao", optionsv1.Role_ROLE_PRIVACY_OFFICER, optionsv1.Role_ROLE_AGENT), x.as("qian", optionsv1.Role_ROLE_PRIVACY_OFFICER)

	found := zhao.says([]string{"people", "find", "--phone", "138 0000 1234"}, number, "王*", "138****1234")
	person := anyUUID.FindString(found)
	if again := zhao.says([]string{"people", "find", "--reference", "C-77"}); anyUUID.FindString(again) != person {
		t.Errorf("by reference: %s", again)
	}
	zhao.says([]string{"people", "find", "--email", "nobody@example.com"}, "No people with that.")
	zhao.says([]string{"people", "reveal", number, "--purpose", "answer"}, "王小明", "13800001234", "C-77")

	request := anyUUID.FindString(zhao.says([]string{"people", "export", person}, "Somebody else approves it"))
	file := filepath.Join(t.TempDir(), "person.json")
	zhao.refuses([]string{"people", "export", "--fetch", request, "--out", file}, "not approved")
	zhao.refuses([]string{"people", "export", "--approve", request}, "somebody else must approve it")
	qian.says([]string{"people", "export", "--approve", request}, "--fetch "+request)
	zhao.says([]string{"people", "export", "--fetch", request, "--out", file}, "1 complaints")
	data, err := os.ReadFile(file)
	var exported personFile
	if err != nil || json.Unmarshal(data, &exported) != nil || len(exported.Complaints) != 1 || !strings.Contains(string(data), "王小明") || len(exported.Accesses) < 2 {
		t.Errorf("exported %s, %v", data, err)
	}
	zhao.refuses([]string{"people", "export", "--fetch", request, "--out", file}, "is there already")

	zhao.refuses([]string{"people", "erase", person}, number+" of the person is open")
	x.says([]string{"complaints", "withdraw", number})
	request = anyUUID.FindString(zhao.says([]string{"people", "erase", person, "--reason", "consent_withdrawn"}, "Somebody else approves it"))
	zhao.says([]string{"people", "reject", request}, "Rejected.")
	request = anyUUID.FindString(zhao.says([]string{"people", "erase", person}))
	qian.says([]string{"people", "requests", "--state", "pending"}, request, "erasure", "subject asked", "person:zhao")
	qian.says([]string{"people", "erase", "--approve", request}, person+" is erased")
	zhao.says([]string{"people", "find", "--reference", "C-77"}, "No people")
	zhao.says([]string{"people", "erasures"}, person, "person:qian")
	ledger := filepath.Join(t.TempDir(), "erasures.jsonl")
	zhao.says([]string{"people", "erasures", "--out", ledger}, "1 entries")
	zhao.says([]string{"people", "erasures", "--replay", ledger}, "1 entries replayed; 0 people")
	if err := os.WriteFile(ledger, []byte("{}\nno entry\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	zhao.refuses([]string{"people", "erasures", "--replay", ledger}, "line 2")
	zhao.refuses([]string{"people", "erase"}, "not neither")
	zhao.refuses([]string{"people", "reveal", number, "--purpose", "curiosity"}, "--purpose")
}

// refuses runs a command that must fail and say want.
func (x *terminal) refuses(args []string, want string) {
	x.t.Helper()
	if out, errs, code := x.run(args...); code == 0 || !strings.Contains(errs, want) {
		x.t.Errorf("%q: exit %d, says %q %q; want %q", args, code, out, errs, want)
	}
}
