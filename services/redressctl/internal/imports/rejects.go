package imports

import (
	"encoding/csv"
	"fmt"
	"os"
	"strconv"
	"strings"
	"unicode/utf8"
)

// The columns that a file of rejected rows has beside the rows' own.
const (
	rowColumn    = "import_row"
	reasonColumn = "import_reason"
)

// Rejects writes rejected rows as CSV that Excel opens, with the reason of each behind it. Corrected, the file can be imported by the
// same mapping.
type Rejects struct {
	file *os.File
	csv  *csv.Writer
	own  int // columns of the rows themselves
	all  int // and those of a file of rejects that is imported
	rows int
}

// NewRejects makes the file, readable by its owner alone: rows hold personal data. It fails when the file exists.
func NewRejects(file string, header []string) (*Rejects, error) {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("rejects: %w", err)
	}
	all := len(header)
	for len(header) > 0 && (header[len(header)-1] == rowColumn || header[len(header)-1] == reasonColumn) {
		header = header[:len(header)-1] // of a file of rejects that is imported
	}
	r := &Rejects{file: f, csv: csv.NewWriter(f), own: len(header), all: all}
	if _, err := f.WriteString("\uFEFF"); err != nil { // by it Excel knows UTF-8
		return nil, err
	}
	return r, r.write(append(append([]string{}, header...), rowColumn, reasonColumn))
}

// Add writes a row and what was wrong with it. Values behind the columns stand behind the reason, where they are refused again.
func (r *Rejects) Add(row Row, reasons []string) error {
	r.rows++
	cells := make([]string, r.own, len(row.Cells)+r.own+2)
	copy(cells, row.Cells)
	cells = append(cells, strconv.Itoa(row.Number), strings.Join(reasons, "; "))
	return r.write(append(cells, row.Cells[min(r.all, len(row.Cells)):]...))
}

func (r *Rejects) write(cells []string) error {
	for i, c := range cells {
		cells[i] = fused(c)
	}
	return r.csv.Write(cells)
}

// Close writes what is left and closes the file. A file without rows is removed.
func (r *Rejects) Close() error {
	r.csv.Flush()
	if err := r.csv.Error(); err != nil {
		r.file.Close()
		return err
	}
	if err := r.file.Close(); err != nil || r.rows > 0 {
		return err
	}
	return os.Remove(r.file.Name())
}

// triggers are what a spreadsheet takes for the beginning of a formula, in whatever width, and the quote that keeps it from that.
const triggers = "=+-@\t\r\n'＝＋－＠"

// fused keeps a spreadsheet from taking a value for a formula: what a complainant wrote must not run on a clerk's machine.
func fused(c string) string {
	if r, _ := utf8.DecodeRuneInString(c); c != "" && strings.ContainsRune(triggers, r) {
		return "'" + c
	}
	return c
}

// defused is what fused was given.
func defused(c string) string {
	if rest, quoted := strings.CutPrefix(c, "'"); quoted && rest != "" && fused(rest) == c {
		return rest
	}
	return c
}
