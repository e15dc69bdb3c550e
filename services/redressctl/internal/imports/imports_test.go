package imports

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"
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

// workbook writes cells, by name, to a workbook.
func workbook(t testing.TB, fill func(*excelize.File)) string {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	fill(f)
	file := filepath.Join(t.TempDir(), "book.xlsx")
	if err := f.SaveAs(file); err != nil {
		t.Fatal(err)
	}
	return file
}

func must(t testing.TB, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}

func TestAWorkbookIsReadAsItShows(t *testing.T) {
	t.Parallel()
	when := time.Date(2026, 3, 2, 9, 15, 30, 0, time.UTC)
	file := workbook(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"no", "when", "phone", "total", "words"}), f.MergeCell("Sheet1", "F1", "G1"),
			f.SetSheetRow("Sheet1", "A2", &[]any{"1", when, 13800001234, nil, " 柜门划伤 "}), f.SetCellFormula("Sheet1", "D2", "=1+1"),
			f.SetSheetRow("Sheet1", "A4", &[]any{"2", "2026/3/2", "007"}), f.SetCellValue("Sheet1", "E5", "#REF!"))
	})
	m := &Mapping{Procedure: "p", Source: "s", Key: names{"no"}, Zone: "Asia/Shanghai", Fields: map[string]Origin{
		"receive_time": {Column: "when"}, "complainant.phone": {Column: "phone"}, "content": {Column: "words"}, "channel": {Constant: "telephone"},
	}}
	table, err := Open(file, m)
	must(t, err)
	defer table.Close()
	c, err := NewConverter(m, table, &procedurev1.Procedure{Code: "p"})
	must(t, err)
	var got []string
	for {
		row, err := table.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var bad *RowError
		if errors.As(err, &bad) {
			got = append(got, bad.Error())
			continue
		}
		must(t, err)
		d, _, problems := c.Convert(row)
		got = append(got, fmt.Sprint(row.Number, " ", d.GetReceiveTime().AsTime().Format(time.DateTime), " ", d.GetComplainant().GetPhone(), " ", d.GetContent(), problems))
	}
	want := []string{"2 2026-03-02 01:15:30 13800001234 柜门划伤[]", "4 2026-03-01 16:00:00 007 []", "row 5: words: its formula ends in the error #REF!"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if _, err := Open(file, &Mapping{Sheet: "March"}); err == nil || !strings.Contains(err.Error(), "Sheet1") {
		t.Errorf("a sheet that is not there: %v", err)
	}
	file = workbook(t, func(f *excelize.File) {
		must(t, f.SetSheetRow("Sheet1", "A1", &[]any{"no", "words"}), f.MergeCell("Sheet1", "A2", "A4"))
	})
	if _, err := Open(file, &Mapping{}); err == nil || !strings.Contains(err.Error(), "A2:A4") {
		t.Errorf("merged cells: %v", err)
	}
}

// withSheet writes a workbook whose sheet is this XML, padded to some size.
func withSheet(t testing.TB, sheet string, pad int) string {
	t.Helper()
	good, err := zip.OpenReader(workbook(t, func(*excelize.File) {}))
	must(t, err)
	var packed bytes.Buffer
	book := zip.NewWriter(&packed)
	for _, part := range good.File {
		if part.Name != "xl/worksheets/sheet1.xml" {
			must(t, book.Copy(part))
		}
	}
	w, err := book.Create("xl/worksheets/sheet1.xml")
	must(t, err)
	_, err = io.WriteString(w, sheet)
	must(t, err)
	w, err = book.CreateHeader(&zip.FileHeader{Name: "docProps/padding.xml", Method: zip.Store})
	must(t, err)
	_, err = w.Write(make([]byte, pad))
	must(t, err, book.Close(), good.Close())
	return write(t, "sheet.xlsx", packed.Bytes())
}

