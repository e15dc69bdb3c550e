package cases

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestCoverage(t *testing.T) {
	t.Parallel()
	shop, err := os.ReadFile(filepath.Join("testdata", "shop", requirementsFile))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, old, new string
		wrong          []string // the beginnings, without the folder
	}{
		{"as it is", "", "", nil},
		{"neither shown nor explained", ", unshown: a principle", "", []string{"requirements.yaml:4:1: no case shows X1-03"}},
		{"both", "text: {en: Reply in a day}", "text: {en: Reply in a day}, unshown: it cannot be", []string{
			"requirements.yaml:2:1: case whole-life shows X1-01, and it is said why none can",
		}},
		{"ids that there are not", "X1-01", "X1-011", []string{
			"cases.yaml:3:1: case whole-life shows X1-01, which is no requirement; did you mean X1-011?",
			"procedure.yaml:1:1: the procedure names X1-01, which is no requirement", "requirements.yaml:2:1: no case shows X1-011",
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c, err := cover(t, strings.Replace(string(shop), test.old, test.new, 1))
			if err != nil {
				t.Fatal(err)
			}
			if len(c.Wrong) != len(test.wrong) {
				t.Fatalf("%v, want %v", c.Wrong, test.wrong)
			}
			for i, w := range c.Wrong {
				w.File = filepath.Base(w.File)
				if !strings.HasPrefix(w.String(), test.wrong[i]) {
					t.Errorf("%s, want %s", w, test.wrong[i])
				}
			}
		})
	}
	c, err := cover(t, string(shop))
	if err != nil || len(c.Requirements) != 3 || !slices.Equal(c.Requirements[0].ShownBy, []string{"whole-life"}) || !c.Requirements[1].Named {
		t.Errorf("%+v, %v", c, err)
	}
	if shown, named, other := c.Count(); shown != 2 || named != 0 || other != 1 {
		t.Errorf("counted %d, %d, %d", shown, named, other)
	}
	_, err = cover(t, "requirements:\n  - {id: X1-01, txt: {en: x}}\n  - {id: X1-02, text: {en: x}}\n  - {id: X1-02, text: {en: x}}\n")
	if invalid := (*InvalidError)(nil); !errors.As(err, &invalid) || len(invalid.Findings) != 3 {
		t.Errorf("unsound requirements: %v, want an unknown key, a missing text, and an id given twice", err)
	}
}

// cover compares the cases of testdata/shop with requirements.
func cover(t *testing.T, requirements string) (Coverage, error) {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "shop", casesFile))
	if err != nil {
		t.Fatal(err)
	}
	dir := write(t, filepath.Join("testdata", "shop"), string(data))
	if err := os.WriteFile(filepath.Join(dir, requirementsFile), []byte(requirements), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	return Cover(p)
}
