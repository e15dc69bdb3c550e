package demo

import (
	"errors"
	"fmt"
	"strings"

	"redress.dev/pkg/procedure"
)

// fits fails unless p has everything that b names, and says at which keys it has not: otherwise nobody would act on the complaints,
// and the replay would end in figures that differ from the file's for no reason that can be seen.
func (b playbook) fits(p *procedure.Procedure) error {
	var wrong []error
	check := func(key, value string, has bool) {
		if !has {
			wrong = append(wrong, fmt.Errorf("%s: the procedure %s has no %q", key, p.Code, value))
		}
	}
	for key, step := range map[string]string{"steps.answer": b.Steps.Answer, "steps.final_answer": b.Steps.FinalAnswer} {
		if !hasStep(p, step, b.Response.Field) {
			wrong = append(wrong, fmt.Errorf("%s: the procedure %s has no step %q with a field %q, response.field", key, p.Code, step, b.Response.Field))
		}
	}
	_, has := p.Visit(b.Visit)
	check("visit", b.Visit, has)
	taken := map[string]string{} // column by field
	for _, f := range b.Fields.list() {
		_, has := p.Field(f.key)
		check("fields."+f.column, f.key, has)
		if other := taken[f.key]; other != "" {
			wrong = append(wrong, fmt.Errorf("fields.%s: %q is filled from %s already", f.column, f.key, other))
		}
		taken[f.key] = f.column
	}
	for i, key := range b.metrics() {
		_, has := p.Metric(key)
		check("metrics."+strings.ReplaceAll(countNames[i], " ", "_"), key, has)
	}
	return errors.Join(wrong...)
}

// hasStep reports whether a flow of p has the step, with the response's field in its form.
func hasStep(p *procedure.Procedure, step, field string) bool {
	for _, flow := range p.Flows {
		if s, ok := flow.Step(step); ok {
			for _, f := range s.Form {
				if f.Key == field {
					return true
				}
			}
		}
	}
	return false
}
