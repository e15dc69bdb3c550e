package procedure_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/fault"
	"redress.dev/pkg/procedure"
)

func TestFieldCheck(t *testing.T) {
	t.Parallel()
	p := buildBase(t)
	work, _ := p.Flows[0].Step("work")
	for _, c := range []struct {
		name  string
		field string
		value procedure.Value
		ok    bool
	}{
		{"a code of the vocabulary", "kind", procedure.Code("low"), true},
		{"a code of none", "kind", procedure.Code("lowest"), false},
		{"another kind", "kind", procedure.Number(1), false},
		{"no value", "kind", procedure.Value{}, false},
		{"a number", "people", procedure.Number(3), true},
		{"no number", "people", procedure.Number(math.NaN()), false},
		{"no end of a number", "people", procedure.Number(math.Inf(1)), false},
		{"a flag", "urgent", procedure.Flag(false), true},
		{"a time", "happened", procedure.Time(time.Unix(0, 0)), true},
		{"a time before all", "happened", procedure.Time(time.Time{}), false},
		{"a telephone number as a code", "phone", procedure.Code("138"), false},
	} {
		f, ok := p.Field(c.field)
		if !ok {
			t.Fatalf("no field %s", c.field)
		}
		err := f.Check(c.value)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.name, err)
		}
		if err == nil {
			continue
		}
		var f2 *fault.Error
		if !errors.As(err, &f2) || f2.Reason != "FIELD_INVALID" || f2.Meta["field"] != "fields."+c.field {
			t.Errorf("%s: the fault is %+v", c.name, f2)
		}
	}
	long := procedure.Code(strings.Repeat("x", 201))
	if err := (procedure.Field{Key: "token", Kind: procedure.KindCode}).Check(long); fault.ReasonOf(err) != "FIELD_INVALID" {
		t.Errorf("a code of 201 bytes: %v", err)
	}
	if len(work.Form) != 2 || !work.Form[0].Required {
		t.Errorf("the form is %+v", work.Form)
	}
}

func TestCheckForm(t *testing.T) {
	t.Parallel()
	p := buildBase(t)
	type given = map[string]procedure.Value
	for _, c := range []struct {
		name, reason, field string
		given               given
	}{
		{"complete", "", "", given{"kind": procedure.Code("low")}},
		{"unknown", "FIELD_UNKNOWN", "fields.colour", given{"kind": procedure.Code("low"), "colour": procedure.Code("red")}},
		{"invalid", "FIELD_INVALID", "fields.kind", given{"kind": procedure.Code("red")}},
		{"missing", "FIELD_REQUIRED", "fields.kind", given{"people": procedure.Number(1)}},
	} {
		err := procedure.CheckForm(p.Fields, c.given)
		if got := fault.ReasonOf(err); got != c.reason {
			t.Errorf("%s: %v", c.name, err)
		}
		var f *fault.Error
		if errors.As(err, &f) && f.Meta["field"] != c.field {
			t.Errorf("%s: the fault is at %s, want %s", c.name, f.Meta["field"], c.field)
		}
	}
	missing := procedure.Missing(p.Fields, func(key string) bool { return key == "email" })
	if diff := cmp.Diff(1, len(missing)); diff != "" || missing[0].Key != "kind" {
		t.Errorf("an e-mail address stands in for the telephone number, but missing are %v", missing)
	}
}
