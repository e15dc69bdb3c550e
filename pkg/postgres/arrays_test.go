package postgres

import (
	"bytes"
	"fmt"
	"reflect"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// TestSlicesAreWrittenAsPgxWritesThem compares what is written in one go with what pgx writes value by value.
func TestSlicesAreWrittenAsPgxWritesThem(t *testing.T) {
	t.Parallel()
	id, now := uuid.New(), time.Date(2026, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("", 8*3600))
	old := time.Date(1899, 12, 31, 0, 0, 0, 1, time.UTC)
	tests := []struct {
		oid    uint32
		values []any
	}{
		{pgtype.TextArrayOID, []any{[]string(nil), []string{}, []string{""}, []string{"a", "", "投诉"}}},
		{pgtype.ByteaArrayOID, []any{[][]byte(nil), [][]byte{}, [][]byte{nil, {}, {0, 0xff}}, [][]byte{{1}}}},
		{pgtype.UUIDArrayOID, []any{
			[]string{}, []string{id.String(), uuid.Nil.String()}, []uuid.UUID{id, uuid.Nil}, []uuid.UUID(nil),
			[]pgtype.UUID{{}, {Bytes: id, Valid: true}}, []pgtype.UUID{{Bytes: id, Valid: true}},
		}},
		{pgtype.BoolArrayOID, []any{[]bool(nil), []bool{true, false}}},
		{pgtype.Int2ArrayOID, []any{[]int16{0, -1, 1, 32767, -32768}}},
		{pgtype.Int4ArrayOID, []any{[]int32{0, -1, 1, 2147483647, -2147483648}}},
		{pgtype.Int8ArrayOID, []any{[]int64{0, -1, 1, 1<<63 - 1, -1 << 63}}},
		{pgtype.TimestamptzArrayOID, []any{
			[]time.Time{}, []time.Time{now, old, {}, time.Unix(0, 1999)}, []*time.Time{nil, &now, &old}, []*time.Time{&now}, []*time.Time(nil),
		}},
	}
	ours, theirs := pgtype.NewMap(), pgtype.NewMap()
	uuidsInBinary(ours)
	uuidsInBinary(theirs)
	arrays(ours)
	for _, tt := range tests {
		for _, v := range tt.values {
			name := fmt.Sprintf("%T as %d", v, tt.oid)
			if _, ok := written[slice{tt.oid, reflect.TypeOf(v).Elem()}]; !ok {
				t.Errorf("%s is not written in one go", name)
			}
			before := []byte("before")
			got, err := ours.Encode(tt.oid, pgtype.BinaryFormatCode, v, bytes.Clone(before))
			want, wantErr := theirs.Encode(tt.oid, pgtype.BinaryFormatCode, v, bytes.Clone(before))
			if !bytes.Equal(got, want) || (got == nil) != (want == nil) || err != nil || wantErr != nil {
				t.Errorf("%s: %v is written as % x (%v), want % x (%v)", name, v, got, err, want, wantErr)
			}
		}
	}
}
