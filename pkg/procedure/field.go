package procedure

import (
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"redress.dev/pkg/fault"
)

const (
	// maxCodeBytes is the length of a code.
	maxCodeBytes = 200
	// maxKeyBytes is how long keys are; what a caller sends may be longer, and is not repeated whole.
	maxKeyBytes = 63
)

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
	// Min and Max are the least and the greatest number that is taken; nil for no limit.
	Min, Max *float64

	vocabulary   *Vocabulary
	requiredWhen *expression // nil where required alone says it
}

// Needed reports whether the field is required, given the facts: always, or because of them. It fails where the procedure's expression
// does.
func (f Field) Needed(facts Facts) (bool, error) {
	if f.requiredWhen == nil {
		return f.Required, nil
	}
	return f.requiredWhen.holds(facts)
}

// Condition is where the field is required, as it is written; "" where it is so always or never.
func (f Field) Condition() string {
	if f.requiredWhen == nil {
		return ""
	}
	return f.requiredWhen.source
}

// Listed reports whether the field's codes are those of a vocabulary. Codes that are not, such as an order's number, may tell one matter
// from another.
func (f Field) Listed() bool { return f.vocabulary != nil }

// takes reports whether a number is within the field's limits.
func (f Field) takes(n float64) bool {
	return (f.Min == nil || n >= *f.Min) && (f.Max == nil || n <= *f.Max)
}

// limits says which numbers are taken, for a message.
func (f Field) limits() string {
	switch {
	case f.Min == nil:
		return fmt.Sprintf("a number of at most %v", *f.Max)
	case f.Max == nil:
		return fmt.Sprintf("a number of at least %v", *f.Min)
	}
	return fmt.Sprintf("a number from %v to %v", *f.Min, *f.Max)
}

// Vocabulary returns the code list of the field, or nil where any short token will do.
func (f Field) Vocabulary() *Vocabulary { return f.vocabulary }

// Check reports as a fault (FIELD_INVALID, at "fields.<key>") that v is not a fact of this field: wrong kind, or a code that its
// vocabulary does not have, or a number out of its limits.
func (f Field) Check(v Value) error {
	switch {
	case f.Kind.Personal():
		return f.invalid("is of kind %v: it goes among the personal fields, as text", f.Kind)
	case v.Kind != f.Kind:
		return f.invalid("wants a %v, not a %v", f.Kind, v.Kind)
	case v.Kind == KindNumber && (math.IsNaN(v.Number) || math.IsInf(v.Number, 0)):
		return f.invalid("wants a finite number")
	case v.Kind == KindNumber && !f.takes(v.Number):
		return f.invalid("(%s) wants %s", f.Name, f.limits())
	case v.Kind == KindTime && (v.Time.Year() < 1970 || !v.Time.Before(time.Date(2200, 1, 1, 0, 0, 0, 0, time.UTC))):
		return f.invalid("wants a time from 1970 to 2199")
	case v.Kind == KindCode && (v.Code == "" || len(v.Code) > maxCodeBytes):
		return f.invalid("wants a code of 1 to %d bytes", maxCodeBytes)
	case v.Kind == KindCode && f.vocabulary != nil && !f.vocabulary.Has(v.Code):
		return f.invalid("has no such code; it has %s", f.vocabulary.Some())
	}
	return nil
}

// invalid is the fault of a value that the field does not take. The detail does not repeat it: what was entered in the wrong field
// may be personal.
func (f Field) invalid(format string, args ...any) error {
	path := "fields." + f.Key
	return f.clausal(fault.New(fault.Invalid, "FIELD_INVALID", path+" "+format, args...).At(path))
}

// clausal names the requirement that asks for the field, where there is one.
func (f Field) clausal(e *fault.Error) *fault.Error {
	if f.Clause == "" {
		return e
	}
	return e.With("clause", f.Clause)
}

// CheckForm holds what was recorded against what a form asks for. It returns everything that is wrong, as faults with the reasons
// FIELD_UNKNOWN and FIELD_INVALID by key, then FIELD_REQUIRED in the order of the form. facts are the complaint's, with what was recorded
// among them. A form has no fields of personal kinds.
func CheckForm(form []Field, facts Facts, given map[string]Value) []*fault.Error {
	var wrong []*fault.Error
	for _, key := range slices.Sorted(maps.Keys(given)) { // the same request gets the same answer
		f, ok := find(form, key, func(f Field) string { return f.Key })
		if !ok {
			path := "fields." + strings.ToValidUTF8(key[:min(len(key), maxKeyBytes)], "")
			wrong = append(wrong, fault.New(fault.Invalid, "FIELD_UNKNOWN", "nothing asks for %s; asked for are: %s", path, keysOf(form)).At(path))
			continue
		}
		var invalid *fault.Error
		if errors.As(f.Check(given[key]), &invalid) {
			wrong = append(wrong, invalid)
		}
	}
	// A field that was given wrongly is not missing as well.
	for _, f := range Missing(form, facts, func(key string) bool { _, ok := given[key]; return ok }) {
		wrong = append(wrong, f.Lacking("fields."+f.Key))
	}
	return wrong
}

// Lacking is the fault FIELD_REQUIRED of a request that does not give the field at path.
func (f Field) Lacking(path string) *fault.Error {
	where := ""
	if f.Condition() != "" {
		where = " where " + f.Condition()
	}
	return f.clausal(fault.New(fault.Invalid, "FIELD_REQUIRED", "%s (%s) is required%s", path, f.Name, where).At(path))
}

// Missing returns the fields that are required, given the facts, and for which neither the field itself nor one of its alternatives is
// given. A field of which it cannot be worked out is taken to be required: nothing that the source asks for may get lost.
func Missing(fields []Field, facts Facts, given func(key string) bool) []Field {
	var missing []Field
	for _, f := range fields {
		if given(f.Key) || slices.ContainsFunc(f.Alternatives, given) {
			continue
		}
		if needed, err := f.Needed(facts); needed || err != nil {
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
		return "nothing"
	}
	return strings.Join(keys, ", ")
}
