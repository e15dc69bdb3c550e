package rpc_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"buf.build/go/protovalidate"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/timestamppb"

	_ "redress.dev/proto/gen/redress/followup/v1" // has facts, too
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	_ "redress.dev/proto/gen/redress/routing/v1"
	typev1 "redress.dev/proto/gen/redress/type/v1"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/rpc"
)

func TestFlawsOfFactsAreNamed(t *testing.T) {
	t.Parallel()
	code := func(c string) *typev1.Value { return &typev1.Value{Kind: &typev1.Value_Code{Code: c}} }
	newer := func(m proto.Message) {
		m.ProtoReflect().SetUnknown(protowire.AppendVarint(protowire.AppendTag(nil, 99, protowire.VarintType), 1))
	}
	strange := code("x")
	newer(strange)
	at := timestamppb.Now()
	newer(at)
	good := map[string]*typev1.Value{
		"a": code("网站"), "n": {Kind: &typev1.Value_Number{Number: 1}}, "f": {Kind: &typev1.Value_Flag{}}, "t": {Kind: &typev1.Value_Time{Time: timestamppb.Now()}},
	}
	for _, tc := range []struct {
		key   string
		value *typev1.Value
		want  string // in the error; empty for none
	}{
		{"b", code("x"), ""},
		{"b", code("x\x00"), `draft.fields["b"].code holds a NUL`},
		{"b\x00", code("x"), `draft.fields["b\x00"] holds a NUL`},
		{"b", code("x\xff"), `draft.fields["b"].code holds text that is not UTF-8`},
		{"b\xff", code("x"), `draft.fields["b\xff"] holds text that is not UTF-8`},
		{"b", strange, "redress.type.v1.Value has no field number 99"},
		{"b", &typev1.Value{Kind: &typev1.Value_Time{Time: at}}, "google.protobuf.Timestamp has no field number 99"},
		{"b", &typev1.Value{}, `draft.fields["b"].kind: exactly one field is required`},
		{"b", code(""), `draft.fields["b"].code`},
		{"b", code(strings.Repeat("x", 201)), `draft.fields["b"].code`},
	} {
		draft := &intakev1.ComplaintDraft{Procedure: "p", Channel: "web", Fields: map[string]*typev1.Value{tc.key: tc.value}}
		for key, v := range good {
			draft.Fields[key] = v
		}
		err := rpc.Check(&intakev1.IntakeItem{Sequence: 1, Draft: draft})
		switch {
		case tc.want == "" && err != nil:
			t.Errorf("%q: %v is refused: %v", tc.key, tc.value, err)
		case tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)):
			t.Errorf("%q: %v gives %v, want %s", tc.key, tc.value, err, tc.want)
		}
	}
}

// TestPlainFactsAreFlawless holds what is not looked at twice against every rule of every message of the contract that has facts.
// However long a caller's key or text is, the error that names it is short: it travels in headers, and is kept as an item's result.
func TestErrorsRepeatLittle(t *testing.T) {
	t.Parallel()
	for _, key := range []string{strings.Repeat("\x00", 60_000), strings.Repeat("\xff", 60_000), strings.Repeat("长", 20_000) + "\x00"} {
		for _, value := range []string{"x", "\x00", "\xff"} {
			err := rpc.Check(&intakev1.IntakeItem{Sequence: 1, Draft: &intakev1.ComplaintDraft{
				Procedure: "p", Channel: "web", PersonalFields: map[string]string{key: value, "k": value},
			}})
			if n := proto.Size(rpc.Status(err, "intake").Proto()); err == nil || n > 8<<10 || !utf8.ValidString(err.Error()) {
				t.Errorf("the error of key %.8q and value %q has %d bytes: %.100v", key, value, n, err)
			}
		}
	}
}

func TestPlainFactsAreFlawless(t *testing.T) {
	t.Parallel()
	var holders []protoreflect.MessageType
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		fd := mt.Descriptor().Fields().ByName("fields")
		if fd != nil && fd.IsMap() && fd.MapValue().Message() != nil && fd.MapValue().Message().FullName() == "redress.type.v1.Value" {
			holders = append(holders, mt)
		}
		return true
	})
	if len(holders) < 10 {
		t.Fatalf("only %d messages have facts", len(holders))
	}
	words := []string{"", "a", "\x00", "网站", strings.Repeat("x", 200), strings.Repeat("x", 201), strings.Repeat("网", 67)}
	values := []*typev1.Value{{}, {Kind: &typev1.Value_Flag{}}, {Kind: &typev1.Value_Flag{Flag: true}}, {Kind: &typev1.Value_Time{Time: timestamppb.Now()}}}
	for _, w := range words {
		values = append(values, &typev1.Value{Kind: &typev1.Value_Code{Code: w}})
	}
	for _, n := range []float64{0, -1.5, math.MaxFloat64, math.NaN(), math.Inf(1), math.Inf(-1)} {
		values = append(values, &typev1.Value{Kind: &typev1.Value_Number{Number: n}})
	}
	for _, mt := range holders {
		for _, others := range []int{0, 10, 100, 200} {
			for _, key := range words {
				if others > 10 && key != "a" { // they show how many are too many
					continue
				}
				for _, v := range values {
					m := mt.New()
					facts := m.Mutable(m.Descriptor().Fields().ByName("fields")).Map()
					for i := range others {
						facts.Set(protoreflect.ValueOfString(fmt.Sprint(i)).MapKey(), protoreflect.ValueOfMessage(values[1].ProtoReflect()))
					}
					facts.Set(protoreflect.ValueOfString(key).MapKey(), protoreflect.ValueOfMessage(v.ProtoReflect()))
					holdAgainstRules(t, m.Interface(), strings.Contains(key+v.GetCode(), "\x00"))
				}
			}
		}
	}
}

// holdAgainstRules tells what Check lets pass that protovalidate does not, or though it holds a NUL.
func holdAgainstRules(t *testing.T, m proto.Message, nul bool) {
	t.Helper()
	var f *fault.Error
	if err := rpc.Check(m); err != nil && !errors.As(err, &f) {
		t.Fatal(err)
	}
	var broken *protovalidate.ValidationError
	switch {
	case nul:
		if f == nil || !strings.Contains(f.Detail, "NUL") {
			t.Errorf("%T: a NUL gives %v", m, f)
		}
	case errors.As(protovalidate.Validate(m), &broken):
		for _, v := range broken.Violations[:min(len(broken.Violations), 20)] {
			path := protovalidate.FieldPathString(v.Proto.GetField())
			if f == nil || !slices.ContainsFunc(f.Violations, func(v fault.Violation) bool { return v.Field == path }) {
				t.Errorf("%T: %s is not refused: %v", m, path, f)
			}
		}
	}
}
