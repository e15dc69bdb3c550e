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
// row: a sheet that breaks off, which excelize takes for complete, rows too wide to hold, and merged cells below the header.
func checkSheet(f *excelize.File, file, name string, header int) error {
	packed, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer packed.Close()
	at, err := partOf(f, name)
	if err != nil {
		return err
	}
	for _, part := range packed.File {
		if strings.ReplaceAll(part.Name, `\`, "/") != at {
			continue
		}
		r, err := part.Open()
		if err != nil {
			return err
		}
		defer r.Close()
		return checkXML(r, f.CharsetReader, header)
	}
	return fmt.Errorf("sheet %s is not in the workbook; save it anew", name)
}

// place is where in a sheet a check is.
type place struct {
	row, column int
}

func checkXML(r io.Reader, charset func(string, io.Reader) (io.Reader, error), header int) error {
	text := &guard{r: r, err: fmt.Errorf("a cell has more than %d bytes", maxRowBytes)}
	dec := xml.NewDecoder(text)
	dec.CharsetReader = charset
	var at place
	for {
		text.left = maxRowBytes
		token, err := dec.Token()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("the sheet cannot be read behind row %d: %w; save it anew", at.row, err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if err := at.enter(t, header); err != nil {
				return err
			}
		case xml.EndElement:
			if t.Name.Local == "sheetData" {
				at.column = 0
			}
		}
	}
}

// enter goes on to an element.
func (p *place) enter(e xml.StartElement, header int) error {
	switch e.Name.Local {
	case "row":
		p.row, p.column = p.row+1, 0
		if n, err := strconv.Atoi(attribute(e, "r")); err == nil {
			p.row = n
		}
	case "c":
		p.column++
		if ref := attribute(e, "r"); ref != "" {
			column, _, err := excelize.CellNameToCoordinates(ref)
			if err != nil {
				return fmt.Errorf("row %d: %w; save the workbook anew", p.row, err)
			}
			p.column = column
		}
	case "v", "f", "is": // of a cell; one without is empty
		if p.column > maxColumns {
			letters, _ := excelize.ColumnNumberToName(p.column)
			return fmt.Errorf("row %d has a value in column %s; at most %d columns are read, delete those behind", p.row, letters, maxColumns)
		}
	case "mergeCell":
		return merged(attribute(e, "ref"), header)
	}
	return nil
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
