package procedure

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// invalid is one finding as an error.
func invalid(code FindingCode, line int, format string, args ...any) *InvalidError {
	return &InvalidError{[]Finding{{Code: code, Line: line, Detail: fmt.Sprintf(format, args...)}}}
}

// yamlSyntax is how the parser tells what is no YAML.
var yamlSyntax = regexp.MustCompile(`^yaml: line (\d+): (.*)$`)

// notYAML says where and what to look for. Of what is not closed the parser names the line before its beginning.
func notYAML(err error) *InvalidError {
	line, what := 0, err.Error()
	if m := yamlSyntax.FindStringSubmatch(what); m != nil {
		line, _ = strconv.Atoi(m[1]) // the expression lets digits through only
		what = m[2]
		if strings.HasPrefix(what, "did not find expected") {
			line++
		}
	}
	remedy := `put a text in quotes that has ": " or " #" in it, that begins with !, @, %, & or *, or that within { } or [ ] has a comma or ends in ?`
	if strings.Contains(what, "tab character") {
		remedy = "indent with spaces, here or in the next line"
	}
	return invalid(FileUnreadable, line, "it is not YAML: %s; %s", what, remedy)
}

// keyed returns a path that counts the items of lists as one that names them.
func (s *survey) keyed(path string) string {
	out := ""
	for path != "" {
		end := strings.IndexAny(path[1:], ".[") + 1
		if end == 0 {
			end = len(path)
		}
		out += path[:end]
		if here, ok := s.named[out]; ok {
			out = here
		}
		path = path[end:]
	}
	return out
}

// oneDocument reads the tree of nodes without following aliases.
func oneDocument(data []byte) (*yaml.Node, error) {
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var doc yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		return nil, invalid(FileUnreadable, 1, "the file is empty; it holds a procedure, which begins with code, edition and name")
	case err != nil:
		return nil, notYAML(err)
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, invalid(FileUnreadable, 0, "the file holds more than one document; leave out what follows the second \"---\"")
	}
	return doc.Content[0], nil
}

// position is where a node stands in the file, from 1.
type position struct{ line, column int }

// survey walks the tree once before it is decoded: what the decoder would let pass is found, and every place gets its path.
type survey struct {
	paths    map[position]string
	places   map[string][]position // where a path stands; twice where a key of a list is given twice
	named    map[string]string     // a path whose last item is counted, to the one that names it
	nodes    int
	findings []Finding
}

// newSurvey reads the tree and walks it.
func newSurvey(data []byte) (survey, error) {
	look := survey{paths: map[position]string{}, places: map[string][]position{}, named: map[string]string{}}
	if len(data) > maxBytes {
		return look, invalid(FileTooLarge, 0, "the file has %d bytes; at most %d are read", len(data), maxBytes)
	}
	if at := oddBreak.FindIndex(data); at != nil {
		line := 1 + bytes.Count(data[:at[0]], []byte("\n"))
		return look, invalid(FileUnreadable, line, "a line ends in an unusual way; end lines with LF, or CR and LF")
	}
	doc, err := oneDocument(data)
	if err != nil {
		return look, err
	}
	look.walk(doc, "", 0)
	if len(look.findings) > 0 {
		return look, &InvalidError{look.findings}
	}
	return look, nil
}

func (s *survey) find(code FindingCode, n *yaml.Node, path, format string, args ...any) {
	s.findings = append(s.findings, Finding{Code: code, Path: path, Line: n.Line, Column: n.Column, Detail: fmt.Sprintf(format, args...)})
}

func (s *survey) walk(n *yaml.Node, path string, depth int) {
	if _, ok := s.paths[position{n.Line, n.Column}]; !ok {
		s.paths[position{n.Line, n.Column}] = path
	}
	switch s.nodes++; {
	case s.nodes == maxNodes+1:
		s.find(FileTooLarge, n, path, "the file holds more than %d keys, values and lists; it is read no further", maxNodes)
		return
	case s.nodes > maxNodes:
		return
	case depth > maxDepth:
		s.find(FileTooLarge, n, path, "it is more than %d levels deep", maxDepth)
		return
	}
	switch n.Kind {
	case yaml.AliasNode:
		s.find(FileUnreadable, n, path, "aliases are not allowed; write the value out")
	case yaml.SequenceNode:
		for i, item := range n.Content {
			here := path + "[" + nameOf(item, i) + "]"
			s.named[path+"["+strconv.Itoa(i)+"]"] = here
			s.places[here] = append(s.places[here], position{item.Line, item.Column})
			s.walk(item, here, depth+1)
		}
	case yaml.MappingNode:
		seen := map[string]int{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			key, value := n.Content[i], n.Content[i+1]
			at := strings.TrimPrefix(path+"."+key.Value, ".")
			if line, ok := seen[key.Value]; ok {
				s.find(KeyTaken, key, at, "%q was given already in line %d; keep one", key.Value, line)
			}
			seen[key.Value] = key.Line
			s.paths[position{key.Line, key.Column}] = at
			s.places[at] = append(s.places[at], position{key.Line, key.Column})
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
