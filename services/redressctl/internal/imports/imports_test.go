package imports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"google.golang.org/protobuf/proto"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"

	"redress.dev/pkg/gateway"
)

func write(t testing.TB, name string, data []byte) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// all reads a table: rows as "number: a|b", errors as they are.
func all(t testing.TB, file string, m *Mapping) []string {
	t.Helper()
	table, err := Open(file, m)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	lines := []string{strings.Join(table.Header, "|")}
	for {
		row, err := table.Next()
		var bad *RowError
		switch {
		case errors.Is(err, io.EOF):
			return lines
		case errors.As(err, &bad):
			lines = append(lines, bad.Error())
		case err != nil:
			t.Fatal(err)
		default:
			lines = append(lines, fmt.Sprintf("%d: %s", row.Number, strings.Join(row.Cells, "|")))
		}
	}
}

func TestCSVIsReadAsItIsWritten(t *testing.T) {
	t.Parallel()
	const text = "单号;姓名;内容\r\n1;王小明;\"柜门;\n划伤\"\r\n;;\r\n\r\n2;李丽;\r\n"
	want := []string{"单号|姓名|内容", "2: 1|王小明|柜门;\n划伤", "6: 2|李丽|"}
	gb, err := simplifiedchinese.GB18030.NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	long := strings.Repeat("x;y;z\n", 100_000) + "é;;\n" // what is no ASCII comes late
	tests := []struct {
		name, data string
		m          Mapping
	}{
		{"UTF-8", text, Mapping{}},
		{"UTF-8 with a byte order mark", "\uFEFF" + text, Mapping{}},
		{"GB18030", gb, Mapping{}},
		{"GB18030, said", gb, Mapping{Encoding: "gb18030", Delimiter: ";"}},
		{"UTF-16", wide, Mapping{}},
		{"tabs", strings.ReplaceAll(text, ";", "\t"), Mapping{}},
		{"commas", strings.ReplaceAll(text, ";", ","), Mapping{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := all(t, write(t, "a.csv", []byte(tt.data)), &tt.m)
			for i := range got {
				got[i] = strings.NewReplacer("门\t", "门;", "门,", "门;").Replace(got[i])
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}
	if got := all(t, write(t, "a.csv", []byte(long)), &Mapping{}); len(got) != 100_001 || got[100_000] != "100001: é||" {
		t.Errorf("%d rows, the last is %s", len(got), got[len(got)-1])
	}
}

func TestRowsThatCannotBeRead(t *testing.T) {
	t.Parallel()
	got := all(t, write(t, "a.csv", []byte("a,b\n1,2,3\n1,2,\nx\"y,2\n\xff\xfe\xfd,1\nnul\x00,1\n#N/A,1\n4,5\n")), &Mapping{Encoding: "utf-8"})
	for i, want := range []string{"a|b", "row 2: it has 3 values", "3: 1|2", "row 4: it is not CSV", "row 5: a: it holds characters", "row 6: a: it holds a NUL", "row 7: a: its formula", "8: 4|5"} {
		if i >= len(got) || !strings.HasPrefix(got[i], want) {
			t.Errorf("row %d is not %q: %q", i, want, got)
		}
	}
	table, err := Open(write(t, "a.csv", []byte("a,b\n1,2\n\"never closed\n"+strings.Repeat("0123456789\n", 500_000))), &Mapping{})
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	for err == nil {
		_, err = table.Next()
	}
	if !errors.Is(err, errRow) || !strings.Contains(err.Error(), "behind row 2") {
		t.Errorf("a quote that is never closed: %v", err)
	}
	if _, err := Open(write(t, "a.csv", []byte("\n"+strings.Repeat("x,", maxColumns+1)+"x")), &Mapping{}); err == nil || !strings.Contains(err.Error(), "columns") {
		t.Errorf("a thousand and two columns: %v", err)
	}
	got = all(t, write(t, "a.csv", []byte("Report of March\n\nno,words\n1,x\n")), &Mapping{Header: 3})
	if diff := cmp.Diff([]string{"no|words", "4: 1|x"}, got); diff != "" {
		t.Errorf("a header in row 3 (-want +got):\n%s", diff)
	}
}

// A damaged byte costs its row, not the whole file: what is read as GB18030 by mistake is registered as it reads.
func TestOneDamagedByteDoesNotChangeTheEncoding(t *testing.T) {
	t.Parallel()
	damaged := strings.Replace("单号,内容\n1,柜门划伤\n2,桌面开裂\n3,漏水\n", "柜", "\xe6\x9f", 1)
	many := strings.Repeat("9,柜门划伤\n", 10_000)
	gb, err := simplifiedchinese.GB18030.NewEncoder().String("单号,内容\n1,联通\n2,桌面开裂\n" + many)
	must(t, err)
	tests := []struct {
		name, data string
		want       []string
	}{
		{"UTF-8 that is damaged", damaged, []string{"单号|内容", "row 2: 内容: it holds characters", "3: 2|桌面开裂", "4: 3|漏水"}},
		{"and goes on behind what is looked at", damaged + many,
			[]string{"单号|内容", "row 2: 内容: it holds characters", "3: 2|桌面开裂", "4: 3|漏水", "5: 9|柜门划伤"}},
		{"GB18030 that goes on", gb, []string{"单号|内容", "2: 1|联通", "3: 2|桌面开裂", "4: 9|柜门划伤"}},
		{"neither", "no,words\n1,\xff\xff\n2,x\n", []string{"no|words", "row 2: words: it holds characters", "3: 2|x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := all(t, write(t, "a.csv", []byte(tt.data)), &Mapping{})
			for i, want := range tt.want {
				if i >= len(got) || !strings.HasPrefix(got[i], want) {
					t.Errorf("row %d is not %q: %.80q", i, want, got[:min(len(got), 5)])
				}
			}
		})
	}
}

// A quote that is not closed would take the rows behind it for its value: the import ends there.
func TestAQuoteThatIsNotClosedEndsTheImport(t *testing.T) {
	t.Parallel()
	rows := strings.Repeat("1,x\n", 40)
	tests := []struct{ name, data, want string }{
		{"closed by the next quote", "no,words\n0,x\n1,\"scratched\n" + rows + "2,\"door\"\n3,x\n", "row 3 is not closed before line 44"},
		{"never closed", "no,words\n0,x\n1,\"scratched\n" + rows, "row 3 is not closed before line 43"},
		{"in a value of two lines", "no,words\n0,x\n1,\"scratched\ndoor\"s\"\n", "row 3 is not closed before line 4"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			table, err := Open(write(t, "a.csv", []byte(tt.data)), &Mapping{})
			must(t, err)
			defer table.Close()
			if row, err := table.Next(); err != nil || row.Number != 2 {
				t.Fatalf("the row before it: %v, %v", row, err)
			}
			_, err = table.Next()
			var ofOneRow *RowError
			if err == nil || errors.As(err, &ofOneRow) || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want an end that says %q", err, tt.want)
			}
		})
	}
	table, err := Open(write(t, "a.csv", []byte("no,words\n\n1,the \"door\",x\r\n2,\"door\"s,y\n3,\"open")), &Mapping{})
	must(t, err)
	defer table.Close()
	for _, want := range []Row{{3, []string{"", "", `1,the "door",x`}}, {4, []string{"", "", `2,"door"s,y`}}, {5, []string{"", "", `3,"open`}}} {
		row, err := table.Next()
		var bad *RowError
		if diff := cmp.Diff(want, row); !errors.As(err, &bad) || diff != "" {
			t.Errorf("a wrong quote within a line: %v (-want +got):\n%s", err, diff)
		}
	}
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

// generated is a CSV of n rows that nobody holds.
type generated struct {
	n, at int
	rest  []byte
}

func (g *generated) Read(p []byte) (int, error) {
	if len(g.rest) == 0 {
		if g.at > g.n {
			return 0, io.EOF
		}
		g.rest = fmt.Appendf(nil, "%d,2026-03-02 10:00,some words about row %d\n", g.at, g.at)
		if g.at == 0 {
			g.rest = []byte("no,when,words\n")
		}
		g.at++
	}
	n := copy(p, g.rest)
	g.rest = g.rest[n:]
	return n, nil
}

func TestAMillionRowsTakeNoMemory(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.csv")
	f, err := os.Create(file)
	must(t, err)
	rows := 1_000_000
	if _, err := io.Copy(f, &generated{n: rows}); err != nil {
		t.Fatal(err)
	}
	must(t, f.Close())
	table, err := Open(file, &Mapping{})
	must(t, err)
	defer table.Close()
	var most uint64
	for n := 0; ; n++ {
		_, err := table.Next()
		if errors.Is(err, io.EOF) {
			if n != rows {
				t.Errorf("%d rows, want %d", n, rows)
			}
			break
		}
		must(t, err)
		if n%100_000 == 0 {
			runtime.GC()
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			most = max(most, m.HeapAlloc)
		}
	}
	if most > 32<<20 {
		t.Errorf("%d MiB are held", most>>20)
	}
}

func TestRowsAreKnownByTheirKeyAlone(t *testing.T) {
	t.Parallel()
	id := func(m Mapping, header, cells string) string {
		t.Helper()
		m.Procedure = "p"
		table := &Table{Header: strings.Split(header, ",")}
		c, err := NewConverter(&m, table, &procedurev1.Procedure{Code: "p"})
		must(t, err)
		_, id, problems := c.Convert(Row{2, strings.Split(cells, ",")})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return id
	}
	one := id(Mapping{Source: "s", Key: names{"no"}}, "no,words", "1,x")
	for name, other := range map[string]string{
		"another source":     id(Mapping{Source: "r", Key: names{"no"}}, "no,words", "1,x"),
		"another key":        id(Mapping{Source: "s", Key: names{"no"}}, "no,words", "2,x"),
		"a key of two parts": id(Mapping{Source: "s", Key: names{"no", "words"}}, "no,words", "1,x"),
	} {
		if other == one {
			t.Errorf("%s gives the same id", name)
		}
	}
	if again := id(Mapping{Source: "s", Key: names{"no"}, Fields: map[string]Origin{"content": {Column: "words"}}}, "words,no", "y,1"); again != one {
		t.Error("the same row elsewhere, mapped otherwise, has another id")
	}
	if a, b := id(Mapping{Source: "s", Key: names{"a", "b"}}, "a,b", "1,11"), id(Mapping{Source: "s", Key: names{"a", "b"}}, "a,b", "11,1"); a == b {
		t.Error("1 and 11 is taken for 11 and 1")
	}
}

func TestValuesOfRows(t *testing.T) {
	t.Parallel()
	p := &procedurev1.Procedure{
		Code: "p", Numbering: &procedurev1.Numbering{Zone: "Asia/Shanghai"},
		Vocabularies: []*procedurev1.Vocabulary{{Key: "kinds", Terms: []*procedurev1.Term{{Code: "quality", Name: &procedurev1.Label{Zh: "质量", En: "Quality"}}}}},
		Fields: []*procedurev1.Field{
			{Key: "kind", Kind: procedurev1.FieldKind_FIELD_KIND_CODE, Vocabulary: "kinds"}, {Key: "sum", Kind: procedurev1.FieldKind_FIELD_KIND_NUMBER},
			{Key: "hurt", Kind: procedurev1.FieldKind_FIELD_KIND_FLAG}, {Key: "bought", Kind: procedurev1.FieldKind_FIELD_KIND_TIME},
			{Key: "note", Kind: procedurev1.FieldKind_FIELD_KIND_TEXT},
		},
	}
	m := &Mapping{Procedure: "p", Source: "s", Key: names{"no"}, Fields: map[string]Origin{
		"fields.kind": {Column: "kind", Values: map[string]string{"坏了": "quality"}}, "fields.sum": {Column: "sum"}, "channel": {Column: "way", Empty: "telephone"}, "fields.hurt": {Column: "hurt"},
		"fields.bought": {Column: "bought", Layouts: []string{"02.01.2006"}}, "personal_fields.note": {Column: "note"},
	}}
	c, err := NewConverter(m, &Table{Header: []string{"no", "kind", "sum", "hurt", "bought", "note", "way"}}, p)
	must(t, err)
	for _, word := range []string{"坏了", "质量", "QUALITY", "quality"} {
		d, _, problems := c.Convert(Row{2, []string{"1", word, "1,234.5", "是", "02.03.2026", "x"}})
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		f := d.GetFields()
		if d.GetChannel() != "telephone" || f["kind"].GetCode() != "quality" || f["sum"].GetNumber() != 1234.5 || !f["hurt"].GetFlag() || d.GetPersonalFields()["note"] != "x" ||
			f["bought"].GetTime().AsTime().Format(time.RFC3339) != "2026-03-01T16:00:00Z" {
			t.Errorf("%s: %v", word, d)
		}
	}
	_, _, problems := c.Convert(Row{3, []string{"", "rust", "many", "maybe", "soon"}})
	var columns []string
	for _, p := range problems {
		columns = append(columns, p.Column)
	}
	if diff := cmp.Diff([]string{"no", "bought", "hurt", "kind", "sum"}, columns); diff != "" {
		t.Errorf("columns with problems (-want +got):\n%s", diff)
	}
}

// A row that is larger than an item may be is rejected by itself: intake would end the stream, and the rows behind it never came in.
func TestARowThatIsTooLargeIsRejected(t *testing.T) {
	t.Parallel()
	large := "no,words\n1,x\n2," + strings.Repeat("y", 300<<10) + "\n3," + strings.Repeat("z", gateway.MaxItemBytes) + "\n" +
		"4," + strings.Repeat("z", 60<<10) + "\n"
	m := &Mapping{Procedure: "p", Source: "s", Key: names{"no"}, Fields: map[string]Origin{"content": {Column: "words"}}}
	table, err := Open(write(t, "a.csv", []byte(large)), m)
	must(t, err)
	defer table.Close()
	c, err := NewConverter(m, table, &procedurev1.Procedure{Code: "p"})
	must(t, err)
	rejects, taken := []string{}, []int{}
	run := &Run{Table: table, Converter: c, Progress: func(Counts) {}, Reject: func(row Row, problems []Problem) error {
		rejects = append(rejects, fmt.Sprint(row.Number, " ", problems))
		return nil
	}}
	for {
		row, draft, id, err := run.next()
		if errors.Is(err, io.EOF) {
			break
		}
		must(t, err)
		taken = append(taken, row.Number)
		item := &intakev1.IntakeItem{Sequence: math.MaxInt64, RequestId: id, Draft: draft}
		frame := &intakev1.StreamIntakeRequest{Frame: &intakev1.StreamIntakeRequest_Item{Item: item}}
		if n := proto.Size(frame); n > gateway.MaxItemBytes {
			t.Errorf("row %d goes out with %d bytes", row.Number, n)
		}
	}
	if diff := cmp.Diff([]int{2, 5}, taken); diff != "" {
		t.Errorf("rows that are taken (-want +got):\n%s", diff)
	}
	for i, want := range []string{"3 [the row has 307", "4 [the row has 656"} {
		if i >= len(rejects) || !strings.HasPrefix(rejects[i], want) || !strings.Contains(rejects[i], "at most 64 KiB are taken") {
			t.Errorf("reject %d is not %q: %q", i, want, rejects)
		}
	}
}

// FuzzOpen: no file makes reading panic, hang or invent cells.
func FuzzOpen(f *testing.F) {
	f.Add([]byte("a,b\n1,2\n"), ".csv")
	f.Add([]byte("\xff\xfea\x00,\x00b\x00\n\x00"), ".csv")
	f.Add([]byte("PK\x03\x04"), ".xlsx")
	f.Fuzz(func(t *testing.T, data []byte, ext string) {
		if ext != ".xlsx" {
			ext = ".csv"
		}
		table, err := Open(write(t, "a"+ext, data), &Mapping{})
		if err != nil {
			return
		}
		defer table.Close()
		for rows := 0; ; rows++ {
			row, err := table.Next()
			var bad *RowError
			if errors.As(err, &bad) {
				continue
			}
			if err != nil {
				return
			}
			if len(row.Cells) > len(table.Header) || rows > len(data) {
				t.Fatalf("row %d has %d cells of %d columns", row.Number, len(row.Cells), len(table.Header))
			}
		}
	})
}

func TestSuggestionsAreMappings(t *testing.T) {
	t.Parallel()
	p := &procedurev1.Procedure{
		Code: "p", Numbering: &procedurev1.Numbering{Zone: "Asia/Shanghai"},
		Fields: []*procedurev1.Field{
			{Key: "category", Name: &procedurev1.Label{Zh: "投诉类型", En: "Category"}, Kind: procedurev1.FieldKind_FIELD_KIND_CODE, Required: true},
			{Key: "name", Name: &procedurev1.Label{Zh: "顾客", En: "Buyer"}, Kind: procedurev1.FieldKind_FIELD_KIND_NAME},
			{Key: "note", Name: &procedurev1.Label{Zh: "备注"}, Kind: procedurev1.FieldKind_FIELD_KIND_TEXT},
		},
	}
	m, left := Suggest([]string{"工单号", "Buyer", "投诉类型", "备注", "手机", "投诉内容", "天气"}, p)
	want := map[string]Origin{
		"complainant.name": {Column: "Buyer"}, "fields.category": {Column: "投诉类型"}, "personal_fields.note": {Column: "备注"},
		"complainant.phone": {Column: "手机"}, "content": {Column: "投诉内容"},
	}
	if diff := cmp.Diff(want, m.Fields); diff != "" || m.Key[0] != "工单号" || cmp.Diff([]string{"天气"}, left) != "" {
		t.Errorf("suggested: key %v, left %v (-want +got):\n%s", m.Key, left, diff)
	}
	var text bytes.Buffer
	must(t, WriteSuggestion(&text, m, left, p))
	for _, say := range []string{"channel is missing", `"天气" is not used`} {
		if !strings.Contains(text.String(), say) {
			t.Errorf("it does not say %q:\n%s", say, text.String())
		}
	}
	read, err := ReadMapping(write(t, "m.yaml", []byte(strings.Replace(text.String(), `source: ""`, "source: crm", 1))))
	if err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	if m.Source = "crm"; cmp.Diff(m, read) != "" {
		t.Errorf("written and read again it differs:\n%s", cmp.Diff(m, read))
	}
}
