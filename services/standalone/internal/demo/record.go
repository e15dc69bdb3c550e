package demo

import (
	"bufio"
	"bytes"
	"cmp"
	"compress/gzip"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// Record is one complaint of the file, as the Consumer Complaint Database has it; an empty string is an empty cell.
type Record struct {
	Line                                 int // in the file, from 2
	ID                                   string
	Received, Sent                       time.Time // midnight UTC of the date; Sent is zero where the cell is empty
	Product, SubProduct, Issue, SubIssue string
	Narrative, Company, State, ZIP, Tags string
	Via, Response, Timely, Disputed      string
}

// File is a read file.
type File struct {
	Name string
	// Digest is the lower-case hex SHA-256 of the uncompressed content: the identity of what is replayed.
	Digest string
	// Records by date received, then as they stand in the file.
	Records []Record
}

// columns names the columns that are read, and where each goes. Others may stand in the file and are left alone.
var columns = map[string]func(*Record) *string{
	"Complaint ID":                 func(r *Record) *string { return &r.ID },
	"Product":                      func(r *Record) *string { return &r.Product },
	"Sub-product":                  func(r *Record) *string { return &r.SubProduct },
	"Issue":                        func(r *Record) *string { return &r.Issue },
	"Sub-issue":                    func(r *Record) *string { return &r.SubIssue },
	"Consumer complaint narrative": func(r *Record) *string { return &r.Narrative },
	"Company":                      func(r *Record) *string { return &r.Company },
	"State":                        func(r *Record) *string { return &r.State },
	"ZIP code":                     func(r *Record) *string { return &r.ZIP },
	"Tags":                         func(r *Record) *string { return &r.Tags },
	"Submitted via":                func(r *Record) *string { return &r.Via },
	"Company response to consumer": func(r *Record) *string { return &r.Response },
	"Timely response?":             func(r *Record) *string { return &r.Timely },
	"Consumer disputed?":           func(r *Record) *string { return &r.Disputed },
}

// dates are the columns with an ISO date.
var dates = map[string]func(*Record) *time.Time{
	"Date received":        func(r *Record) *time.Time { return &r.Received },
	"Date sent to company": func(r *Record) *time.Time { return &r.Sent },
}

// ReadFile reads a CSV file, or one compressed with gzip. Its error names the line and the column.
func ReadFile(name string) (File, error) {
	data, err := os.ReadFile(name)
	if err != nil {
		return File{}, fmt.Errorf("complaints to replay: %w", err)
	}
	if data, err = unpack(data); err != nil {
		return File{}, fmt.Errorf("unpack %s: %w", name, err)
	}
	records, err := Read(bytes.NewReader(data))
	if err != nil {
		return File{}, fmt.Errorf("%s: %w", name, err)
	}
	sum := sha256.Sum256(data)
	return File{Name: name, Digest: hex.EncodeToString(sum[:]), Records: records}, nil
}

func unpack(data []byte) ([]byte, error) {
	if !bytes.HasPrefix(data, []byte{0x1f, 0x8b}) {
		return data, nil
	}
	zr, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(zr)
}

// Read reads records from CSV with the columns of the Consumer Complaint Database, in any order, and sorts them by date
// received. A record needs a Complaint ID of its own, a date received and a product; Timely response? and Consumer disputed?
// are Yes, No or empty.
func Read(r io.Reader) ([]Record, error) {
	in := csv.NewReader(bufio.NewReader(r))
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	header = slices.Clone(header)
	header[0] = strings.TrimPrefix(header[0], "\ufeff") // as spreadsheets write it
	for _, name := range needed() {
		if !slices.Contains(header, name) {
			return nil, fmt.Errorf("the file has no column %q; its columns are those of the CFPB Consumer Complaint Database", name)
		}
	}
	var records []Record
	seen := map[string]int{}
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err // it names the line
		}
		line, _ := in.FieldPos(0)
		rec, err := record(header, cells)
		if err != nil {
			return nil, fmt.Errorf("line %d, %w", line, err)
		}
		if first := seen[rec.ID]; first > 0 {
			return nil, fmt.Errorf("line %d, column Complaint ID: %s stands in line %d already", line, rec.ID, first)
		}
		seen[rec.ID], rec.Line = line, line
		records = append(records, rec)
	}
	if len(records) == 0 {
		return nil, errors.New("the file holds no complaint")
	}
	slices.SortStableFunc(records, func(a, b Record) int { return a.Received.Compare(b.Received) })
	return records, nil
}

// needed returns the columns that a file must have, sorted.
func needed() []string {
	var names []string
	for name := range columns {
		names = append(names, name)
	}
	for name := range dates {
		names = append(names, name)
	}
	slices.SortFunc(names, cmp.Compare[string])
	return names
}

// record reads one line.
func record(header, cells []string) (Record, error) {
	var r Record
	for i, name := range header {
		if text := columns[name]; text != nil {
			*text(&r) = cells[i]
		}
		if date := dates[name]; date != nil && cells[i] != "" {
			day, err := time.Parse(time.DateOnly, cells[i])
			if err != nil {
				return r, fmt.Errorf("column %s: %q is not a date such as 2023-08-28", name, cells[i])
			}
			*date(&r) = day
		}
	}
	switch {
	case r.ID == "":
		return r, errors.New("column Complaint ID: it is empty")
	case r.Received.IsZero():
		return r, errors.New("column Date received: it is empty")
	case r.Product == "":
		return r, errors.New("column Product: it is empty")
	}
	for name, cell := range map[string]string{"Timely response?": r.Timely, "Consumer disputed?": r.Disputed} {
		if cell != "" && cell != "Yes" && cell != "No" {
			return r, fmt.Errorf("column %s: %q is neither Yes nor No nor empty", name, cell)
		}
	}
	return r, nil
}
