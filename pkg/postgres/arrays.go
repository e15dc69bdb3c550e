package postgres

import (
	"encoding/binary"
	"reflect"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// written are the slices that are written in one go.
var written = map[slice]pgtype.EncodePlan{
	of[string](pgtype.TextArrayOID):            arrayPlan[string]{pgtype.TextOID, 24, appendText},
	of[string](pgtype.UUIDArrayOID):            arrayPlan[string]{pgtype.UUIDOID, 16, appendUUIDText},
	of[uuid.UUID](pgtype.UUIDArrayOID):         arrayPlan[uuid.UUID]{pgtype.UUIDOID, 16, appendUUID},
	of[pgtype.UUID](pgtype.UUIDArrayOID):       arrayPlan[pgtype.UUID]{pgtype.UUIDOID, 16, appendOptionalUUID},
	of[[]byte](pgtype.ByteaArrayOID):           arrayPlan[[]byte]{pgtype.ByteaOID, 128, appendBytes},
	of[bool](pgtype.BoolArrayOID):              arrayPlan[bool]{pgtype.BoolOID, 1, appendBool},
	of[int16](pgtype.Int2ArrayOID):             arrayPlan[int16]{pgtype.Int2OID, 2, appendInt2},
	of[int32](pgtype.Int4ArrayOID):             arrayPlan[int32]{pgtype.Int4OID, 4, appendInt4},
	of[int64](pgtype.Int8ArrayOID):             arrayPlan[int64]{pgtype.Int8OID, 8, appendInt8},
	of[time.Time](pgtype.TimestamptzArrayOID):  arrayPlan[time.Time]{pgtype.TimestamptzOID, 8, appendTime},
	of[*time.Time](pgtype.TimestamptzArrayOID): arrayPlan[*time.Time]{pgtype.TimestamptzOID, 8, appendOptionalTime},
}

// slice is a type of slices that is written as a type of arrays.
type slice struct {
	array    uint32
	elements reflect.Type
}

func of[E any](array uint32) slice { return slice{array, reflect.TypeFor[E]()} }

// arrays has pgx write the slices that statements for many rows take in one go. By itself it writes them value by value, each in an interface and by
// a plan that it looks up, which was most of what such a statement cost Go. What is written is the same; any other slice goes pgx's way.
//
// Statements unnest the arrays of a row's columns in the select list (SELECT unnest($1::text[]), unnest($2::uuid[])), which are of one length: a
// function in FROM has Postgres store each column of each row and read it again.
func arrays(m *pgtype.Map) {
	for s := range written {
		t, _ := m.TypeForOID(s.array) // pgx knows each
		if codec, ok := t.Codec.(*pgtype.ArrayCodec); ok {
			m.RegisterType(&pgtype.Type{Name: t.Name, OID: t.OID, Codec: arrayCodec{codec}})
		}
	}
}

type arrayCodec struct{ *pgtype.ArrayCodec }

// PlanEncode implements pgtype.Codec.
func (c arrayCodec) PlanEncode(m *pgtype.Map, oid uint32, format int16, value any) pgtype.EncodePlan {
	if t := reflect.TypeOf(value); format == pgtype.BinaryFormatCode && t != nil && t.Kind() == reflect.Slice && t.Name() == "" {
		if plan, ok := written[slice{oid, t.Elem()}]; ok {
			return plan
		}
	}
	return c.ArrayCodec.PlanEncode(m, oid, format, value)
}

// arrayPlan writes a slice of E in Postgres' binary form of an array.
type arrayPlan[E any] struct {
	element uint32 // the type of its elements
	room    int    // about as many bytes as one of them takes
	// write appends one of them to what it is given, which is not empty; nil is NULL.
	write func([]byte, E) ([]byte, error)
}

// Encode implements pgtype.EncodePlan.
func (p arrayPlan[E]) Encode(value any, buf []byte) ([]byte, error) {
	values := value.([]E)
	if values == nil {
		return nil, nil // NULL
	}
	big := binary.BigEndian
	buf = slices.Grow(buf, 20+(4+p.room)*len(values))
	buf = big.AppendUint32(buf, 1) // dimensions
	nulls := len(buf)
	buf = big.AppendUint32(buf, 0)
	buf = big.AppendUint32(buf, p.element)
	buf = big.AppendUint32(buf, uint32(len(values)))
	buf = big.AppendUint32(buf, 1) // the index of the first
	for _, e := range values {
		buf = append(buf, 0xff, 0xff, 0xff, 0xff) // the size of NULL
		with, err := p.write(buf, e)
		switch {
		case err != nil:
			return nil, err
		case with == nil:
			big.PutUint32(buf[nulls:], 1)
		default:
			big.PutUint32(with[len(buf)-4:], uint32(len(with)-len(buf)))
			buf = with
		}
	}
	return buf, nil
}

func appendText(buf []byte, s string) ([]byte, error) { return append(buf, s...), nil }

func appendBytes(buf, b []byte) ([]byte, error) {
	if b == nil {
		return nil, nil
	}
	return append(buf, b...), nil
}

func appendUUID(buf []byte, id uuid.UUID) ([]byte, error) { return append(buf, id[:]...), nil }

// appendUUIDText fails for what is no uuid, which pgx then sends as text, and Postgres says so.
func appendUUIDText(buf []byte, s string) ([]byte, error) {
	id, err := uuid.Parse(s)
	return append(buf, id[:]...), err
}

func appendOptionalUUID(buf []byte, id pgtype.UUID) ([]byte, error) {
	if !id.Valid {
		return nil, nil
	}
	return append(buf, id.Bytes[:]...), nil
}

func appendBool(buf []byte, b bool) ([]byte, error) {
	if b {
		return append(buf, 1), nil
	}
	return append(buf, 0), nil
}

func appendInt2(buf []byte, n int16) ([]byte, error) {
	return binary.BigEndian.AppendUint16(buf, uint16(n)), nil
}

func appendInt4(buf []byte, n int32) ([]byte, error) {
	return binary.BigEndian.AppendUint32(buf, uint32(n)), nil
}

func appendInt8(buf []byte, n int64) ([]byte, error) {
	return binary.BigEndian.AppendUint64(buf, uint64(n)), nil
}

// y2k is when Postgres' times begin, in microseconds of Unix'.
const y2k = 946_684_800_000_000

func appendTime(buf []byte, t time.Time) ([]byte, error) { return appendInt8(buf, t.UnixMicro()-y2k) }

func appendOptionalTime(buf []byte, t *time.Time) ([]byte, error) {
	if t == nil {
		return nil, nil
	}
	return appendTime(buf, *t)
}
