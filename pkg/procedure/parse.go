package procedure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"buf.build/go/protovalidate"
	"buf.build/go/protoyaml"
	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/proto"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Limits of a pack file.
const (
	maxBytes = 1 << 20
	maxDepth = 32
)

// Parse reads procedure.yaml and checks it against the rules of the contract; Compile checks the rest. It fails with
// *InvalidError, whose findings name the line, the path and the remedy. A file is at most 1 MiB, 32 levels deep, holds one
// document, no aliases, and no key twice.
func Parse(data []byte) (*procedurev1.Procedure, error) {
	if len(data) > maxBytes {
		return nil, invalid("", 0, "the file has %d bytes; at most %d are read", len(data), maxBytes)
	}
	if at := oddBreak.FindIndex(data); at != nil {
		line := 1 + bytes.Count(data[:at[0]], []byte("\n"))
		return nil, invalid("", line, "a line ends in an unusual way; end lines with LF, or CR and LF")
	}
	doc, err := oneDocument(data)
	if err != nil {
		return nil, err
	}
	look := survey{paths: map[position]string{}}
	look.walk(doc, "", 0)
	if len(look.findings) > 0 {
		return nil, &InvalidError{look.findings}
	}
	p := &procedurev1.Procedure{}
	if err := (protoyaml.UnmarshalOptions{Validator: contractRules{}}).Unmarshal(data, p); err != nil {
		return nil, look.explain(err)
	}
	return p, nil
}

// contractRules lets the decoder check the rules that stand in the .proto file.
type contractRules struct{}

// Validate applies them.
func (contractRules) Validate(m proto.Message) error { return protovalidate.Validate(m) }

// invalid is one finding as an error.
func invalid(path string, line int, format string, args ...any) *InvalidError {
	return &InvalidError{[]Finding{{Path: path, Line: line, Detail: fmt.Sprintf(format, args...)}}}
}

// oneDocument reads the tree of nodes without following aliases.
func oneDocument(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, invalid("", 1, "the file is empty; it holds a procedure, which begins with code, edition and name")
	case err != nil:
		return nil, invalid("", 0, "it is not YAML: %v", err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, invalid("", 0, "the file holds more than one document; leave out what follows the second \"---\"")
	}
	return doc.Content[0], nil
}

// position is where a node stands in the file, from 1.
type position struct{ line, column int }

// survey walks the tree once before it is decoded: what the decoder would let pass is found, and every place gets its path.
type survey struct {
	paths    map[position]string
	findings []Finding
}

func (s *survey) find(n *yaml.Node, path, format string, args ...any) {
	s.findings = append(s.findings, Finding{path, n.Line, fmt.Sprintf(format, args...)})
}

func (s *survey) walk(n *yaml.Node, path string, depth int) {
	if _, ok := s.paths[position{n.Line, n.Column}]; !ok {
		s.paths[position{n.Line, n.Column}] = path
	}
	if depth > maxDepth {
		s.find(n, path, "it is more than %d levels deep", maxDepth)
		return
	}
	switch n.Kind {
	case yaml.AliasNode:
		s.find(n, path, "aliases are not allowed; write the value out")
	case yaml.SequenceNode:
		for i, item := range n.Content {
			s.walk(item, path+"["+nameOf(item, i)+"]", depth+1)
		}
	case yaml.MappingNode:
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			at := strings.TrimPrefix(path+"."+key.Value, ".")
			if line, ok := seen[key.Value]; ok {
				s.find(key, at, "%q was given already in line %d; keep one", key.Value, line)
			}
			seen[key.Value] = key.Line
			s.paths[position{key.Line, key.Column}] = at
			s.walk(value, at, depth+1)
		}
	default: // a scalar has nothing below it
	}
}

// nameOf names an item of a list by its key, code or target, else by its index.
func nameOf(item *yaml.Node, index int) string {
	if item.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(item.Content); i += 2 {
			switch item.Content[i].Value {
			case "key", "code", "target":
				return item.Content[i+1].Value
			}
		}
	}
	return strconv.Itoa(index)
}

// oddBreak finds the line breaks that YAML knows beside LF: the decoder, which quotes lines in its messages, splits at LF alone.
var oddBreak = regexp.MustCompile("\r[^\n]|\r$|[\u0085\u2028\u2029]")

// violation is how it reports a broken rule of the contract, which has a path of its own.
var violation = regexp.MustCompile(`^([a-z0-9_.\[\]]+): (.+ \([a-z0-9_.]+\))$`)

// yamlError is how the decoder begins its messages, its file name being empty.
var yamlError = regexp.MustCompile(`^:(\d+):(\d+) (.*)`)

// explain turns the decoder's errors into findings with paths.
func (s *survey) explain(err error) *InvalidError {
	all := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		all = joined.Unwrap()
	}
	out := &InvalidError{}
	for _, e := range all {
		m := yamlError.FindStringSubmatch(e.Error())
		if m == nil {
			out.Findings = append(out.Findings, Finding{Detail: e.Error()})
			continue
		}
		line, _ := strconv.Atoi(m[1]) // the expression lets digits through only
		column, _ := strconv.Atoi(m[2])
		path, detail := s.paths[position{line, column}], m[3]
		if own := violation.FindStringSubmatch(detail); own != nil {
			path, detail = own[1], own[2]
		}
		out.Findings = append(out.Findings, Finding{path, line, detail})
	}
	return out
}
