package wire_test

import (
	"math"
	"slices"
	"testing"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"pgregory.net/rapid"

	_ "redress.dev/proto/gen/redress/events/v1" // the hot messages
	_ "redress.dev/proto/gen/redress/followup/v1"
	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	_ "redress.dev/proto/gen/redress/routing/v1"
	_ "redress.dev/proto/gen/redress/slatimer/v1"

	"redress.dev/pkg/wire"
)

// TestHotMessagesAreProtobuf holds the hot messages' own code against protobuf's, both ways.
func TestHotMessagesAreProtobuf(t *testing.T) {
	t.Parallel()
	hot := 0
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		if _, ok := mt.New().Interface().(wire.Hot); !ok {
			return true
		}
		hot++
		t.Run(string(mt.Descriptor().FullName()), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) {
				m := draw(t, mt, 0).Interface()
				data, err := wire.Marshal(m)
				if err != nil {
					t.Fatal(err)
				}
				if n := wire.Size(m); n != len(data) {
					t.Errorf("%v: size %d, and %d bytes are written", m, n, len(data))
				}
				back := mt.New().Interface()
				if err := proto.Unmarshal(data, back); err != nil || !proto.Equal(m, back) {
					t.Errorf("%v: protobuf reads %v, %v", m, back, err)
				}
				if data, err = proto.Marshal(m); err != nil {
					t.Fatal(err)
				}
				back = draw(t, mt, 0).Interface() // what it held before is gone
				if err := wire.Unmarshal(data, back); err != nil || !proto.Equal(m, back) {
					t.Errorf("%v is read as %v, %v", m, back, err)
				}
				// What is cut off somewhere, or garbled, is an error or another message, as with protobuf, and nothing worse.
				if len(data) > 0 {
					at := rapid.IntRange(0, len(data)-1).Draw(t, "at")
					_ = wire.Unmarshal(data[:at], back)
					data[at] ^= rapid.Byte().Draw(t, "garble")
					_ = wire.Unmarshal(data, back)
				}
			})
		})
		return true
	})
	if hot < 50 {
		t.Errorf("only %d messages are hot", hot)
	}
}

// TestHotMessagesDoNotNestDeep: their own code calls itself for a message in a message, as often as the sender likes.
func TestHotMessagesDoNotNestDeep(t *testing.T) {
	t.Parallel()
	var within func(md protoreflect.MessageDescriptor, holders []protoreflect.FullName)
	within = func(md protoreflect.MessageDescriptor, holders []protoreflect.FullName) {
		if slices.Contains(holders, md.FullName()) {
			t.Errorf("%s can hold another", md.FullName())
			return
		}
		for i := range md.Fields().Len() {
			if in := md.Fields().Get(i).Message(); in != nil {
				within(in, append(slices.Clone(holders), md.FullName()))
			}
		}
	}
	protoregistry.GlobalTypes.RangeMessages(func(mt protoreflect.MessageType) bool {
		if _, ok := mt.New().Interface().(wire.Hot); ok {
			within(mt.Descriptor(), nil)
		}
		return true
	})
}

// draw returns a message with some of its fields set.
func draw(t *rapid.T, mt protoreflect.MessageType, depth int) protoreflect.Message {
	m := mt.New()
	fields := mt.Descriptor().Fields()
	for i := range fields.Len() {
		fd := fields.Get(i)
		if depth > 3 || !rapid.Bool().Draw(t, "has "+string(fd.Name())) {
			continue
		}
		switch {
		case fd.IsMap():
			key := drawValue(t, fd.MapKey(), nil, depth).MapKey()
			m.Mutable(fd).Map().Set(key, drawValue(t, fd.MapValue(), m.Mutable(fd).Map().NewValue, depth))
		case fd.IsList():
			for range rapid.IntRange(1, 3).Draw(t, "n") {
				m.Mutable(fd).List().Append(drawValue(t, fd, m.Mutable(fd).List().NewElement, depth))
			}
		default:
			m.Set(fd, drawValue(t, fd, func() protoreflect.Value { return m.NewField(fd) }, depth))
		}
	}
	if depth == 0 && rapid.Bool().Draw(t, "newer") {
		m.SetUnknown(protowire.AppendString(protowire.AppendTag(nil, 1<<20, protowire.BytesType), "x"))
	}
	return m
}

func drawValue(t *rapid.T, fd protoreflect.FieldDescriptor, empty func() protoreflect.Value, depth int) protoreflect.Value {
	switch fd.Kind() {
	case protoreflect.MessageKind:
		return protoreflect.ValueOfMessage(draw(t, empty().Message().Type(), depth+1))
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(rapid.Int32().Draw(t, "enum")))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(rapid.Bool().Draw(t, "bool"))
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(rapid.String().Draw(t, "string"))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(rapid.SliceOf(rapid.Byte()).Draw(t, "bytes"))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(rapid.Int32().Draw(t, "int32"))
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(rapid.Int64().Draw(t, "int64"))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(rapid.Uint32().Draw(t, "uint32"))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(rapid.Uint64().Draw(t, "uint64"))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(rapid.SampledFrom([]float64{0, 1.5, -2, math.MaxFloat64, math.Inf(1)}).Draw(t, "double"))
	default:
		t.Fatalf("%s: the test knows no %v", fd.FullName(), fd.Kind())
		return protoreflect.Value{}
	}
}

// TestColdMessages: what has no code of its own goes the common way.
func TestColdMessages(t *testing.T) {
	t.Parallel()
	m := &intakev1.GetUploadRequest{UploadId: "x"}
	if _, ok := any(m).(wire.Hot); ok {
		t.Fatal("it is hot")
	}
	data, err := wire.Marshal(m)
	if err != nil || wire.Size(m) != len(data) {
		t.Fatal(err, len(data))
	}
	back := &intakev1.GetUploadRequest{UploadId: "y"}
	if err := wire.Unmarshal(data, back); err != nil || !proto.Equal(m, back) {
		t.Errorf("it is read as %v, %v", back, err)
	}
}
