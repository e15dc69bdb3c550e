package postgres

import (
	"github.com/go-json-experiment/json"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// documents has pgx write and read what stands in jsonb columns by the second version of Go's JSON, which takes half the time of the first to write
// and a third to read. Within a document nil maps and slices are null, so that they are nil again; omitempty leaves out null, "", [] and {}, and
// omitzero a zero. A nil map in place of a document is NULL.
func documents(conn *pgx.Conn) {
	nils := json.JoinOptions(json.FormatNilMapAsNull(true), json.FormatNilSliceAsNull(true))
	one := &pgtype.Type{Name: "jsonb", OID: pgtype.JSONBOID, Codec: &pgtype.JSONBCodec{
		Marshal:   func(v any) ([]byte, error) { return json.Marshal(v, nils) },
		Unmarshal: func(data []byte, v any) error { return json.Unmarshal(data, v) },
	}}
	m := conn.TypeMap()
	m.RegisterType(one)
	m.RegisterType(&pgtype.Type{Name: "_jsonb", OID: pgtype.JSONBArrayOID, Codec: &pgtype.ArrayCodec{ElementType: one}})
}
