package rpc

import (
	"errors"
	"fmt"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"redress.dev/pkg/fault"
)

// maxDepth is how deep messages may nest in a request.
const maxDepth = 64

// Check holds m against the rules of its contract: protovalidate's field rules, no unknown fields, and no deeper nesting than
// 64. The fault names every field that breaks one.
func Check(m proto.Message) error {
	if err := unknownFields(m.ProtoReflect(), "", 0); err != nil {
		return err
	}
	err := protovalidate.Validate(m)
	var broken *protovalidate.ValidationError
	if !errors.As(err, &broken) {
		return err
	}
	f := fault.New(fault.Invalid, "REQUEST_INVALID", "")
	for _, v := range broken.Violations {
		path := protovalidate.FieldPathString(v.Proto.GetField())
		f.Violations = append(f.Violations, fault.Violation{Field: path, Detail: v.Proto.GetMessage()})
	}
	first := f.Violations[0]
	f.Detail = fmt.Sprintf("%s: %s", first.Field, first.Detail)
	if more := len(f.Violations) - 1; more > 0 {
		f.Detail += fmt.Sprintf(" (and %d more)", more)
	}
	return f
}

// unknownFields fails at the first field that this server's contract does not have.
func unknownFields(m protoreflect.Message, path string, depth int) error {
	if depth > maxDepth {
		return fault.New(fault.Invalid, "REQUEST_INVALID", "messages nest deeper than %d", maxDepth).At(path)
	}
	if raw := m.GetUnknown(); len(raw) > 0 {
		number, _, _ := protowire.ConsumeTag(raw)
		return fault.New(fault.Invalid, "FIELD_NUMBER_UNKNOWN", "%s has no field number %d here: the caller's contract is newer than this server's, or the field is a mistake",
			m.Descriptor().FullName(), number).With("field", path).With("number", fmt.Sprint(number))
	}
	var err error
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		at := path + string(fd.Name())
		switch {
		case fd.IsMap() && fd.MapValue().Message() != nil:
			v.Map().Range(func(k protoreflect.MapKey, mv protoreflect.Value) bool {
				err = unknownFields(mv.Message(), fmt.Sprintf("%s[%q].", at, k.String()), depth+1)
				return err == nil
			})
		case fd.IsList() && fd.Message() != nil:
			for i := range v.List().Len() {
				if err = unknownFields(v.List().Get(i).Message(), fmt.Sprintf("%s[%d].", at, i), depth+1); err != nil {
					return false
				}
			}
		case !fd.IsMap() && !fd.IsList() && fd.Message() != nil:
			err = unknownFields(v.Message(), at+".", depth+1)
		}
		return err == nil
	})
	return err
}
