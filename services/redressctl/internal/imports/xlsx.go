package imports

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/xuri/excelize/v2"
)

const (
	// maxUnzippedBytes is how large a workbook may be unpacked: about a million rows of twenty columns.
	maxUnzippedBytes = 1000 << 20
	// maxSheetMemory is how much of a sheet is held in memory; a larger one goes through a temporary file that only its owner reads.
	maxSheetMemory = 16 << 20
)

func openXLSX(file string, m *Mapping) (*Table, error) {
	f, err := excelize.OpenFile(file, excelize.Options{RawCellValue: true, UnzipSizeLimit: maxUnzippedBytes, UnzipXMLSizeLimit: maxSheetMemory})
	if err != nil {
		return nil, fmt.Errorf("read workbook: %w (it may have %d MiB unpacked, and no password)", err, maxUnzippedBytes>>20)
	}
	t, err := sheet(f, file, m)
	if err != nil {
		f.Close()
	}
	return t, err
}

func sheet(f *excelize.File, file string, m *Mapping) (*Table, error) {
	name := m.Sheet
	if name == "" {
		name = f.GetSheetName(0)
	}
	if i, err := f.GetSheetIndex(name); err != nil || i < 0 {
		return nil, fmt.Errorf("there is no sheet %q; there are %s", name, strings.Join(f.GetSheetList(), ", "))
	}
	loose, err := checkSheet(f, file, name, m.Header)
	if err != nil {
		return nil, err
	}
	props, err := f.GetWorkbookProps()
	if err != nil {
		return nil, err
	}
	rows, err := f.Rows(name)
	if err != nil {
		return nil, err
	}
	var number atomic.Int64
	total := int64(0)
	if dimension, err := f.GetSheetDimension(name); err == nil {
		_, last, _ := strings.Cut(dimension, ":")
		if _, row, err := excelize.CellNameToCoordinates(last); err == nil {
			total = int64(row)
		}
	}
	return &Table{
		loose: loose, Serials: true, Date1904: props.Date1904 != nil && *props.Date1904, Total: total, Done: number.Load,
		close: func() error { return errors.Join(rows.Close(), f.Close()) },
		next: func() (Row, error) {
			if !rows.Next() {
				if err := rows.Error(); err != nil {
					return Row{}, err
				}
				return Row{}, io.EOF
			}
			n := int(number.Add(1))
			cells, err := rows.Columns(excelize.Options{RawCellValue: true})
			for i, number := range cells {
				if !loose.has(n, i+1) {
					continue
				}
				if decimal, long := plain(number); !long {
					cells[i] = decimal
				}
			}
			return Row{n, cells}, err
		},
	}, nil
}
