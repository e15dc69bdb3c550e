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
	p, err := build(changed(t, "form: [{key: cost, kind: FIELD_KIND_NUMBER, required: true}, {key: by, kind: FIELD_KIND_TIME}]", `form:
            - {key: cost, kind: FIELD_KIND_NUMBER, required: true, min: 2, max: 10, clause: X-85}
            - {key: by, kind: FIELD_KIND_TIME, required_when: answers.work.cost > 5 && fields.urgent && values.many, clause: X-2}`))
	if err != nil {
		t.Fatal(err)
	}
	work, _ := p.Flows[0].Step("work")
	type given = map[string]procedure.Value
	urgent := procedure.Facts{Fields: given{"urgent": procedure.Flag(true)}, Values: map[string]string{"many": "true"}}
	for _, c := range []struct {
		name  string
		facts procedure.Facts
		given given
		want  []string
	}{
		{"complete", procedure.Facts{}, given{"cost": procedure.Number(6)}, nil},
		{"the least and the greatest are taken", urgent, given{"cost": procedure.Number(2)}, nil},
		{"the greatest", urgent, given{"cost": procedure.Number(10), "by": procedure.Time(time.Unix(0, 0))}, nil},
		{"nothing", procedure.Facts{}, nil, []string{"FIELD_REQUIRED fields.cost X-85"}},
		{"required by what was answered with it", urgent, given{"cost": procedure.Number(6)}, []string{"FIELD_REQUIRED fields.by X-2"}},
		{"all at once", urgent, given{"cost": procedure.Number(10.5), "colour": procedure.Code("red")},
			[]string{"FIELD_UNKNOWN fields.colour ", "FIELD_INVALID fields.cost X-85", "FIELD_REQUIRED fields.by X-2"}},
		{"too little", urgent, given{"cost": procedure.Number(1.9)}, []string{"FIELD_INVALID fields.cost X-85"}},
	} {
		var got []string
		for _, f := range procedure.CheckForm(work.Form, c.facts.Complete("work", "", c.given), c.given) {
			got = append(got, f.Reason+" "+f.Meta["field"]+" "+f.Meta["clause"])
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
	if err := work.Form[0].Check(procedure.Number(11)); err == nil || !strings.Contains(err.Error(), "a number from 2 to 10") {
		t.Errorf("the refusal does not name the limits: %v", err)
	}
	if got := work.Form[1].Lacking("fields.by").Detail; !strings.Contains(got, "where answers.work.cost > 5") {
		t.Errorf("the refusal does not name the condition: %s", got)
	}
}

func TestAnAlternativeStandsInForARequiredField(t *testing.T) {
	t.Parallel()
	missing := procedure.Missing(buildBase(t).Fields, procedure.Facts{}, func(key string) bool { return key == "email" })
	if len(missing) != 1 || missing[0].Key != "kind" {
		t.Errorf("an e-mail address stands in for the telephone number, but missing are %v", missing)
	}
}
