package imports

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"google.golang.org/protobuf/types/known/timestamppb"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Problem is something wrong with a row.
type Problem struct {
	Row int `json:"row"`
	// Column is the file's column; empty where no column is to blame.
	Column string `json:"column,omitempty"`
	// Why says what is wrong.
	Why string `json:"why"`
}

// String tells the problem after the column that it is about.
func (p Problem) String() string {
	if p.Column == "" {
		return p.Why
	}
	return p.Column + ": " + p.Why
}

// Converter turns the rows of one table into drafts.
type Converter struct {
	mapping *Mapping
	table   *Table
	zone    *time.Location
	keys    []int // columns of the key
	parts   []part
}

// part is one part of a complaint, and how it comes about.
type part struct {
	path   string
	origin Origin
	column int // -1 for a constant
	kind   procedurev1.FieldKind
	words  map[string]string // code by people's word, in lower case
	coded  bool              // other words are no codes
}

// NewConverter fits a mapping, a table and a procedure together. Its error lists everything that does not fit.
func NewConverter(m *Mapping, t *Table, p *procedurev1.Procedure) (*Converter, error) {
	c := &Converter{mapping: m, table: t}
	var wrong []error
	zone := m.Zone
	if zone == "" {
		zone = p.GetNumbering().GetZone()
	}
	var err error
	if c.zone, err = time.LoadLocation(zone); err != nil {
		wrong = append(wrong, fmt.Errorf("zone %q is not known", zone))
	}
	column := func(what, name string) int {
		at := t.column(name)
		switch {
		case at < 0:
			wrong = append(wrong, fmt.Errorf("%s: the file has no column %q; it has %s", what, name, strings.Join(t.Header, ", ")))
		case slices.Contains(t.Header[at+1:], name):
			wrong = append(wrong, fmt.Errorf("%s: the file has several columns %q; give them different names", what, name))
		}
		return at
	}
	for _, name := range m.Key {
		c.keys = append(c.keys, column("key", name))
	}
	for _, path := range slices.Sorted(maps.Keys(m.Fields)) {
		x := part{path: path, origin: m.Fields[path], column: -1}
		if x.origin.Column != "" {
			x.column = column("fields: "+path, x.origin.Column)
		}
		if err := x.fit(p); err != nil {
			wrong = append(wrong, err)
		}
		c.parts = append(c.parts, x)
	}
	return c, errors.Join(wrong...)
}

// fit finds out of what kind a part is in the procedure, and which words it takes.
func (x *part) fit(p *procedurev1.Procedure) error {
	vocabulary := map[string]string{"channel": "channel", "complainant.kind": "customer_kind"}[x.path]
	place, key, _ := strings.Cut(x.path, ".")
	switch {
	case x.path == "receive_time" || x.path == "count_time":
		x.kind = procedurev1.FieldKind_FIELD_KIND_TIME
	case place == "fields" || place == "personal_fields":
		at := slices.IndexFunc(p.GetFields(), func(f *procedurev1.Field) bool { return f.GetKey() == key })
		if at < 0 {
			return fmt.Errorf("fields: procedure %s has no field %q; it has %s", p.GetCode(), key, strings.Join(fieldKeys(p), ", "))
		}
		f := p.GetFields()[at]
		if personal(f.GetKind()) != (place == "personal_fields") {
			return fmt.Errorf("fields: %s is to be written %s.%s: its kind is %v", x.path, map[bool]string{true: "personal_fields", false: "fields"}[personal(f.GetKind())], key, f.GetKind())
		}
		x.kind, vocabulary = f.GetKind(), f.GetVocabulary()
	}
	x.words = map[string]string{}
	for _, v := range p.GetVocabularies() {
		if v.GetKey() != vocabulary || vocabulary == "" {
			continue
		}
		x.coded = true
		for _, t := range v.GetTerms() {
			for _, word := range []string{t.GetName().GetEn(), t.GetName().GetZh(), t.GetCode()} {
				x.words[strings.ToLower(word)] = t.GetCode()
			}
		}
	}
	for word, code := range x.origin.Values {
		x.words[strings.ToLower(strings.TrimSpace(word))] = code
	}
	return nil
}

