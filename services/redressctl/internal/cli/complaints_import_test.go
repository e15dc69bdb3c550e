package cli

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	optionsv1 "redress.dev/proto/gen/redress/options/v1"
)

// imports makes x a terminal of somebody who may import.
func (x *terminal) imports() {
	x.t.Helper()
	token, err := x.token("importer", optionsv1.Role_ROLE_INTEGRATION)
	if err != nil {
		x.t.Fatal(err)
	}
	file := filepath.Join(x.t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		x.t.Fatal(err)
	}
	x.flags = append(x.flags, "--token-file", file)
}

// TestTheImportsPageWorks runs the commands of deploy/imports/README.md, repeats them, and imports the corrected rejects.
func TestTheImportsPageWorks(t *testing.T) {
	root, err := filepath.Abs(filepath.Join("..", "..", "..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join(root, "deploy", "imports", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	commands := commandsOf(string(page))
	if len(commands) != 3 {
		t.Fatalf("the page shows %d commands", len(commands))
	}
	rejects := filepath.Join(t.TempDir(), "rejects.csv")
	for _, args := range commands {
		for i, a := range args {
			if strings.HasPrefix(a, "deploy/") {
				args[i] = filepath.Join(root, a)
			} else if a == "rejects.csv" {
				args[i] = rejects
			}
		}
	}
	x := newTerminal(t)
	x.activate(shipped("manufacturing"))
	x.imports()

	x.says(commands[0], "procedure: manufacturing", "key: 单号", "column: 投诉时间", "column: 联系电话", `the column "经办人" is not used`)
	dry, errs, code := x.run(commands[1]...)
	if code != 1 || !strings.Contains(dry, "5 rows: 4 could be registered, 0 were registered before, 1 rejected") {
		t.Errorf("dry run: exit %d: %s%s", code, dry, errs)
	}
	x.says([]string{"complaints", "list"}, "No complaints")

	for _, want := range []string{"4 registered, 0 were registered before, 1 rejected", "0 registered, 4 were registered before, 1 rejected"} {
		_ = os.Remove(rejects)
		out, errs, code := x.run(commands[2]...)
		if code != 1 || !strings.Contains(out, want) || !strings.Contains(out, "投诉时间") || !strings.Contains(errs, "1 of 5") {
			t.Errorf("exit %d, want %q and the column of the problem:\n%s%s", code, want, out, errs)
		}
	}
	if _, errs, code := x.run(commands[2]...); code != 2 || !strings.Contains(errs, "exists") {
		t.Errorf("a file of rejects that is there: exit %d: %s", code, errs)
	}
	data, err := os.ReadFile(rejects)
	if err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\uFEFF"))).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][0] != "KH-2026-0005" || rows[1][9] != "6" || !strings.Contains(rows[1][10], "投诉时间") {
		t.Fatalf("rejects: %q, %v", rows, err)
	}
	corrected := strings.NewReplacer("昨天", "2026-03-03 16:00", "12ab", "13700000000").Replace(string(data))
	if err := os.WriteFile(rejects, []byte(corrected), 0o600); err != nil {
		t.Fatal(err)
	}
	mapping := commands[2][4]
	x.says([]string{"complaints", "import", rejects, "--map", mapping}, "1 rows: 1 registered")
	none := filepath.Join(t.TempDir(), "none.csv")
	out := x.says([]string{"complaints", "import", rejects, "--map", mapping, "--dry-run", "--rejects", none, "-o", "json"})
	if _, err := os.Stat(none); !os.IsNotExist(err) {
		t.Errorf("a file of no rejects is left: %v", err)
	}
	var got struct{ Rows, Registered, Repeated, Rejected int }
	if err := json.Unmarshal([]byte(out), &got); err != nil || got.Repeated != 1 {
		t.Errorf("%v: %s", err, out)
	}
	if list := x.says([]string{"complaints", "list", "--reference", "KH-2026-0004"}, "social_media", "category=product_quality"); strings.Count(list, "MF-") != 1 {
		t.Errorf("the row is not registered once:\n%s", list)
	}
	grown := filepath.Join(t.TempDir(), "grown.csv")
	data, err = os.ReadFile(commands[2][2])
	if err != nil {
		t.Fatal(err)
	}
	head, rest, _ := strings.Cut(string(data), "\n")
	if err := os.WriteFile(grown, []byte(head+"\nKH-2026-0000,2026/3/1,吴静,13811112222,电话,质量,桌面开裂,餐桌,张\n"+rest), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, _ = x.run("complaints", "import", grown, "--map", mapping)
	if want := "6 rows: 1 registered, 4 were registered before, 1 rejected"; !strings.Contains(out, want) {
		t.Errorf("with a row before the others, want %q:\n%s", want, out)
	}
	if list := x.says([]string{"complaints", "list"}); strings.Count(list, "MF-") != 6 {
		t.Errorf("want six complaints:\n%s", list)
	}
}

func TestImportsThatCannotBegin(t *testing.T) {
	x := newTerminal(t)
	x.activate(shipped("manufacturing"))
	x.imports()
	dir := t.TempDir()
	file := func(name, text string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := file("good.csv", "no,words\n1,x\n")
	const head = "procedure: manufacturing\nsource: s\n"
	tests := []struct {
		name, file, mapping string
		code                int
		says                []string
	}{
		{"nothing is said", good, "{}", 2, []string{"procedure is missing", "source is missing", "key is missing"}},
		{"an unknown key", good, head + "keys: no", 2, []string{"keys"}},
		{"an unknown part", good, head + "key: no\nfields: {complainant.fax: {column: no}}", 2, []string{"complainant.fax", "complainant.phone"}},
		{"both", good, head + "key: no\nfields: {channel: {column: no, constant: x}}", 2, []string{"channel wants a column or a constant"}},
		{"no such column", good, head + "key: nr\nfields: {content: {column: word}}", 2, []string{`no column "nr"`, `no column "word"`, "no, words"}},
		{"two of a name", file("two.csv", "no,no\n1,2\n"), head + "key: no", 2, []string{"several columns"}},
		{"no such field", good, head + "key: no\nfields: {fields.colour: {column: words}}", 2, []string{`no field "colour"`, "category"}},
		{"a personal field among the others", good, head + "key: no\nfields: {fields.content: {column: words}}", 2, []string{"personal_fields.content"}},
		{"no such procedure", good, "procedure: gardens\nsource: s\nkey: no", 1, []string{"gardens"}},
		{"an empty file", file("empty.csv", ""), head + "key: no", 2, []string{"no header"}},
		{"a workbook that is none", file("none.xlsx", "no,words\n"), head + "key: no", 2, []string{"none.xlsx"}},
		{"a workbook by another name", file("book.csv", "PK\x03\x04..."), head + "key: no", 2, []string{".xlsx"}},
		{"Excel 97", file("old.xls", "x"), head + "key: no", 2, []string{"save it as"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			out, errs, code := x.run("complaints", "import", tt.file, "--map", file("map.yaml", tt.mapping))
			for _, want := range tt.says {
				if !strings.Contains(errs, want) {
					t.Errorf("it does not say %q: %s", want, errs)
				}
			}
			if code != tt.code {
				t.Errorf("exit %d, want %d: %s%s", code, tt.code, out, errs)
			}
		})
	}
	if _, errs, code := x.run("complaints", "import", good); code != 2 || !strings.Contains(errs, "--map") {
		t.Errorf("without a mapping: exit %d: %s", code, errs)
	}
	x.says([]string{"complaints", "list"}, "No complaints")
}
