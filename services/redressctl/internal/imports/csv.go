package imports

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const (
	// sampleBytes is how much of a file is looked at to find out how it is written.
	sampleBytes = 64 << 10
	// maxRowBytes is the largest row: a quote that is never closed must not take the whole file in.
	maxRowBytes = 1 << 20
)

func openCSV(file string, m *Mapping) (*Table, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	count := &counter{r: f}
	buffered := bufio.NewReaderSize(count, sampleBytes)
	sample, err := buffered.Peek(sampleBytes)
	if err != nil && !errors.Is(err, io.EOF) {
		f.Close()
		return nil, err
	}
	enc, err := encodingOf(m.Encoding)
	if err == nil && enc == nil {
		enc, err = guess(sample, err == nil && len(sample) == sampleBytes)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	text := &guard{r: transform.NewReader(buffered, unicode.BOMOverride(enc.NewDecoder())), left: maxRowBytes, err: errRow}
	row := &tape{r: text}
	lines := bufio.NewReaderSize(row, sampleBytes)
	head, _ := lines.Peek(sampleBytes / 4) // what is wrong is met again when it is read
	text.left = maxRowBytes
	r := csv.NewReader(lines)
	r.FieldsPerRecord, r.ReuseRecord = -1, false
	if r.Comma = rejectsDelimiter(head); r.Comma == 0 {
		r.Comma, _ = delimiterOf(m.Delimiter)
	}
	if r.Comma == 0 {
		r.Comma = commonest(head)
	}
	last := 0
	return &Table{Total: info.Size(), Done: func() int64 { return count.n }, close: f.Close, next: func() (Row, error) {
		text.left = maxRowBytes + sampleBytes
		cells, err := r.Read()
		raw := row.cut(r.InputOffset())
		var bad *csv.ParseError
		switch {
		case errors.As(err, &bad) && !errors.Is(err, errRow) && bad.Line > bad.StartLine: // rows may be in its value
			return Row{}, fmt.Errorf("the quote opened in row %d is not closed before line %d; close it, or double it if it is part of the value",
				bad.StartLine, bad.Line)
		case errors.As(err, &bad) && !errors.Is(err, errRow):
			return Row{bad.StartLine, []string{string(bytes.Trim(raw, "\r\n"))}},
				&RowError{bad.StartLine, fmt.Sprintf("it is not CSV: %v; a value with a quote in it stands in quotes, and the quote is doubled", bad.Err)}
		case errors.Is(err, errRow):
			return Row{}, fmt.Errorf("behind row %d: %w", last, err)
		case err != nil:
			return Row{}, err
		}
		line, _ := r.FieldPos(0)
		last = line
		return Row{line, cells}, nil
	}}, nil
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n int64
}

// Read reads, and counts.
func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

var errRow = fmt.Errorf("a row has more than %d bytes: is a quote not closed?", maxRowBytes)

// guard ends a row that does not end, or a cell.
type guard struct {
	r    io.Reader
	left int
	err  error // that it does not end
}

// Read reads while the row may go on.
func (g *guard) Read(p []byte) (int, error) {
	if g.left <= 0 {
		return 0, g.err
	}
	n, err := g.r.Read(p[:min(len(p), sampleBytes)])
	g.left -= n
	return n, err
}

// tape keeps what was read of a row, as it was written.
type tape struct {
	r    io.Reader
	kept []byte
	from int64 // where in all that was read kept begins
}

// Read reads, and keeps.
func (t *tape) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.kept = append(t.kept, p[:n]...)
	return n, err
}

// cut returns what stands before a place, and keeps the rest. It is there until the next Read.
func (t *tape) cut(to int64) []byte {
	n := to - t.from
	before := t.kept[:n]
	t.kept, t.from = t.kept[n:], to
	return before
}

// encodingOf returns an encoding by name, nil for the empty name.
func encodingOf(name string) (encoding.Encoding, error) {
	switch strings.ToLower(name) {
	case "":
		return nil, nil
	case "utf-8", "utf8":
		return unicode.UTF8, nil
	case "gb18030", "gbk", "gb2312":
		return simplifiedchinese.GB18030, nil
	}
	return nil, fmt.Errorf("encoding %q is not known; write utf-8 or gb18030", name)
}

// guess finds out how a file is written: UTF-8, or GB18030, in which Excel saves CSV on a Chinese system. A file of UTF-8 in which some
// characters are damaged is one of UTF-8: by the other name its rows would be registered as they read.
func guess(sample []byte, cut bool) (encoding.Encoding, error) {
	if bytes.HasPrefix(sample, []byte("PK\x03\x04")) {
		return nil, errors.New("this is a workbook or an archive, not CSV; give it the ending .xlsx")
	}
	for cut && len(sample) > 0 && sample[len(sample)-1] >= '0' { // below it no byte is a part of a longer character, in either
		sample = sample[:len(sample)-1]
	}
	ascii := func(r rune) bool { return r < utf8.RuneSelf }
	words, sound := bytes.FieldsFunc(sample, ascii), 0 // bytes that are damaged are no ASCII
	for _, w := range words {
		if utf8.Valid(w) {
			sound++
		}
	}
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(sample)
	if err == nil && sound*2 < len(words) && !bytes.ContainsRune(text, utf8.RuneError) {
		return simplifiedchinese.GB18030, nil
	}
	return unicode.UTF8, nil
}

func delimiterOf(name string) (rune, error) {
	switch name {
	case "":
		return 0, nil
	case "tab", "\t":
		return '\t', nil
	}
	if r, n := utf8.DecodeRuneInString(name); n == len(name) && strings.ContainsRune(",;|", r) {
		return r, nil
	}
	return 0, fmt.Errorf("delimiter %q is not known; write one of , ; | or tab", name)
}

// rejectsDelimiter returns the delimiter of a file of rejects, which a spreadsheet may have saved with another; 0 where it is none.
func rejectsDelimiter(head []byte) rune {
	for _, r := range ",;\t|" {
		if bytes.Contains(head, []byte(rowColumn+string(r)+reasonColumn)) {
			return r
		}
	}
	return 0
}

// commonest returns the delimiter that is most often in the first line.
func commonest(head []byte) rune {
	line, _, _ := bytes.Cut(bytes.TrimLeft(head, "\r\n"), []byte("\n"))
	best := ','
	for _, r := range ";\t|" {
		if bytes.Count(line, []byte(string(r))) > bytes.Count(line, []byte(string(best))) {
			best = r
		}
	}
	return best
}
