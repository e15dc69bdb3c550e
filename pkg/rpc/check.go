package rpc

import (
	"errors"
	"fmt"
	"strings"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"redress.dev/pkg/fault"
)

const (
	// maxDepth is how deep messages may nest in a request.
	maxDepth = 64
	// maxViolations is how many an error names: it travels in a header.
	maxViolations = 20
)

// Check holds m against the rules of its contract: protovalidate's field rules, no unknown fields, no NUL characters, which
// Postgres cannot keep, and no deeper nesting than 64. The fault names every field that breaks a rule of the contract.
func Check(m proto.Message) error {
	if err := walk(m.ProtoReflect(), "", 0); err != nil {
		return err
	}
	err := protovalidate.Validate(m)
	var broken *protovalidate.ValidationError
	if !errors.As(err, &broken) {
		return err
	}
	f := fault.New(fault.Invalid, "REQUEST_INVALID", "")
	for _, v := range broken.Violations[:min(len(broken.Violations), maxViolations)] {
		path := protovalidate.FieldPathString(v.Proto.GetField())
		f.Violations = append(f.Violations, fault.Violation{Field: path, Detail: v.Proto.GetMessage()})
	}
	first := f.Violations[0]
	f.Detail = fmt.Sprintf("%s: %s", first.Field, first.Detail)
	if more := len(broken.Violations) - 1; more > 0 {
		f.Detail += fmt.Sprintf(" (and %d more)", more)
	}
	return f
}

// walk fails at the first field that this server's contract does not have, or whose text holds a NUL.
func walk(m protoreflect.Message, path string, depth int) error {
	if depth > maxDepth {
		return fault.New(fault.Invalid, "REQUEST_INVALID", "messages nest deeper than %d", maxDepth).At(path)
	}
	if raw := m.GetUnknown(); len(raw) > 0 {
		number, _, _ := protowire.ConsumeTag(raw)
		return fault.New(fault.Invalid, "FIELD_NUMBER_UNKNOWN", "%s has no field number %d here: the caller's contract is newer than this server's, or the field is a mistake",
			m.Descriptor().FullName(), number).With("field", path).With("number", fmt.Sprint(number))
	}
	var err error
	noNUL := func(v protoreflect.Value, at string) {
		if s, ok := v.Interface().(string); ok && err == nil && strings.ContainsRune(s, 0) {
			err = fault.New(fault.Invalid, "REQUEST_INVALID", "%s holds a NUL character; leave it out", at).At(at)
		}
	}
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		at := path + string(fd.Name())
		switch {
		case fd.IsMap():
			v.Map().Range(func(k protoreflect.MapKey, mv protoreflect.Value) bool {
				noNUL(k.Value(), at)
				if noNUL(mv, at); err == nil && fd.MapValue().Message() != nil {
					err = walk(mv.Message(), fmt.Sprintf("%s[%q].", at, k.String()), depth+1)
				}
				return err == nil
			})
		case fd.IsList():
			for i := 0; i < v.List().Len() && err == nil; i++ {
				if noNUL(v.List().Get(i), at); err == nil && fd.Message() != nil {
					err = walk(v.List().Get(i).Message(), fmt.Sprintf("%s[%d].", at, i), depth+1)
				}
			}
		case fd.Message() != nil:
			err = walk(v.Message(), at+".", depth+1)
		default:
			noNUL(v, at)
		}
		return err == nil
	})
	return err
}
