package imports

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

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