// A sheet that cannot be read to its end, or not row by row, is refused before anything of it is registered, and takes no memory, however
// large the workbook is.
func TestASheetIsRefusedBeforeItIsRead(t *testing.T) {
	const head = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` +
		`<row r="1"><c r="A1" t="inlineStr"><is><t>no</t></is></c><c r="XFD1" s="1"/></row><row r="2"><c r="A2"><v>1</v></c></row>`
	var wide strings.Builder
	for row := 3; row < 100; row++ {
		fmt.Fprintf(&wide, `<row r="%d"><c r="XFD%[1]d"><v>1</v></c></row>`, row)
	}
	tests := []struct {
		name, rest, want string
	}{
		{"whole", `</sheetData></worksheet>`, ""},
		{"merged cells", `</sheetData><mergeCells><mergeCell ref="A1:B1"/><mergeCell ref="A2:A4"/></mergeCells></worksheet>`, "A2:A4"},
		{"wide rows", wide.String() + `</sheetData></worksheet>`, "row 3 has a value in column XFD"},
		{"a row that is none", `<row r="1048577"><c r="A1048577"><v>1.0</v></c></row></sheetData></worksheet>`, "row 1048577"},
		{"breaks off between rows", ``, "row 2"},
		{"breaks off in a row", `<row r="3"><c r="A3"><v>1</`, "row 3"},
		{"a character that is none", "<row r=\"3\"><c r=\"A3\"><v>\x01</v></c></row></sheetData></worksheet>", "row 3"},
		{"a value without an end", `<row r="3"><c r="A3"><v>` + strings.Repeat("1", 8<<20) + `</v></c></row></sheetData></worksheet>`, "row 3"},
	}
	for _, tt := range tests {
		for _, pad := range []int{0, 9 << 20} {
			file := withSheet(t, head+tt.rest, pad)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			table, err := Open(file, &Mapping{})
			runtime.ReadMemStats(&after)
			switch {
			case err == nil && tt.want != "":
				t.Errorf("%s, padded with %d: it is read", tt.name, pad)
			case err != nil && (tt.want == "" || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%s, padded with %d: %v, want %q", tt.name, pad, err, tt.want)
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
				t.Errorf("%s, padded with %d: it took %d MiB to find that out", tt.name, pad, used>>20)
			}
			if err == nil {
				must(t, table.Close())
			}
		}
	}
}

// Numbers are the same whether a program of Java or Excel has stored them: by them a row is known again. What is text stays as it is.
func TestNumbersAreReadAsExcelStoresThem(t *testing.T) {
	t.Parallel()
	const head = `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` +
		`<row r="1"><c r="A1" t="inlineStr"><is><t>no</t></is></c><c r="B1" t="inlineStr"><is><t>words</t></is></c></row>`
	m := &Mapping{Procedure: "p", Source: "s", Key: names{"no"}, Fields: map[string]Origin{"content": {Column: "words"}}}
	tests := []struct {
		name, cell, want string
	}{
		{"plain", `><v>1001</v></c>`, "1001"},
		{"a zero behind the point", `><v>1001.0</v></c>`, "1001"},
		{"two zeros, said to be a number", ` t="n"><v>1001.00</v></c>`, "1001"},
		{"zero", `><v>0.0</v></c>`, "0"},
		{"an exponent", `><v>1.00012345E8</v></c>`, "100012345"},
		{"a fraction", `><v>-1.5E-3</v></c>`, "-0.0015"},
		{"a formula's", `><f>1*1</f><v>1.0012E7</v></c>`, "10012000"},
		{"fifteen digits", `><v>1.23456789012345E14</v></c>`, "123456789012345"},
		{"all the digits that Excel stores", `><v>46083.385763888889</v></c>`, "46083.385763888889"},
		{"as text", ` t="inlineStr"><is><t>1001.0</t></is></c>`, "1001.0"},
		{"an exponent as text", ` t="inlineStr"><is><t>12E34</t></is></c>`, "12E34"},
		{"a formula's text", ` t="str"><v>1.0E3</v></c>`, "1.0E3"},
		{"more digits than a number has", `><v>1.2345678901234568E18</v></c>`, "1.2345678901234568E18"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			row := `<row r="N"><c r="AN"` + tt.cell + `<c r="BN"` + tt.cell + `</row>`
			// The far row is in another page of what is remembered of cells.
			rows := strings.ReplaceAll(row, "N\"", "2\"") + strings.ReplaceAll(row, "N\"", "9999\"")
			table, err := Open(withSheet(t, head+rows+`</sheetData></worksheet>`, 0), m)
			must(t, err)
			defer table.Close()
			c, err := NewConverter(m, table, &procedurev1.Procedure{Code: "p"})
			must(t, err)
			for _, at := range []int{2, 9999} {
				row, err := table.Next()
				must(t, err)
				draft, _, problems := c.Convert(row)
				if row.Number != at || draft.GetExternalReference() != tt.want || draft.GetContent() != tt.want {
					t.Errorf("row %d: the key is %q and the words %q, want %q", row.Number, draft.GetExternalReference(), draft.GetContent(), tt.want)
				}
				lost := strings.HasPrefix(tt.name, "more digits")
				if (len(problems) > 0) != lost || lost && (problems[0].Column != "no" || !strings.Contains(problems[0].Why, "15 digits")) {
					t.Errorf("row %d: %v", row.Number, problems)
				}
			}
		})
	}
	table, err := Open(write(t, "rejects.csv", []byte("no,words,import_row,import_reason\n1.2345678901234568E18,x,2,no: bad\nfee,x,3,no: bad\n")), m)
	must(t, err)
	defer table.Close()
	c, err := NewConverter(m, table, &procedurev1.Procedure{Code: "p"})
	must(t, err)
	for _, want := range []int{1, 0} {
		row, err := table.Next()
		must(t, err)
		if _, _, problems := c.Convert(row); len(problems) != want {
			t.Errorf("a row of rejects, %q: %v", row.Cells, problems)
		}
	}
}

// A workbook that says it unpacks to more than a gigabyte is refused before it fills anything, and so is one that says less than it does.
func TestAZipBombIsRefused(t *testing.T) {
	t.Parallel()
	var zeros bytes.Buffer
	deflate, err := flate.NewWriter(&zeros, flate.BestSpeed)
	must(t, err)
	for range 32 {
		_, err := deflate.Write(make([]byte, 1<<20))
		must(t, err)
	}
	must(t, deflate.Close())
	for says, size := range map[string]uint64{"MiB unpacked": maxUnzippedBytes + 1, "bomb.xlsx": 1000} {
		good, err := zip.OpenReader(workbook(t, func(*excelize.File) {}))
		must(t, err)
		var packed bytes.Buffer
		bomb := zip.NewWriter(&packed)
		for _, part := range good.File {
			if part.Name != "xl/worksheets/sheet1.xml" {
				must(t, bomb.Copy(part))
			}
		}
		w, err := bomb.CreateRaw(&zip.FileHeader{
			Name: "xl/worksheets/sheet1.xml", Method: zip.Deflate, CompressedSize64: uint64(zeros.Len()), UncompressedSize64: size,
		})
		must(t, err)
		_, err = w.Write(zeros.Bytes())
		must(t, err, bomb.Close(), good.Close())
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err = Open(write(t, "bomb.xlsx", packed.Bytes()), &Mapping{})
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("a bomb that says it has %d bytes: %v", size, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
			t.Errorf("it took %d MiB to find that out", used>>20)
		}
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

// FuzzRejects: what is rejected comes back as it was, and nothing in the file is a formula.
func FuzzRejects(f *testing.F) {
	for _, s := range []string{"=1+1", "+86 138", "-x", "@SUM(A1)", "'quoted'", "'=x", "a\"b", "\tx", "＝1", "", "''"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		file := filepath.Join(t.TempDir(), "r.csv")
		r, err := NewRejects(file, []string{"a", "b"})
		must(t, err)
		must(t, r.Add(Row{7, []string{a, b}}, []string{"=bad"}), r.Close())
		data, err := os.ReadFile(file)
		must(t, err)
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(string(data), "\uFEFF"))).ReadAll()
		must(t, err)
		for _, cell := range rows[1] {
			if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
				t.Errorf("%q is a formula", cell)
			}
		}
		if got := defused(rows[1][0]); got != strings.ReplaceAll(a, "\r\n", "\n") { // CSV has one kind of line ends
			t.Errorf("%q came back as %q", a, got)
		}
	})
}

// What is rejected comes back as it was, and is rejected again until it is mended, however often: nothing of it is lost or registered mutilated.
func TestRejectsAreRejectedAgainUntilTheyAreMended(t *testing.T) {
	t.Parallel()
	file := write(t, "a.csv", []byte("no,words,note\n1,door, panel,'=x\n\xff,=1+1,+86\n2,\"door\"s,x\n"))
	want := []string{"1|door|panel|'=x", "\uFFFD|=1+1|+86", `|||2,"door"s,x`}
	for range 3 {
		var got []string
		table, err := Open(file, &Mapping{Encoding: "utf-8"})
		must(t, err)
		defer table.Close()
		next := filepath.Join(t.TempDir(), "rejects.csv")
		rejects, err := NewRejects(next, table.Header)
		must(t, err)
		for {
			row, err := table.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			var bad *RowError
			if !errors.As(err, &bad) {
				t.Fatalf("row %d is taken: %q, %v", row.Number, row.Cells, err)
			}
			must(t, rejects.Add(row, []string{bad.Error()}))
			got = append(got, strings.Join(slices.Concat(row.Cells[:3], row.Cells[min(len(row.Cells), len(table.Header)):]), "|"))
		}
		must(t, rejects.Close())
		file = next
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("rejects (-want +got):\n%s", diff)
		}
	}
}

// Whatever was imported, and however the mapping says that it is written, its rejects are read by the same mapping.
func TestRejectsAreReadByTheSameMapping(t *testing.T) {
	t.Parallel()
	book := func(since1904 bool, day float64) string {
		return workbook(t, func(f *excelize.File) {
			must(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &since1904}),
				f.SetSheetRow("Sheet1", "A1", &[]any{"Report of March"}), f.SetSheetRow("Sheet1", "A3", &[]any{"no", "when", "words"}),
				f.SetSheetRow("Sheet1", "A4", &[]any{"1", day + 33330.0/86400, "x"}))
		})
	}
	tests := []struct {
		name, file, delimiter string
	}{
		{"a workbook", book(false, 46083), ""},
		{"a workbook of the calendar of 1904", book(true, 46083-1462), ""},
		{"CSV with a delimiter", write(t, "a.csv", []byte("Report of March\n\nno|when|words\n1|2026-03-02 09:15:30|x\n")), "|"},
		{"rejects that Excel saved", write(t, "a.csv", []byte("no;when;words;import_row;import_reason\n1;46083.385763888889;x;4;\n")), "|"},
		{"CSV with tabs", write(t, "a.csv", []byte("Report of March\n\nno\twhen\twords\n1\t2026-03-02 09:15:30\tx\n")), "tab"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := &Mapping{
				Procedure: "p", Source: "s", Key: names{"no"}, Zone: "Asia/Shanghai", Header: 3, Delimiter: tt.delimiter,
				Fields: map[string]Origin{"receive_time": {Column: "when"}, "content": {Column: "words"}},
			}
			file := tt.file
			for range 3 {
				table, err := Open(file, m)
				must(t, err)
				defer table.Close()
				c, err := NewConverter(m, table, &procedurev1.Procedure{Code: "p"})
				must(t, err)
				file = filepath.Join(t.TempDir(), "rejects.csv")
				rejects, err := NewRejects(file, table.Header)
				must(t, err)
				add := func(row Row, _ []Problem) error { return rejects.Add(row, nil) }
				run := &Run{Table: table, Converter: c, Progress: func(Counts) {}, Reject: add}
				row, draft, _, err := run.next()
				must(t, err)
				if got := draft.GetReceiveTime().AsTime().Format(time.DateTime); got != "2026-03-02 01:15:30" || draft.GetContent() != "x" {
					t.Errorf("received at %s: %q", got, row.Cells)
				}
				must(t, run.reject(row, nil), rejects.Close())
			}
		})
	}
}

func TestAFileWithoutRejectsIsRemoved(t *testing.T) {
	t.Parallel()
	for name, rows := range map[string]int{"none": 0, "one": 1} {
		file := filepath.Join(t.TempDir(), "rejects.csv")
		rejects, err := NewRejects(file, []string{"no"})
		must(t, err)
		for n := range rows {
			must(t, rejects.Add(Row{n + 2, []string{"1"}}, []string{"bad"}))
		}
		must(t, rejects.Close())
		if _, err := os.Stat(file); os.IsNotExist(err) != (rows == 0) {
			t.Errorf("%s was rejected: %v", name, err)
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
