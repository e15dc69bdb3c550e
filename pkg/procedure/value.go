package procedure

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
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

// MarshalJSONTo writes for example {"code":"web"}: one member, named after the kind, as protojson writes the contract's message. It fails on the
// zero Value.
func (v Value) MarshalJSONTo(enc *jsontext.Encoder) error {
	text, err := v.appendJSON(enc.AvailableBuffer())
	if err != nil {
		return err
	}
	return enc.WriteValue(text)
}

func (v Value) appendJSON(dst []byte) (_ []byte, err error) {
	switch v.Kind {
	case KindCode:
		dst, err = jsontext.AppendQuote(append(dst, `{"code":`...), v.Code)
	case KindNumber:
		if math.IsInf(v.Number, 0) || math.IsNaN(v.Number) {
			return dst, fmt.Errorf("%v has no JSON form", v.Number)
		}
		dst = strconv.AppendFloat(append(dst, `{"number":`...), v.Number, 'g', -1, 64)
	case KindFlag:
		dst = strconv.AppendBool(append(dst, `{"flag":`...), v.Flag)
	case KindTime:
		dst, err = v.Time.AppendText(append(dst, `{"time":"`...))
		dst = append(dst, '"')
	default:
		return dst, fmt.Errorf("a value of %v has no JSON form", v.Kind)
	}
	return append(dst, '}'), err
}

// Values are values by key. JSON writes them in one go, in no order.
type Values map[string]Value

// MarshalJSONTo writes null for nil.
func (v Values) MarshalJSONTo(enc *jsontext.Encoder) error {
	if v == nil {
		return enc.WriteToken(jsontext.Null)
	}
	text, err := v.appendJSON(enc.AvailableBuffer())
	if err != nil {
		return err
	}
	return enc.WriteValue(text)
}

func (v Values) appendJSON(dst []byte) (_ []byte, err error) {
	dst = append(dst, '{')
	first := true
	for key, value := range v {
		if !first {
			dst = append(dst, ',')
		}
		first = false
		if dst, err = jsontext.AppendQuote(dst, key); err != nil {
			return dst, fmt.Errorf("%q: %w", key, err)
		}
		if dst, err = value.appendJSON(append(dst, ':')); err != nil {
			return dst, fmt.Errorf("%s: %w", key, err)
		}
	}
	return append(dst, '}'), nil
}

// MarshalValues writes what values are in JSON. Nil gives nil.
func MarshalValues(values Values) ([]byte, error) {
	if values == nil {
		return nil, nil
	}
	return values.appendJSON(nil)
}

// UnmarshalJSONFrom reads what MarshalJSONTo writes.
func (v *Value) UnmarshalJSONFrom(dec *jsontext.Decoder) error {
	begin, err := dec.ReadToken()
	if err != nil {
		return err
	}
	name, err := dec.ReadToken()
	if err != nil {
		return err
	}
	if begin.Kind() != '{' || name.Kind() != '"' {
		return errNoValue
	}
	switch name.String() {
	case "code":
		err = read(dec, Code, v)
	case "number":
		err = read(dec, Number, v)
	case "flag":
		err = read(dec, Flag, v)
	case "time":
		err = read(dec, Time, v)
	default:
		return errNoValue
	}
	if err != nil {
		return err
	}
	if end, err := dec.ReadToken(); err != nil || end.Kind() != '}' {
		return cmp.Or(err, errNoValue)
	}
	return nil
}

var errNoValue = errors.New("a value is an object of one member: code, number, flag or time")

// read reads what stands under the name of a kind, and makes a Value of it.
func read[T any](dec *jsontext.Decoder, of func(T) Value, v *Value) error {
	var plain T
	if err := json.UnmarshalDecode(dec, &plain); err != nil {
		return err
	}
	*v = of(plain)
	return nil
}
