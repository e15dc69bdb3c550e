package procedure_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"
)

func TestClassify(t *testing.T) {
	t.Parallel()
	p := buildBase(t)
	type fields = map[string]procedure.Value
	for _, c := range []struct {
		name   string
		fields fields
		want   map[string]string
	}{
		{"nothing known", nil, map[string]string{"many": "false", "handler": "clerk"}},
		{"one case of several", fields{"people": procedure.Number(1)}, map[string]string{"many": "false", "grade": "low", "handler": "clerk"}},
		{"any", fields{"urgent": procedure.Flag(true)}, map[string]string{"many": "true", "grade": "high", "handler": "boss"}},
		{"the highest, not the first or last", fields{"people": procedure.Number(1), "kind": procedure.Code("high")},
			map[string]string{"many": "false", "grade": "high", "handler": "boss"}},
	} {
		f := procedure.Facts{Round: 1, Fields: c.fields, Values: map[string]string{"grade": "stale"}}
		got, err := p.Classify(f)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// One compiled edition serves all goroutines.
func TestClassifyAtOnce(t *testing.T) {
	t.Parallel()
	p := buildBase(t)
	var wg sync.WaitGroup
	for n := range 8 {
		wg.Go(func() {
			want := "clerk"
			if n%2 == 0 {
				want = "boss"
			}
			for range 200 {
				got, err := p.Classify(procedure.Facts{Fields: map[string]procedure.Value{"urgent": procedure.Flag(n%2 == 0)}})
				if err != nil || got["handler"] != want {
					t.Errorf("handler %q, %v, want %s", got["handler"], err, want)
				}
			}
		})
	}
	wg.Wait()
}

// A value stays a code: rules cannot make a string grow from one to the next.
func TestClassifyKeepsValuesShort(t *testing.T) {
	t.Parallel()
	p, err := build(changed(t, "expression: fields.kind", "expression: "+strings.Repeat("fields.kind + ", 20)+"''"))
	if err == nil {
		_, err = p.Classify(procedure.Facts{Fields: map[string]procedure.Value{"kind": procedure.Code(strings.Repeat("x", 100))}})
	}
	if err == nil || !strings.Contains(err.Error(), "rules[grade].cases[2].expression") {
		t.Errorf("a value of 2,000 bytes: %v", err)
	}
}
