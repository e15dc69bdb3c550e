package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// cellWidth is the most columns of the terminal that a table's column takes.
const cellWidth = 60

// printer prints answers as the caller asked.
type printer struct {
	w      io.Writer
	format string
}

// answer prints m as JSON, or what show prints for people.
func (p printer) answer(m proto.Message, show func()) error {
	if p.format != "json" {
		show()
		return nil
	}
	data, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	if err != nil {
		return err
	}
	return p.json(json.RawMessage(data)) // protojson's own spaces differ from build to build
}

// json prints v, indented.
func (p printer) json(v any) error {
	enc := json.NewEncoder(p.w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// table prints rows under a header; what says what there is none of.
func (p printer) table(what string, header []string, rows [][]string, numeric ...int) {
	if len(rows) == 0 {
		fmt.Fprintf(p.w, "No %s.\n", what)
		return
	}
	t := table.NewWriter()
	t.SetOutputMirror(p.w)
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.Options{SeparateHeader: true, SeparateColumns: true}
	t.Style().Format.Header = text.FormatDefault
	t.AppendHeader(row(header))
	for _, r := range rows {
		t.AppendRow(row(r))
	}
	configs := make([]table.ColumnConfig, len(header))
	for i := range configs {
		// Wide enough for a UUID and for words; a longer cell goes on in the next line, so that rows stay readable.
		configs[i] = table.ColumnConfig{Number: i + 1, WidthMax: cellWidth, WidthMaxEnforcer: text.WrapSoft}
		if slices.Contains(numeric, i) {
			configs[i].Align = text.AlignRight
		}
	}
	t.SetColumnConfigs(configs)
	t.Render()
}

func row(cells []string) table.Row {
	r := make(table.Row, len(cells))
	for i, c := range cells {
		r[i] = visible(c)
	}
	return r
}

// visible replaces what a terminal would obey: what complainants wrote is shown, and must not move the cursor or pass for another line.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Bidi_Control, r) || unicode.IsControl(r) && r != '\n' && r != '\t' {
			return unicode.ReplacementChar
		}
		return r
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// pairs prints names and values, aligned, the further lines of a value too; pairs without a value are left out.
func (p printer) pairs(pairs ...[2]string) {
	width := 0
	for _, kv := range pairs {
		if kv[1] != "" {
			width = max(width, text.StringWidthWithoutEscSequences(kv[0]))
		}
	}
	for _, kv := range pairs {
		if kv[1] != "" {
			value := strings.ReplaceAll(visible(kv[1]), "\n", "\n"+strings.Repeat(" ", width+2))
			fmt.Fprintf(p.w, "%s  %s\n", text.Pad(visible(kv[0]), width, ' '), value)
		}
	}
}

func (p printer) heading(s string) { fmt.Fprintf(p.w, "\n%s\n", s) }

// more tells how to see the next page.
func (p printer) more(token string) {
	if token != "" {
		fmt.Fprintf(p.w, "There is more: add --page-token %s\n", token)
	}
}

// short cuts s to what fits a column of a list.
func short(s string) string {
	return text.Snip(s, cellWidth, "…")
}

// at prints an instant in the reader's zone; "" for none.
func at(t *timestamppb.Timestamp) string {
	if t == nil {
		return ""
	}
	return t.AsTime().Local().Format("2006-01-02 15:04:05")
}

// word returns an enum's value without its prefix, in lower case: "COMPLAINT_STATE_OPEN" gives "open".
func word[E interface{ String() string }](e E, prefix string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(e.String(), prefix), "_", " "))
}

// timestamp parses the time of a flag; "" gives nil.
func timestamp(flag, s string) (*timestamppb.Timestamp, error) {
	if s == "" {
		return nil, nil
	}
	t, err := instant(s)
	if err != nil {
		return nil, fmt.Errorf("--%s: %w", flag, err)
	}
	return t, nil
}

// instant parses a time that a person typed: RFC 3339, "2006-01-02 15:04" or a date, in the caller's zone.
func instant(s string) (*timestamppb.Timestamp, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.ParseInLocation(layout, s, time.Local); err == nil {
			return timestamppb.New(t), nil
		}
	}
	return nil, fmt.Errorf("%q is no time; write 2026-03-06, 2026-03-06 10:00 or 2026-03-06T10:00:00+08:00", s)
}
