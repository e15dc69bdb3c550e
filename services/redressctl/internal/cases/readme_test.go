package cases

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTheReadmeKnowsEveryAct fails when authors can write an act that the page about cases has not.
func TestTheReadmeKnowsEveryAct(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "..", "deploy", "procedures", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, act := range acts {
		if !strings.Contains(string(page), "\n| `"+act+"` | ") {
			t.Errorf("deploy/procedures/README.md does not say what %s does: add it to the table of acts", act)
		}
	}
}
