package imports

import (
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

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
