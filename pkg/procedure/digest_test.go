package procedure_test

import (
	"testing"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"redress.dev/pkg/procedure"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// The digest of an edition is its identity for ever: a change of this value would orphan every complaint.
func TestDigestIsKept(t *testing.T) {
	t.Parallel()
	in := &procedurev1.Procedure{
		Code: "a", Edition: "1", Name: &procedurev1.Label{Zh: "甲"},
		Clocks: []*procedurev1.ClockPolicy{{Key: "k", Soft: true, Limit: &procedurev1.Limit{Length: &procedurev1.Limit_Hours{Hours: 1.5}}}},
		Visits: []*procedurev1.VisitPlan{{Key: "v", MaxAttempts: 3, Satisfied: procedurev1.VisitConsequence_VISIT_CONSEQUENCE_CLOSE}},
	}
	const want = "e12a6788600905781903fa1fe4ca16c084123ab91f56dc723c87d1227247d248"
	if got := procedure.Digest(in); got != want {
		t.Errorf("digest %s, want %s", got, want)
	}
}

func TestDigestNamesTheContent(t *testing.T) {
	t.Parallel()
	in, err := procedure.Parse([]byte(base))
	if err != nil {
		t.Fatal(err)
	}
	data, err := proto.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	again := &procedurev1.Procedure{}
	if err := proto.Unmarshal(data, again); err != nil {
		t.Fatal(err)
	}
	if procedure.Digest(in) != procedure.Digest(again) {
		t.Error("the same content, sent and received, has another digest")
	}
	again.Clocks[0].Soft = !again.Clocks[0].Soft
	if procedure.Digest(in) == procedure.Digest(again) {
		t.Error("other content has the same digest")
	}
}

// Every kind of field that the language has can be written: Digest would panic on another.
func TestDigestWritesEveryKind(t *testing.T) {
	t.Parallel()
	full := &procedurev1.Procedure{}
	fill(full.ProtoReflect(), 6)
	if procedure.Digest(full) == procedure.Digest(&procedurev1.Procedure{}) {
		t.Error("a full procedure has the digest of an empty one")
	}
	if _, err := procedure.Compile(full); err == nil {
		t.Error("a procedure of nonsense compiles")
	}
}

// fill sets every field of m, to a depth.
func fill(m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		value := func() protoreflect.Value {
			switch fd.Kind() {
			case protoreflect.StringKind:
				return protoreflect.ValueOfString("x")
			case protoreflect.BoolKind:
				return protoreflect.ValueOfBool(true)
			case protoreflect.EnumKind:
				return protoreflect.ValueOfEnum(1)
			case protoreflect.Int32Kind:
				return protoreflect.ValueOfInt32(1)
			case protoreflect.DoubleKind:
				return protoreflect.ValueOfFloat64(0.5)
			}
			return protoreflect.Value{}
		}
		switch {
		case fd.Message() != nil && depth == 0:
		case fd.Message() != nil && fd.IsList():
			fill(m.Mutable(fd).List().AppendMutable().Message(), depth-1)
		case fd.Message() != nil:
			fill(m.Mutable(fd).Message(), depth-1)
		case fd.IsList():
			m.Mutable(fd).List().Append(value())
		default:
			m.Set(fd, value())
		}
	}
}

// A field from a newer Redress is part of the identity, and an older one refuses the edition rather than run half of it.
func TestUnknownFieldsAreRefused(t *testing.T) {
	t.Parallel()
	in, err := procedure.Parse([]byte(base))
	if err != nil {
		t.Fatal(err)
	}
	before := procedure.Digest(in)
	in.Clocks[0].ProtoReflect().SetUnknown(protoreflect.RawFields{0xd8, 0x3e, 1}) // field 1003, varint 1
	if procedure.Digest(in) == before {
		t.Error("an unknown field is not part of the digest")
	}
	_, err = procedure.Compile(in)
	wantFinding(t, err, "", "newer one")
}
