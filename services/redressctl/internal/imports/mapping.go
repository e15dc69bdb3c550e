package imports

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Mapping says how a row becomes a complaint. deploy/imports/README.md explains every key.
type Mapping struct {
	// Procedure is the code of the procedure that the complaints run by.
	Procedure string `yaml:"procedure"`
	// Source names where the rows come from, for example "crm". With the key it names a row for ever: it must not change.
	Source string `yaml:"source"`
	// Key are the columns whose values together tell a row from all others of the source.
	Key names `yaml:"key"`
	// Zone is where times without an offset were written; empty means the procedure's own.
	Zone string `yaml:"zone,omitempty"`
	// Sheet is the sheet of a workbook; empty means the first.
	Sheet string `yaml:"sheet,omitempty"`
	// Header is the row that names the columns, from 1; 0 means the first that is not empty.
	Header int `yaml:"header,omitempty"`
	// Encoding and Delimiter are those of a CSV file; empty means that they are found out.
	Encoding  string `yaml:"encoding,omitempty"`
	Delimiter string `yaml:"delimiter,omitempty"`
	// Fields says where each part of a complaint comes from, by its path in the draft, for example "complainant.phone".
	Fields map[string]Origin `yaml:"fields"`
}

// Origin is where one part of a complaint comes from: a column, or the same value for every row.
type Origin struct {
	Column   string `yaml:"column,omitempty"`
	Constant string `yaml:"constant,omitempty"`
	// Layouts are how times are written, in Go's reference time, for example "2006/1/2 15:04"; the usual ones are known.
	Layouts []string `yaml:"layouts,omitempty"`
	// Values gives the procedure's codes for people's words.
	Values map[string]string `yaml:"values,omitempty"`
	// Otherwise is the value for words that are not among Values and no code or name of the procedure's.
	Otherwise string `yaml:"otherwise,omitempty"`
	// Empty is the value for an empty cell; without it the part is left out.
	Empty string `yaml:"empty,omitempty"`
}

// names is one name or a list of them.
type names []string

// UnmarshalYAML takes both.
func (n *names) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		*n = names{node.Value}
		return nil
	}
	return node.Decode((*[]string)(n))
}

// MarshalYAML writes one name as a word.
func (n names) MarshalYAML() (any, error) {
	if len(n) == 1 {
		return n[0], nil
	}
	return []string(n), nil
}

// maxMappingBytes is the largest mapping that is read.
const maxMappingBytes = 1 << 20

// ReadMapping reads a mapping from a YAML file. Its error lists everything that is wrong.
func ReadMapping(file string) (*Mapping, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxMappingBytes+1))
	if err == nil && len(data) > maxMappingBytes {
		err = fmt.Errorf("it has more than %d bytes", maxMappingBytes)
	}
	var m Mapping
	if err == nil {
		dec := yaml.NewDecoder(bytes.NewReader(data))
		dec.KnownFields(true)
		err = dec.Decode(&m)
	}
	if err == nil {
		err = m.check()
	}
	if err != nil {
		return nil, fmt.Errorf("mapping %s: %w", file, err)
	}
	return &m, nil
}

func (m *Mapping) check() error {
	var wrong []error
	say := func(format string, args ...any) { wrong = append(wrong, fmt.Errorf(format, args...)) }
	if m.Procedure == "" {
		say("procedure is missing: the code of the procedure, for example manufacturing")
	}
	if m.Source == "" {
		say("source is missing: a name for where the rows come from, for example crm; it must stay the same from import to import")
	}
	if len(m.Key) == 0 || slices.Contains(m.Key, "") {
		say("key is missing: the column, or the list of columns, that tells a row from all others; by it a row is never registered twice")
	}
	if _, err := time.LoadLocation(m.Zone); err != nil {
		say("zone %q: write an IANA name, for example Asia/Shanghai", m.Zone)
	}
	if _, err := encodingOf(m.Encoding); err != nil {
		wrong = append(wrong, err)
	}
	if _, err := delimiterOf(m.Delimiter); err != nil {
		wrong = append(wrong, err)
	}
	if m.Header < 0 {
		say("header: rows are counted from 1")
	}
	for _, path := range slices.Sorted(maps.Keys(m.Fields)) {
		o := m.Fields[path]
		switch {
		case !known(path):
			say("fields: there is no %q; there are %s, fields.<key> and personal_fields.<key>", path, strings.Join(places, ", "))
		case (o.Column == "") == (o.Constant == ""):
			say("fields: %s wants a column or a constant, and not both", path)
		case o.Constant != "" && (o.Values != nil || o.Otherwise != "" || o.Empty != "" || o.Layouts != nil):
			say("fields: %s is a constant; values, otherwise, empty and layouts belong to a column", path)
		}
	}
	return errors.Join(wrong...)
}

// places are the parts of a complaint that every procedure has.
var places = []string{
	"flow", "channel", "receive_time", "count_time", "complainant.kind", "complainant.name", "complainant.phone", "complainant.email",
	"complainant.address", "complainant.customer_reference", "content", "external_reference",
}

func known(path string) bool {
	prefix, key, cut := strings.Cut(path, ".")
	return slices.Contains(places, path) || cut && key != "" && (prefix == "fields" || prefix == "personal_fields")
}

// ownPlace is where a complaint holds a field of a procedure that has a place of its own, by the field's key.
var ownPlace = map[string]string{
	"name": "complainant.name", "phone": "complainant.phone", "email": "complainant.email", "address": "complainant.address", "content": "content",
	"contact": "complainant.phone", "channel": "channel", "customer_kind": "complainant.kind", "complaint_time": "receive_time", "receive_time": "receive_time",
}

// personal tells whether a field's values are people's: they go among the personal fields.
func personal(k procedurev1.FieldKind) bool { return k >= procedurev1.FieldKind_FIELD_KIND_TEXT }
