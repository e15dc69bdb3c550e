package demo

import (
	"os"
	"slices"
	"strings"
	"testing"
)

const (
	shippedPlaybook   = "../../../../deploy/demo/replay.yaml"
	shippedProcedures = "../../../../deploy/procedures"
)

func TestPlaybookIsReadStrictly(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(shippedPlaybook)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, old, new, want string }{
		{"unknown key", "visit: ", "call: x\nvisit: ", "field call not found"},
		{"unknown column", "Tags: tags", "Tags: tags\n  Sub-tags: x", "field Sub-tags not found"},
		{"twice", "visit: ", "visit: x\nvisit: ", `"visit" already defined`},
		{"missing", "procedure: consumer-finance", "", "missing or empty: procedure"},
		{"missing in a group", "late: answered_late", "", "missing or empty: metrics.late"},
		{"missing column", "ZIP code: zip3", "", "missing or empty: fields.ZIP code"},
		{"empty", "answer: 15", "answer: ", "missing or empty: days.answer"},
		{"nothing at all", string(data), "", "procedure, complainant_kind, channel_if_empty, steps.answer, steps.final_answer, visit, response.field"},
		{"not a number", "answer: 15", "answer: soon", "`soon`"},
		{"no day before the limit", "answer: 15", "answer: 1", "days.answer is 1"},
		{"never late", "latest_answer: 40", "latest_answer: 15", "days.latest_answer is 15"},
		{"no day between", "final_answer: 60", "final_answer: 41", "days.final_answer is 41"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := parsePlaybook([]byte(strings.Replace(string(data), tt.old, tt.new, 1)))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}

func TestPlaybookMustFitItsProcedure(t *testing.T) {
	t.Parallel()
	packs, err := readPacks(shippedProcedures)
	if err != nil {
		t.Fatal(err)
	}
	shipped := shippedScript(t).book
	i := slices.IndexFunc(packs, func(p pack) bool { return p.compiled.Code == shipped.Procedure })
	if i < 0 {
		t.Fatalf("no procedure %s", shipped.Procedure)
	}
	tests := []struct {
		name   string
		change func(*playbook)
		want   string // in the error; "" for none
	}{
		{"as shipped", func(*playbook) {}, ""},
		{"step", func(b *playbook) { b.Steps.Answer = "x" }, "steps.answer: "},
		{"form", func(b *playbook) { b.Response.Field = "x" }, "response.field"},
		{"visit", func(b *playbook) { b.Visit = "x" }, "visit: "},
		{"field", func(b *playbook) { b.Fields.ZIP = "x" }, "fields.ZIP code: "},
		{"field twice", func(b *playbook) { b.Fields.Tags = b.Fields.State }, "fields.Tags: "},
		{"metric", func(b *playbook) { b.Metrics.InTime = "x" }, "metrics.in_time: "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := shipped
			tt.change(&b)
			err := b.fits(packs[i].compiled)
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q in it", err, tt.want)
			}
		})
	}
}
