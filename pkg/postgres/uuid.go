package postgres

import (
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgtype"
)

// uuidsInBinary has pgx send strings, alone or in arrays, as the 16 bytes that Postgres takes for a uuid. It knows them in text only: an array of
// them it first tries in binary, describes at length how that failed, and writes and has read anew as text.
func uuidsInBinary(m *pgtype.Map) {
	m.TryWrapEncodePlanFuncs = append([]pgtype.TryWrapEncodePlanFunc{wrapUUID}, m.TryWrapEncodePlanFuncs...)
}

func wrapUUID(value any) (plan pgtype.WrappedEncodePlanNextSetter, next any, ok bool) {
	s, ok := value.(string)
	return &uuidPlan{}, uuidText(s), ok
}

// uuidPlan encodes a string as a uuid.
type uuidPlan struct{ next pgtype.EncodePlan }

// SetNext implements pgtype.WrappedEncodePlanNextSetter.
func (p *uuidPlan) SetNext(next pgtype.EncodePlan) { p.next = next }

// Encode implements pgtype.EncodePlan.
func (p *uuidPlan) Encode(value any, buf []byte) ([]byte, error) {
	return p.next.Encode(uuidText(value.(string)), buf)
}

// uuidText is a uuid as its 36 characters.
type uuidText string

// UUIDValue implements pgtype.UUIDValuer. Of what is no uuid, which pgx then sends as text, Postgres says so.
func (t uuidText) UUIDValue() (pgtype.UUID, error) {
	id, err := uuid.Parse(string(t))
	return pgtype.UUID{Bytes: id, Valid: err == nil}, err
}

// SkipUnderlyingTypePlan keeps pgx from taking it for a string again.
func (uuidText) SkipUnderlyingTypePlan() {}
