package rpc

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/fault"
)

const (
	// maxDepth is how deep messages may nest in a request.
	maxDepth = 64
	// maxViolations is how many an error names: it travels in a header.
	maxViolations = 20
	// maxKeyBytes and maxDetailBytes are how much of a caller's own words an error repeats.
	maxKeyBytes    = 64
	maxDetailBytes = 512
)

// Check holds m against the rules of its contract: protovalidate's field rules, no unknown fields, text in UTF-8 without NUL characters,
// which Postgres cannot keep, and no deeper nesting than 64. The fault names every field that breaks a rule of the contract.
func Check(m proto.Message) error {
	if f := walk(m.ProtoReflect(), 0); f != nil {
		return f.fault(f.path)
	}
	err := protovalidate.Validate(m, exceptPlainFacts)
	var broken *protovalidate.ValidationError
	if !errors.As(err, &broken) {
		return err
	}
	f := fault.New(fault.Invalid, "REQUEST_INVALID", "")
	for _, v := range broken.Violations[:min(len(broken.Violations), maxViolations)] {
		path := fault.Clip(protovalidate.FieldPathString(v.Proto.GetField()), maxDetailBytes)
		f.Violations = append(f.Violations, fault.Violation{Field: path, Detail: fault.Clip(v.Proto.GetMessage(), maxDetailBytes)})
	}
	first := f.Violations[0]
	f.Detail = fmt.Sprintf("%s: %s", first.Field, first.Detail)
	if n := len(broken.Violations); n > 1 {
		f.Detail += fmt.Sprintf(" (1 of %d faults)", n)
	}
	return f
}

// flaw is what walk finds: where, and what.
type flaw struct {
	path  string
	fault func(at string) *fault.Error
}

// within puts the field, element or entry that holds a flaw before its path. It returns nil for none.
func (f *flaw) within(holder string) *flaw {
	switch {
	case f == nil:
		return nil
	case f.path == "":
		f.path = holder
	default:
		f.path = holder + "." + f.path
	}
	return f
}

// walk finds the first field that this server's contract does not have, or whose text is none; nil when there is none. Paths are made on the
// way back: nearly every message is flawless.
func walk(m protoreflect.Message, depth int) *flaw {
	if depth > maxDepth {
		return &flaw{fault: func(at string) *fault.Error {
			return fault.New(fault.Invalid, "REQUEST_INVALID", "messages nest deeper than %d", maxDepth).At(at)
		}}
	}
	if raw := m.GetUnknown(); len(raw) > 0 {
		number, _, _ := protowire.ConsumeTag(raw)
		return &flaw{fault: func(at string) *fault.Error {
			return fault.New(fault.Invalid, "FIELD_NUMBER_UNKNOWN", "%s has no field number %d here: the caller's contract is newer than this server's, or the field is a mistake",
				m.Descriptor().FullName(), number).At(at).With("number", fmt.Sprint(number))
		}}
	}
	var found *flaw
	m.Range(func(fd protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		name := string(fd.Name())
		switch {
		case fd.IsMap():
			if plainFacts(m, fd.Name()) {
				return true
			}
			v.Map().Range(func(k protoreflect.MapKey, mv protoreflect.Value) bool {
				if found = text(k.Value()); found == nil {
					found = single(mv, fd.MapValue(), depth)
				}
				if found != nil {
					found.within(fmt.Sprintf("%s[%q]", name, fault.Clip(k.String(), maxKeyBytes)))
				}
				return found == nil
			})
		case fd.IsList():
			for i := 0; i < v.List().Len() && found == nil; i++ {
				if found = single(v.List().Get(i), fd, depth); found != nil {
					found.within(fmt.Sprintf("%s[%d]", name, i))
				}
			}
		default:
			found = single(v, fd, depth).within(name)
		}
		return found == nil
	})
	return found
}

// exceptPlainFacts has protovalidate look at everything but plain facts.
var exceptPlainFacts = protovalidate.WithFilter(protovalidate.FilterFunc(func(m protoreflect.Message, d protoreflect.Descriptor) bool { return !plainFacts(m, d.Name()) }))

// maxPlain is how many facts every map of them may hold.
const maxPlain = 10

// plainFacts reports whether a field of m holds flawless facts about a complaint: a few codes, numbers and flags, as nearly always. They are most of
// what most messages hold, and to walk through them and hold each against its rules takes thirty times as long.
func plainFacts(m protoreflect.Message, field protoreflect.Name) bool {
	if field != "fields" {
		return false
	}
	h, ok := m.Interface().(interface {
		GetFields() map[string]*typev1.Value
	})
	if !ok || len(h.GetFields()) > maxPlain {
		return false
	}
	for key, v := range h.GetFields() {
		if len(key) > 200 || len(v.ProtoReflect().GetUnknown()) > 0 || !plainText(key) {
			return false
		}
		switch k := v.GetKind().(type) {
		case *typev1.Value_Code:
			if k.Code == "" || len(k.Code) > 200 || !plainText(k.Code) {
				return false
			}
		case *typev1.Value_Number:
			if math.IsNaN(k.Number) || math.IsInf(k.Number, 0) {
				return false
			}
		case *typev1.Value_Flag:
		default:
			return false
		}
	}
	return true
}

// single looks at one value of a field.
func single(v protoreflect.Value, fd protoreflect.FieldDescriptor, depth int) *flaw {
	if fd.Message() != nil {
		return walk(v.Message(), depth+1)
	}
	return text(v)
}

// text finds what no text may hold.
func text(v protoreflect.Value) *flaw {
	s, ok := v.Interface().(string)
	if !ok || plainText(s) {
		return nil
	}
	return &flaw{fault: func(at string) *fault.Error {
		if !utf8.ValidString(s) {
			return fault.New(fault.Invalid, "REQUEST_INVALID", "%s holds text that is not UTF-8; send it in UTF-8", at).At(at)
		}
		return fault.New(fault.Invalid, "REQUEST_INVALID", "%s holds a NUL character; leave it out", at).At(at)
	}}
}

// plainText reports whether s is UTF-8, which package wire does not look for, without a NUL.
func plainText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }
