package procedure

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	typev1 "redress.dev/proto/gen/redress/type/v1"
)

// Kind is the kind of a field. A Value has one of the first four; the others are personal data or free text and stay in intake.
type Kind int

// The kinds, in the order of the contract's FieldKind.
const (
	KindCode Kind = iota + 1
	KindNumber
	KindFlag
	KindTime
	KindText
	KindName
	KindPhone
	KindEmail
	KindAddress
)

// String returns the kind in one word, as messages to people use it.
func (k Kind) String() string {
	names := [...]string{"", "code", "number", "flag", "time", "text", "name", "phone", "email", "address"}
	if k < KindCode || int(k) >= len(names) {
		return fmt.Sprintf("kind %d", int(k))
	}
	return names[k]
}

// Personal reports whether facts of this kind are personal data or free text, which no expression sees.
func (k Kind) Personal() bool { return k >= KindText }

// Value is one coded or measured fact. Only the part that Kind names is set; the zero Value is no fact.
type Value struct {
	Kind   Kind
	Code   string
	Number float64
	Flag   bool
	Time   time.Time // UTC
}

// Code returns a code.
func Code(code string) Value { return Value{Kind: KindCode, Code: code} }

// Number returns a number; its unit is said by the procedure's field.
func Number(n float64) Value { return Value{Kind: KindNumber, Number: n} }

// Flag returns a yes or no.
func Flag(yes bool) Value { return Value{Kind: KindFlag, Flag: yes} }

// Time returns an instant.
func Time(t time.Time) Value { return Value{Kind: KindTime, Time: t.UTC()} }

// FromProto returns v as a plain value; nothing or an empty message gives the zero Value.
func FromProto(v *typev1.Value) Value {
	switch k := v.GetKind().(type) {
	case *typev1.Value_Code:
		return Code(k.Code)
	case *typev1.Value_Number:
		return Number(k.Number)
	case *typev1.Value_Flag:
		return Flag(k.Flag)
	case *typev1.Value_Time:
		return Time(k.Time.AsTime())
	}
	return Value{}
}

// ToProto returns v as the contract's message.
func ToProto(v Value) *typev1.Value {
	switch v.Kind {
	case KindCode:
		return &typev1.Value{Kind: &typev1.Value_Code{Code: v.Code}}
	case KindNumber:
		return &typev1.Value{Kind: &typev1.Value_Number{Number: v.Number}}
	case KindFlag:
		return &typev1.Value{Kind: &typev1.Value_Flag{Flag: v.Flag}}
	case KindTime:
		return &typev1.Value{Kind: &typev1.Value_Time{Time: timestamppb.New(v.Time)}}
	default:
		return &typev1.Value{}
	}
}

// FromProtos converts a map of the contract; nil gives nil.
func FromProtos(in map[string]*typev1.Value) map[string]Value {
	return convert(in, FromProto)
}

// ToProtos converts to a map of the contract; nil gives nil.
func ToProtos(in map[string]Value) map[string]*typev1.Value {
	return convert(in, ToProto)
}

// convert maps the values of a map.
func convert[A, B any](in map[string]A, one func(A) B) map[string]B {
	if in == nil {
		return nil
	}
	out := make(map[string]B, len(in))
	for k, v := range in {
		out[k] = one(v)
	}
	return out
}

// valueJSON is a Value in a jsonb column: one member, named after the kind, as protojson writes the contract's message.
type valueJSON struct {
	Code   *string    `json:"code,omitempty"`
	Number *float64   `json:"number,omitempty"`
	Flag   *bool      `json:"flag,omitempty"`
	Time   *time.Time `json:"time,omitempty"`
}

// jsonOf returns how v stands in JSON. It fails on the zero Value.
func jsonOf(v Value) (valueJSON, error) {
	switch v.Kind {
	case KindCode:
		return valueJSON{Code: &v.Code}, nil
	case KindNumber:
		return valueJSON{Number: &v.Number}, nil
	case KindFlag:
		return valueJSON{Flag: &v.Flag}, nil
	case KindTime:
		return valueJSON{Time: &v.Time}, nil
	default:
		return valueJSON{}, fmt.Errorf("a value of %v has no JSON form", v.Kind)
	}
}

// MarshalJSON writes for example {"code":"web"}. It fails on the zero Value.
func (v Value) MarshalJSON() ([]byte, error) {
	j, err := jsonOf(v)
	if err != nil {
		return nil, err
	}
	return json.Marshal(j)
}

// MarshalValues writes what json.Marshal would, in half the time: it asks no Value by itself. Nil gives nil.
func MarshalValues(values map[string]Value) ([]byte, error) {
	if values == nil {
		return nil, nil
	}
	plain := make(map[string]valueJSON, len(values))
	for k, v := range values {
		j, err := jsonOf(v)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", k, err)
		}
		plain[k] = j
	}
	return json.Marshal(plain)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Value) UnmarshalJSON(data []byte) error {
	var j valueJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	switch {
	case j.Code != nil:
		*v = Code(*j.Code)
	case j.Number != nil:
		*v = Number(*j.Number)
	case j.Flag != nil:
		*v = Flag(*j.Flag)
	case j.Time != nil:
		*v = Time(*j.Time)
	default:
		return errors.New("a value needs code, number, flag or time")
	}
	return nil
}
