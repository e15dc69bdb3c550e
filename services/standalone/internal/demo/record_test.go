package demo

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// header is the line that every file begins with, in the order of the CFPB.
const header = "Date received,Product,Sub-product,Issue,Sub-issue,Consumer complaint narrative,Company public response,Company,State,ZIP code,Tags," +
	"Consumer consent provided?,Submitted via,Date sent to company,Company response to consumer,Timely response?,Consumer disputed?,Complaint ID,Extract\n"

func TestReadSortsByDateReceived(t *testing.T) {
	t.Parallel()
	records, err := Read(strings.NewReader(header +
		"2013-09-05,Mortgage,,,,\"two\nlines\",,Bank,FL,334XX,,,Web,2013-09-06,Closed,Yes,No,7,E\n" +
		"2012-12-30,Debt collection,,,,,,,,,,,,,,,,9,B\n" +
		"2013-09-05,Credit card,,,,,,,,,,,Phone,,,No,,8,E\n"))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range records {
		got = append(got, r.ID+" "+r.Product+" "+r.Via)
	}
	want := []string{"9 Debt collection ", "7 Mortgage Web", "8 Credit card Phone"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
	if r := records[1]; r.Narrative != "two\nlines" || r.Line != 2 || r.Sent.Format("2006-01-02") != "2013-09-06" {
		t.Errorf("record 7 was read as %+v", r)
	}
}

func TestReadSaysWhatIsWrongAndWhere(t *testing.T) {
	t.Parallel()
	line := func(date, timely, id string) string {
		return date + ",Mortgage,,,,,,,,,,,Web,,," + timely + ",," + id + ",A\n"
	}
	tests := []struct{ name, file, want string }{
		{"another file", "a,b\n1,2\n", `no column "Company"`},
		{"nothing", "", "read header"},
		{"no record", header, "holds no complaint"},
		{"date", header + line("05/09/2013", "Yes", "7"), `line 2, column Date received: "05/09/2013" is not a date`},
		{"no date", header + line("", "Yes", "7"), "line 2, column Date received: it is empty"},
		{"timely", header + line("2013-09-05", "yes", "7"), `line 2, column Timely response?: "yes" is neither`},
		{"no id", header + line("2013-09-05", "Yes", ""), "line 2, column Complaint ID: it is empty"},
		{"twice", header + line("2013-09-05", "Yes", "7") + line("2013-09-06", "Yes", "7"), "line 3, column Complaint ID: 7 stands in line 2 already"},
		{"short line", header + "2013-09-05,Mortgage\n", "wrong number of fields"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(strings.NewReader(tt.file))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestPackedFileIsTheSameFile(t *testing.T) {
	t.Parallel()
	text := header + "2013-09-05,Mortgage,,,,,,,,,,,Web,,,Yes,,7,A\n"
	var packed bytes.Buffer
	zw := gzip.NewWriter(&packed)
	if _, err := zw.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := zw.Close(); err != nil {
		t.Fatal(err)
	}
	plain, zipped := filepath.Join(t.TempDir(), "a.csv"), filepath.Join(t.TempDir(), "a.csv.gz")
	for name, data := range map[string][]byte{plain: []byte(text), zipped: packed.Bytes()} {
		if err := os.WriteFile(name, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	a, err := ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	b, err := ReadFile(zipped)
	if err != nil {
		t.Fatal(err)
	}
	if a.Digest != b.Digest {
		t.Errorf("a file has digest %s, and %s packed: it would be imported twice", a.Digest, b.Digest)
	}
}
