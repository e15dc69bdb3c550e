package procedure

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheReferenceKnowsEveryName fails when expressions see a name or a function that the page has not.
func TestTheReferenceKnowsEveryName(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "deploy", "procedures", "REFERENCE.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, expressions, found := strings.Cut(string(page), "\n## Expressions\n")
	if !found {
		t.Fatal("REFERENCE.md has no part \"## Expressions\"")
	}
	const key = "<key>" // as the page writes it
	vs := variables{}
	vs.complaint()
	vs.start()
	vs.file()
	vs.field(key, KindCode)
	vs.ruleValue("<target>", first)
	vs.answer("<step>", "<field>", KindCode)
	vs.answer("<step>", "outcome", KindCode)
	vs.counted(count{key: key})
	vs.clock(key)
	vs.visit(key)
	vs.charge(key)
	vs.milestone("<name>")
	names := []string{"months_after(time, n)", dateOfName + "(time)"}
	for name := range vs {
		names = append(names, name)
	}
	for _, name := range names {
		last := name[strings.LastIndex(name, ".")+1:] // `clocks.<key>.started`, `.met`
		if !strings.Contains(expressions, "`"+name+"`") && !strings.Contains(expressions, "`."+last+"`") {
			t.Errorf("REFERENCE.md does not say what `%s` is: add a row to the tables of its part Expressions", name)
		}
	}
}
