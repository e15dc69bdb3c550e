package procedure

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"buf.build/go/protovalidate"
	"buf.build/go/protoyaml"
	"google.golang.org/protobuf/proto"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Limits of a pack file.
const (
	maxBytes = 1 << 20
	maxDepth = 32
	maxNodes = 50_000 // keys, values and lists
)

// Parse reads procedure.yaml and checks it against the rules of the contract; Compile checks the rest. It fails with
// *InvalidError, whose findings name the line, the path and the remedy. A file is at most 1 MiB, 32 levels deep, has 50,000 nodes,
// holds one document, no aliases, and no key twice.
func Parse(data []byte) (*procedurev1.Procedure, error) {
	p, _, err := parse(data)
	return p, err
}

// parse returns with the procedure where everything stands.
func parse(data []byte) (*procedurev1.Procedure, survey, error) {
	look, err := newSurvey(data)
	if err != nil {
		return nil, look, err
	}
	p := &procedurev1.Procedure{}
	if err := (protoyaml.UnmarshalOptions{Validator: contractRules{}}).Unmarshal(data, p); err != nil {
		return nil, look, look.explain(err)
	}
	return p, look, nil
}

// contractRules lets the decoder check the rules that stand in the .proto file.
type contractRules struct{}

// Validate applies them.
func (contractRules) Validate(m proto.Message) error { return protovalidate.Validate(m) }

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
			out.Findings = append(out.Findings, Finding{Code: FieldUnknown, Detail: e.Error()})
			continue
		}
		line, _ := strconv.Atoi(m[1]) // the expression lets digits through only
		column, _ := strconv.Atoi(m[2])
		f := Finding{Code: FieldUnknown, Path: s.paths[position{line, column}], Line: line, Column: column, Detail: m[3]}
		own := violation.FindStringSubmatch(f.Detail)
		if own != nil {
			f.Code, f.Path, f.Detail = ContractBroken, s.keyed(own[1]), own[2]
		}
		if own == nil || !follows(f.Path, out.Findings) {
			f.Detail = inWords(f.Path, f.Detail)
			out.Findings = append(out.Findings, f)
		}
	}
	return out
}

// follows reports whether a rule of the contract is broken only because what stands there, or beside it under a name that the
// language does not have, could not be read.
func follows(path string, unread []Finding) bool {
	return slices.ContainsFunc(unread, func(f Finding) bool {
		if f.Code != FieldUnknown {
			return false
		}
		beside := strings.LastIndexByte(f.Path, '.')
		in, last := messageAt(f.Path)
		misspelt := in != nil && in.Fields().ByName(last) == nil
		return strings.HasPrefix(path, f.Path) || misspelt && beside == strings.LastIndexByte(path, '.') && path[:beside+1] == f.Path[:beside+1]
	})
}