func fieldKeys(p *procedurev1.Procedure) []string {
	var keys []string
	for _, f := range p.GetFields() {
		keys = append(keys, f.GetKey())
	}
	return keys
}

// namespace is that of the request ids of imported rows. It must never change: by them a row is known again.
var namespace = uuid.MustParse("5b0c7a0e-52f4-4f7e-9a3d-9c1f1c0d7e11")

// Convert returns a row's draft, and the request id by which the row is known for ever; or what is wrong with the row.
func (c *Converter) Convert(row Row) (draft *intakev1.ComplaintDraft, requestID string, problems []Problem) {
	cell := func(i int) string {
		if i < 0 || i >= len(row.Cells) {
			return ""
		}
		return row.Cells[i]
	}
	key := []string{c.mapping.Procedure, c.mapping.Source}
	for i, at := range c.keys {
		switch {
		case cell(at) == "":
			problems = append(problems, Problem{row.Number, c.mapping.Key[i], "is empty, and the row is known by it"})
		case c.table.lost(row, at):
			problems = append(problems, Problem{row.Number, c.mapping.Key[i],
				fmt.Sprintf("%s is a number of more than %d digits, of which a workbook has lost the last; write it as text", cell(at), maxDigits)})
		}
		key = append(key, cell(at))
	}
	draft = &intakev1.ComplaintDraft{Procedure: c.mapping.Procedure, Complainant: &intakev1.Party{}}
	if len(c.keys) == 1 {
		draft.ExternalReference = cell(c.keys[0])
	}
	for _, x := range c.parts {
		text := x.origin.Constant
		if x.column >= 0 {
			text = cmp.Or(cell(x.column), x.origin.Empty)
		}
		if text == "" {
			continue
		}
		if err := c.put(draft, x, text); err != nil {
			problems = append(problems, Problem{row.Number, x.origin.Column, err.Error()})
		}
	}
	// Lengths keep ("ab", "c") and ("a", "bc") apart.
	var name strings.Builder
	for _, k := range key {
		fmt.Fprintf(&name, "%d:%s;", len(k), k)
	}
	return draft, uuid.NewSHA1(namespace, []byte(name.String())).String(), problems
}

// put puts a value where it belongs.
func (c *Converter) put(d *intakev1.ComplaintDraft, x part, text string) error {
	if x.column >= 0 {
		var err error
		if text, err = x.word(text); err != nil {
			return err
		}
	}
	place, key, _ := strings.Cut(x.path, ".")
	switch place {
	case "fields":
		v, err := c.value(x, text)
		if err != nil {
			return err
		}
		if d.Fields == nil {
			d.Fields = map[string]*value{}
		}
		d.Fields[key] = v
		return nil
	case "personal_fields":
		if d.PersonalFields == nil {
			d.PersonalFields = map[string]string{}
		}
		d.PersonalFields[key] = text
		return nil
	case "receive_time", "count_time":
		t, err := c.time(x, text)
		if err != nil {
			return err
		}
		*map[string]**timestamppb.Timestamp{"receive_time": &d.ReceiveTime, "count_time": &d.CountTime}[place] = timestamppb.New(t)
		return nil
	}
	*map[string]*string{
		"flow": &d.Flow, "channel": &d.Channel, "content": &d.Content, "external_reference": &d.ExternalReference,
		"complainant.kind": &d.Complainant.Kind, "complainant.name": &d.Complainant.Name, "complainant.phone": &d.Complainant.Phone,
		"complainant.email": &d.Complainant.Email, "complainant.address": &d.Complainant.Address,
		"complainant.customer_reference": &d.Complainant.CustomerReference,
	}[x.path] = text
	return nil
}

// word returns the code for a word of a column that has words.
func (x part) word(text string) (string, error) {
	if code, ok := x.words[strings.ToLower(text)]; ok {
		return code, nil
	}
	switch {
	case x.origin.Otherwise != "":
		return x.origin.Otherwise, nil
	case x.coded:
		return "", fmt.Errorf("%q is neither a code nor a name of the procedure's; give it one under values, or an otherwise", short(text))
	}
	return text, nil
}

// short returns as much of a cell as an error repeats.
func short(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
