package procedure

import (
	"math"
	"slices"
	"strings"
	"time"

	"redress.dev/pkg/fault"
)

// maxCodeBytes is the length of a code.
const maxCodeBytes = 200

// Field is one fact that is asked for, at registration or when work is completed.
type Field struct {
	Key      string
	Name     Label
	Kind     Kind
	Required bool
	// Alternatives are the keys of fields any of which may stand in for a required one.
	Alternatives []string
	// Clause of the source that asks for it.
	Clause string

	vocabulary *Vocabulary
}

// Vocabulary returns the code list of the field, or nil where any short token will do.
func (f Field) Vocabulary() *Vocabulary { return f.vocabulary }

// Check reports as a fault (FIELD_INVALID, at "fields.<key>") that v is not a fact of this field: wrong kind, or a code that its
// vocabulary does not have.
func (f Field) Check(v Value) error {
	switch {
	case f.Kind.Personal():
		return f.invalid("is of kind %v: it goes among the personal fields, as text", f.Kind)
	case v.Kind != f.Kind:
		return f.invalid("wants a %v, not a %v", f.Kind, v.Kind)
	case v.Kind == KindNumber && (math.IsNaN(v.Number) || math.IsInf(v.Number, 0)):
		return f.invalid("wants a finite number")
	case v.Kind == KindTime && (v.Time.Year() < 1970 || !v.Time.Before(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))):
		return f.invalid("wants a time from 1970 to 2199")
	case v.Kind == KindCode && (v.Code == "" || len(v.Code) > maxCodeBytes):
		return f.invalid("wants a code of 1 to %d bytes", maxCodeBytes)
	case v.Kind == KindCode && f.vocabulary != nil && !f.vocabulary.Has(v.Code):
		return f.invalid("has no such code; it has %s", f.vocabulary.some())
	}
	return nil
}

// invalid is the fault of a value that the field does not take. The detail does not repeat it: what was entered in the wrong field
// may be personal.
func (f Field) invalid(format string, args ...any) error {
	path := "fields." + f.Key
	return fault.New(fault.Invalid, "FIELD_INVALID", path+" "+format, args...).At(path)
}

// CheckForm checks the coded and measured facts given for fields: it returns a fault with reason FIELD_UNKNOWN, FIELD_INVALID or
// FIELD_REQUIRED for the first that is wrong, by key. Required fields of personal kinds are not looked for: see Missing.
func CheckForm(fields []Field, given map[string]Value) error {
	keys := make([]string, 0, len(given))
	for key := range given {
		keys = append(keys, key)
	}
	slices.Sort(keys) // the same request gets the same answer
	for _, key := range keys {
		f, ok := find(fields, key, func(f Field) string { return f.Key })
		if !ok {
			path := "fields." + key
			return fault.New(fault.Invalid, "FIELD_UNKNOWN", "there is no field %s; there are %s", path, keysOf(fields)).At(path)
		}
		if err := f.Check(given[key]); err != nil {
			return err
		}
	}
	for _, f := range Missing(fields, func(key string) bool { _, ok := given[key]; return ok }) {
		if !f.Kind.Personal() {
			path := "fields." + f.Key
			return fault.New(fault.Invalid, "FIELD_REQUIRED", "%s (%s) is required", path, f.Name).At(path).With("clause", f.Clause)
		}
	}
	return nil
}

// Missing returns the required fields for which neither the field itself nor one of its alternatives is given.
func Missing(fields []Field, given func(key string) bool) []Field {
	var missing []Field
	for _, f := range fields {
		if f.Required && !given(f.Key) && !slices.ContainsFunc(f.Alternatives, given) {
			missing = append(missing, f)
		}
	}
	return missing
}

// keysOf lists the fields for a message.
func keysOf(fields []Field) string {
	keys := make([]string, len(fields))
	for i, f := range fields {
		keys[i] = f.Key
	}
	if len(keys) == 0 {
		return "none"
	}
	return strings.Join(keys, ", ")
}
