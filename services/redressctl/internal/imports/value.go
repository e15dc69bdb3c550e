package imports

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"
	"google.golang.org/protobuf/types/known/timestamppb"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"
)

type value = typev1.Value

// value returns a fact of a row.
func (c *Converter) value(x part, text string) (*value, error) {
	switch x.kind {
	case procedurev1.FieldKind_FIELD_KIND_NUMBER:
		n, err := strconv.ParseFloat(strings.NewReplacer(",", "", "，", "", " ", "").Replace(text), 64)
		if err != nil || math.IsInf(n, 0) || math.IsNaN(n) {
			return nil, fmt.Errorf("%q is no number", short(text))
		}
		return &value{Kind: &typev1.Value_Number{Number: n}}, nil
	case procedurev1.FieldKind_FIELD_KIND_FLAG:
		flag, ok := flags[strings.ToLower(text)]
		if !ok {
			return nil, fmt.Errorf("%q is neither yes nor no; say under values what it is", short(text))
		}
		return &value{Kind: &typev1.Value_Flag{Flag: flag}}, nil
	case procedurev1.FieldKind_FIELD_KIND_TIME:
		t, err := c.time(x, text)
		if err != nil {
			return nil, err
		}
		return &value{Kind: &typev1.Value_Time{Time: timestamppb.New(t)}}, nil
	default:
		return &value{Kind: &typev1.Value_Code{Code: text}}, nil
	}
}

var flags = map[string]bool{
	"yes": true, "no": false, "true": true, "false": false, "1": true, "0": false, "y": true, "n": false, "是": true, "否": false, "有": true, "无": false, "√": true, "×": false,
}

// layouts are the ways in which times are usually written. None has the day before the month or the other way round by a number alone.
var layouts = []string{
	time.RFC3339, "2006-01-02T15:04:05", "2006-1-2 15:04:05", "2006-1-2 15:04", "2006-1-2", "2006/1/2 15:04:05", "2006/1/2 15:04", "2006/1/2",
	"2006.1.2 15:04", "2006.1.2", "2006年1月2日 15:04:05", "2006年1月2日 15:04", "2006年1月2日15时4分", "2006年1月2日", "20060102",
}

// Excel's days 1970 to 2199, of either of its two calendars, and how many days lie between the two.
const firstSerial, lastSerial, daysTo1904 = 24107, 109575, 1462

// time reads a time in the mapping's zone.
func (c *Converter) time(x part, text string) (time.Time, error) {
	for _, layout := range slices.Concat(x.origin.Layouts, layouts) {
		if t, err := time.ParseInLocation(layout, text, c.zone); err == nil {
			return t, nil
		}
	}
	if n, ok := c.serial(text); ok {
		t, err := excelize.ExcelDateToTime(n, c.table.Date1904)
		if err != nil {
			return t, err
		}
		// What the cell shows; a workbook has no zones. Fractions of a day are no whole seconds.
		t = t.Round(time.Second)
		return time.Date(t.Year(), t.Month(), t.Day(), t.Hour(), t.Minute(), t.Second(), 0, c.zone), nil
	}
	return time.Time{}, fmt.Errorf("%q is no time that is known here; write it 2026-03-06 10:00, or say under layouts how it is written", short(text))
}

// serial reads a time that is written as Excel's number of a day.
func (c *Converter) serial(text string) (days float64, ok bool) {
	days, err := strconv.ParseFloat(text, 64)
	return days, err == nil && c.table.Serials && days >= firstSerial && days < lastSerial
}

// since1900 returns a row with its times as a file of rejects has them, which cannot say that its days count from 1904.
func (c *Converter) since1900(row Row) Row {
	if !c.table.Date1904 {
		return row
	}
	cells := slices.Clone(row.Cells)
	for _, x := range c.parts {
		if x.kind != procedurev1.FieldKind_FIELD_KIND_TIME || x.column < 0 || x.column >= len(cells) {
			continue
		}
		if days, ok := c.serial(row.Cells[x.column]); ok {
			cells[x.column] = strconv.FormatFloat(days+daysTo1904, 'f', -1, 64)
		}
	}
	return Row{row.Number, cells}
}
