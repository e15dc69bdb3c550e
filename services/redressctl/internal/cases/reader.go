package cases

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// Finding is one thing that is wrong with a file, with its remedy.
type Finding struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	Detail string `json:"detail"`
}

// String returns the finding as an editor takes it: "file:line:column: what".
func (f Finding) String() string {
	return fmt.Sprintf("%s:%d:%d: %s", f.File, f.Line, f.Column, f.Detail)
}

// InvalidError says that files are not sound, with everything that was found.
type InvalidError struct{ Findings []Finding }

// Error lists the findings, one a line.
func (e *InvalidError) Error() string {
	lines := make([]string, len(e.Findings))
	for i, f := range e.Findings {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// reader reads the nodes of one file and collects what is wrong with them.
type reader struct {
	file     string
	zone     *time.Location
	findings []Finding
}

func (r *reader) find(n *yaml.Node, format string, args ...any) {
	r.findings = append(r.findings, Finding{r.file, n.Line, n.Column, fmt.Sprintf(format, args...)})
}

// document returns the one document of a YAML file, or nil when there is none or not one.
func (r *reader) document(data []byte) *yaml.Node {
	top := &yaml.Node{Line: 1, Column: 1}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc, second yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		r.find(top, "the file is empty")
		return nil
	case err != nil:
		r.find(top, "it is not YAML: %v", err)
		return nil
	}
	if err := dec.Decode(&second); !errors.Is(err, io.EOF) { // what follows would never be read
		r.find(&second, "the file holds more than one document; leave out what follows the second \"---\"")
		return nil
	}
	return doc.Content[0]
}

// mapping returns the values of a mapping by key. A key that is not among known is found, and so is one given twice.
func (r *reader) mapping(n *yaml.Node, what string, known ...string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		r.find(n, "%s is a mapping with some of %s", what, list(known))
		return nil
	}
	out := map[string]*yaml.Node{}
	for key, value := range pairs(n) {
		switch {
		case !slices.Contains(known, key.Value):
			r.find(key, "%s has no %q%s", what, key.Value, meant(key.Value, known))
		case out[key.Value] != nil:
			r.find(key, "%q is given twice; keep one", key.Value)
		}
		out[key.Value] = value
	}
	return out
}

// entries returns the keys and values of a mapping whose keys are names of a kind.
func (r *reader) entries(n *yaml.Node, kind string, known []string) func(yield func(key, value *yaml.Node) bool) {
	if n.Kind != yaml.MappingNode {
		r.find(n, "write {%s: …}", kind)
		return func(func(key, value *yaml.Node) bool) {}
	}
	return func(yield func(key, value *yaml.Node) bool) {
		seen := map[string]bool{}
		for key, value := range pairs(n) {
			if seen[key.Value] {
				r.find(key, "%q is given twice; keep one", key.Value)
			}
			seen[key.Value] = true
			if !r.oneOf(key, kind, known) {
				continue
			}
			if !yield(key, value) {
				return
			}
		}
	}
}

// pairs runs over the keys and values of a mapping.
func pairs(n *yaml.Node) func(yield func(key, value *yaml.Node) bool) {
	return func(yield func(key, value *yaml.Node) bool) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if !yield(n.Content[i], n.Content[i+1]) {
				return
			}
		}
	}
}

// items returns the items of a list; a single scalar is a list of one.
func (r *reader) items(n *yaml.Node) []*yaml.Node {
	switch {
	case n == nil:
		return nil
	case n.Kind == yaml.ScalarNode && n.Tag != "!!null":
		return []*yaml.Node{n}
	case n.Kind != yaml.SequenceNode:
		r.find(n, "write a list: [a, b]")
		return nil
	}
	return n.Content
}

// text returns a scalar as it is written; "" for nothing.
func (r *reader) text(n *yaml.Node) string {
	if n == nil {
		return ""
	}
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		r.find(n, "write one word or text")
		return ""
	}
	return n.Value
}

func (r *reader) texts(n *yaml.Node) []string {
	var out []string
	for _, item := range r.items(n) {
		out = append(out, r.text(item))
	}
	return out
}

// oneOf reports whether a scalar is one of known, and finds it otherwise.
func (r *reader) oneOf(n *yaml.Node, kind string, known []string) bool {
	if s := r.text(n); !slices.Contains(known, s) {
		if n.Kind == yaml.ScalarNode {
			r.find(n, "there is no %s %q%s", kind, s, meant(s, known))
		}
		return false
	}
	return true
}

// choice returns a scalar that is one of known; "" for nothing.
func (r *reader) choice(n *yaml.Node, kind string, known []string) string {
	if n == nil || !r.oneOf(n, kind, known) {
		return ""
	}
	return n.Value
}

// Layouts of times, in the zone of the procedure's numbering.
const (
	toMinute = "2006-01-02 15:04"
	toSecond = "2006-01-02 15:04:05"
)

// moment returns the time that a scalar gives; the zero time for nothing.
func (r *reader) moment(n *yaml.Node) time.Time {
	s := r.text(n)
	if s == "" {
		return time.Time{}
	}
	at, err := parseMoment(s, r.zone)
	if err != nil {
		r.find(n, "%q is no time; write 2026-03-06 09:30 or 2026-03-06 09:30:15", s)
	}
	return at
}

func parseMoment(s string, zone *time.Location) (time.Time, error) {
	at, err := time.ParseInLocation(toMinute, s, zone)
	if err != nil {
		at, err = time.ParseInLocation(toSecond, s, zone)
	}
	return at, err
}

// written returns a time as the author would write it.
func written(t time.Time, zone *time.Location) string {
	if t = t.In(zone); t.Second() == 0 && t.Nanosecond() == 0 {
		return t.Format(toMinute)
	}
	return t.Format("2006-01-02 15:04:05.999999")
}
