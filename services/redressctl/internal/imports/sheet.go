package imports

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"
)

// checkSheet reads a sheet once before anything of it is taken, and holds one cell of it at a time. It refuses what cannot be read row by
// row: a sheet that breaks off, which excelize takes for complete, rows too wide to hold, and merged cells below the header. It returns
// the cells with numbers that are written as Excel would not store them.
func checkSheet(f *excelize.File, file, name string, header int) (cellSet, error) {
	packed, err := zip.OpenReader(file)
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	at, err := partOf(f, name)
	if err != nil {
		return nil, err
	}
	for _, part := range packed.File {
		if strings.ReplaceAll(part.Name, `\`, "/") != at {
			continue
		}
		r, err := part.Open()
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return checkXML(r, f.CharsetReader, header)
	}
	return nil, fmt.Errorf("sheet %s is not in the workbook; save it anew", name)
}

func checkXML(r io.Reader, charset func(string, io.Reader) (io.Reader, error), header int) (cellSet, error) {
	text := &guard{r: r, err: fmt.Errorf("a cell has more than %d bytes", maxRowBytes)}
	dec := xml.NewDecoder(text)
	dec.CharsetReader = charset
	c := check{header: header, loose: cellSet{}}
	for {
		text.left = maxRowBytes
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return c.loose, nil
		case err != nil:
			return nil, fmt.Errorf("the sheet cannot be read behind row %d: %w; save it anew", c.row, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			err = c.begin(t)
		case xml.CharData:
			if c.inNumber {
				c.number = append(c.number, t...)
			}
		case xml.EndElement:
			c.end(t)
		}
		if err != nil {
			return nil, err
		}
	}
}

// check is how far a sheet has been checked.
type check struct {
	header, row, column int
	numeric, inNumber   bool // of the cell, and its value
	number              []byte
	loose               cellSet
}

// begin begins an element.
func (c *check) begin(e xml.StartElement) error {
	switch e.Name.Local {
	case "row":
		c.row, c.column = c.row+1, 0
		if n, err := strconv.Atoi(attribute(e, "r")); err == nil && n > 0 {
			c.row = n
		}
		if c.row > excelize.TotalRows {
			return fmt.Errorf("row %d is behind the last that a sheet has, %d; save the workbook anew", c.row, excelize.TotalRows)
		}
	case "c":
		c.column++
		if ref := attribute(e, "r"); ref != "" {
			column, _, err := excelize.CellNameToCoordinates(ref)
			if err != nil {
				return fmt.Errorf("row %d: %w; save the workbook anew", c.row, err)
			}
			c.column = column
		}
		kind := attribute(e, "t")
		c.numeric = kind == "" || kind == "n"
	case "v", "f", "is": // of a cell; one without is empty
		if c.column > maxColumns {
			letters, _ := excelize.ColumnNumberToName(c.column)
			return fmt.Errorf("row %d has a value in column %s; at most %d columns are read, delete those behind", c.row, letters, maxColumns)
		}
		c.inNumber, c.number = e.Name.Local == "v" && c.numeric, c.number[:0]
	case "mergeCell":
		return merged(attribute(e, "ref"), c.header)
	}
	return nil
}

// end ends an element.
func (c *check) end(e xml.EndElement) {
	switch e.Name.Local {
	case "v":
		if c.inNumber && loose(string(c.number)) {
			c.loose.add(c.row, c.column)
		}
		c.inNumber = false
	case "sheetData":
		c.column, c.numeric = 0, false // what follows has elements of the same names
	}
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// merged refuses merged cells below the header: which of the rows a value belongs to cannot be known.
func merged(ref string, header int) error {
	first, last, several := strings.Cut(ref, ":")
	if !several {
		return nil
	}
	_, from, err := excelize.CellNameToCoordinates(first)
	if err != nil {
		return err
	}
	_, to, err := excelize.CellNameToCoordinates(last)
	if err != nil {
		return err
	}
	if max(from, to) > max(header, 1) && to != from {
		return fmt.Errorf("the cells %s are merged; unmerge them and give every row its own values", ref)
	}
	return nil
}

// partOf returns the name of the file within the workbook that a sheet is in, found as excelize finds it.
func partOf(f *excelize.File, name string) (string, error) {
	book := ""
	for _, rel := range relationships(f, "_rels/.rels") {
		if strings.HasSuffix(rel.Type, "/officeDocument") {
			book = strings.TrimPrefix(rel.Target, "/")
			break
		}
	}
	for _, sheet := range f.WorkBook.Sheets.Sheet {
		if !strings.EqualFold(sheet.Name, name) {
			continue
		}
		for _, rel := range relationships(f, path.Join(path.Dir(book), "_rels", path.Base(book)+".rels")) {
			target := strings.ReplaceAll(rel.Target, `\`, "/")
			switch {
			case rel.ID != sheet.ID:
			case strings.HasPrefix(target, "/"):
				return strings.TrimPrefix(path.Clean(target), "/"), nil
			default:
				return path.Join(path.Dir(book), target), nil
			}
		}
	}
	return "", fmt.Errorf("sheet %s is not in the workbook; save it anew", name)
}

// relationship names a file of a workbook that another one refers to.
type relationship struct {
	ID     string `xml:"Id,attr"`
	Type   string `xml:"Type,attr"`
	Target string `xml:"Target,attr"`
}

// relationships returns those that a file of a workbook lists; none where it cannot be read, as excelize does.
func relationships(f *excelize.File, part string) []relationship {
	var list struct {
		Relationship []relationship
	}
	if data, ok := f.Pkg.Load(part); ok {
		dec := xml.NewDecoder(bytes.NewReader(data.([]byte)))
		dec.CharsetReader = f.CharsetReader
		_ = dec.Decode(&list)
	}
	return list.Relationship
}
