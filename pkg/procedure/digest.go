package procedure

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
)

// Digest returns the identity of an edition: lower-case hex SHA-256 of its canonical encoding.
//
// That encoding is protobuf's wire format with the fields of each message in the order of their numbers. It is written here and
// not left to proto.Marshal, which promises the same bytes within one build only, even when asked to be deterministic; an identity
// is kept for years. A field added to the language later leaves the digests of editions that do not use it as they are.
func Digest(p *procedurev1.Procedure) string {
	sum := sha256.Sum256(appendMessage(nil, p.ProtoReflect()))
	return hex.EncodeToString(sum[:])
}

// appendMessage writes the fields that are set. What this build does not know comes last, as it was received.
func appendMessage(b []byte, m protoreflect.Message) []byte {
	var set []protoreflect.FieldDescriptor
	m.Range(func(fd protoreflect.FieldDescriptor, _ protoreflect.Value) bool {
		set = append(set, fd)
		return true
	})
	slices.SortFunc(set, func(a, b protoreflect.FieldDescriptor) int { return cmp.Compare(a.Number(), b.Number()) })
	for _, fd := range set {
		v := m.Get(fd)
		if !fd.IsList() {
			b = appendField(b, fd, v)
			continue
		}
		for i := range v.List().Len() {
			b = appendField(b, fd, v.List().Get(i))
		}
	}
	return append(b, m.GetUnknown()...)
}

// appendField covers the kinds that the language uses; another one would be a change of the language, and of this function.
func appendField(b []byte, fd protoreflect.FieldDescriptor, v protoreflect.Value) []byte {
	varint := func(n uint64) []byte {
		return protowire.AppendVarint(protowire.AppendTag(b, fd.Number(), protowire.VarintType), n)
	}
	bytes := func(s []byte) []byte {
		return protowire.AppendBytes(protowire.AppendTag(b, fd.Number(), protowire.BytesType), s)
	}
	switch fd.Kind() {
	case protoreflect.MessageKind:
		return bytes(appendMessage(nil, v.Message()))
	case protoreflect.StringKind:
		return bytes([]byte(v.String()))
	case protoreflect.BoolKind:
		return varint(protowire.EncodeBool(v.Bool()))
	case protoreflect.EnumKind:
		return varint(uint64(v.Enum()))
	case protoreflect.Int32Kind:
		return varint(uint64(v.Int()))
	case protoreflect.DoubleKind:
		return protowire.AppendFixed64(protowire.AppendTag(b, fd.Number(), protowire.Fixed64Type), math.Float64bits(v.Float()))
	default:
		panic("procedure.Digest: the language has a field of a kind that it does not write: " + string(fd.FullName()))
	}
}
