package imports

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
)

// Row is one row of a file.
type Row struct {
	// Number is the line or row that people find it at.
	Number int
	// Cells are its values; those behind the last one are empty.
	Cells []string
}

// Table is a file that is read row by row.
type Table struct {
	// Header are the names of the columns.
	Header []string
	// Done tells how much of Total has been read, in whatever unit.
	Done  func() int64
	Total int64

	// Serials says that times may be written as Excel's numbers, Date1904 from which year they count.
	Serials, Date1904 bool
	// loose are the cells of a workbook with numbers that are written as Excel would not store them.
	loose cellSet
	// rejected says that the file was written by Rejects: what was put in front of formulas is taken away again.
	rejected bool
	next     func() (Row, error)
	close    func() error
}

// RowError says that one row cannot be read; the ones after it can.
type RowError struct {
	Row int
	Why string
}

// Error says which row, and why.
func (e *RowError) Error() string { return fmt.Sprintf("row %d: %s", e.Row, e.Why) }

// maxColumns is how many columns a file may have.
const maxColumns = 1000

// Open opens a file: .xlsx as a workbook, anything else as CSV.
func Open(file string, m *Mapping) (*Table, error) {
	open := openCSV
	switch ext := strings.ToLower(filepath.Ext(file)); ext {
	case ".xlsx", ".xlsm":
		open = openXLSX
	case ".xls":
		return nil, fmt.Errorf("%s: this is the format of Excel 97; save it as .xlsx or as CSV UTF-8", file)
	}
	t, err := open(file, m)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := t.readHeader(m.Header); err != nil {
		t.Close()
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return t, nil
}

// readHeader reads up to the row that names the columns; that of a file of rejects is known by itself.
func (t *Table) readHeader(at int) error {
	for {
		row, err := t.next()
		if errors.Is(err, io.EOF) {
			return fmt.Errorf("it has no header: the first row must name the columns")
		}
		if err != nil {
			return err
		}
		rejected := slices.Contains(row.Cells, reasonColumn)
		if !rejected && (row.Number < at || at == 0 && blank(row.Cells)) {
			continue
		}
		if !rejected && at > 0 && row.Number > at {
			return fmt.Errorf("row %d is to name the columns, and it is empty", at)
		}
		for len(row.Cells) > 0 && strings.TrimSpace(row.Cells[len(row.Cells)-1]) == "" {
			row.Cells = row.Cells[:len(row.Cells)-1]
		}
		if len(row.Cells) > maxColumns {
			return fmt.Errorf("it has %d columns; at most %d are read", len(row.Cells), maxColumns)
		}
		for _, c := range row.Cells {
			t.Header = append(t.Header, strings.TrimSpace(c))
		}
		t.rejected = rejected
		t.Serials = t.Serials || rejected // of a workbook whose rejects they are
		return nil
	}
}

// column returns the place of a column, -1 where there is none.
func (t *Table) column(name string) int {
	for i, h := range t.Header {
		if h == name {
			return i
		}
	}
	return -1
}

// Next returns the next row that is not empty, a *RowError for one that cannot be read, and io.EOF behind the last.
func (t *Table) Next() (Row, error) {
	for {
		row, err := t.next()
		if err != nil {
			// What cannot be told apart stands behind the columns, where a file of rejects keeps it without its being taken for values.
			row.Cells = append(make([]string, len(t.Header)), row.Cells...)
			return row, err
		}
		if blank(row.Cells) {
			continue
		}
		for i, c := range row.Cells {
			if t.rejected {
				c = defused(c)
			}
			row.Cells[i] = strings.TrimSpace(c)
		}
		for len(row.Cells) > len(t.Header) && row.Cells[len(row.Cells)-1] == "" {
			row.Cells = row.Cells[:len(row.Cells)-1]
		}
		if len(row.Cells) > len(t.Header) {
			return row, &RowError{row.Number, fmt.Sprintf("it has %d values and the header names %d columns", len(row.Cells), len(t.Header))}
		}
		for i, c := range row.Cells {
			if why := unreadable(c); why != "" {
				return row, &RowError{row.Number, fmt.Sprintf("%s: %s", t.Header[i], why)}
			}
		}
		return row, nil
	}
}

// lost tells whether a cell, by its column from 0, is a number that has lost digits: it has more than a spreadsheet keeps.
func (t *Table) lost(row Row, column int) bool {
	if column >= len(row.Cells) || !loose(row.Cells[column]) {
		return false
	}
	_, long := plain(row.Cells[column])
	return long && (t.rejected || t.loose.has(row.Number, column+1))
}

// unreadable says what is wrong with a cell whatever it is for.
func unreadable(c string) string {
	switch {
	case strings.ContainsRune(c, '\uFFFD'):
		return "it holds characters that cannot be read; is the file's encoding right (encoding: gb18030 or utf-8)?"
	case strings.ContainsRune(c, 0):
		return "it holds a NUL character"
	case strings.HasPrefix(c, "#") && excelErrors[c]:
		return "its formula ends in the error " + c
	}
	return ""
}

var excelErrors = map[string]bool{"#REF!": true, "#N/A": true, "#VALUE!": true, "#NAME?": true, "#DIV/0!": true, "#NUM!": true, "#NULL!": true, "#SPILL!": true, "#CALC!": true}

func blank(cells []string) bool {
	for _, c := range cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return true
}

// Close closes the file.
func (t *Table) Close() error { return t.close() }
