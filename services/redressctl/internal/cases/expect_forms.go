package cases

import (
	"context"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"
)

// completeForm is how an author writes that a form has no stage left.
const completeForm = "complete"

// papers checks the newest paper of each named form: {slip: {number: HF-202603-000001/CL-1, stage: fill_in, missing: [values.grade]}}, or
// none where nothing has begun one.
func (s *storyteller) papers(n *yaml.Node) []check {
	if n == nil {
		return nil
	}
	var out []check
	for key, value := range s.entries(n, "form", s.compiled.FormKeys()) {
		form, ok := s.compiled.Form(key.Value)
		if !ok {
			continue // found already
		}
		what := "form " + key.Value
		if value.Kind == yaml.ScalarNode && value.Value == nothing {
			out = append(out, equal(value, what, nothing, func(ctx context.Context, v *view) (string, error) {
				f, err := v.paper(ctx, key.Value)
				return paperWord(f, f.GetNumber()), err
			}))
			continue
		}
		m := s.mapping(value, "a form", "number", "stage", "missing")
		look := func(x *yaml.Node, name, want string, find func(*reportingv1.Form) string) {
			out = append(out, equal(x, what+", "+name, want, func(ctx context.Context, v *view) (string, error) {
				f, err := v.paper(ctx, key.Value)
				return paperWord(f, find(f)), err
			}))
		}
		if x := m["number"]; x != nil {
			look(x, "number", s.text(x), (*reportingv1.Form).GetNumber)
		}
		stages := []string{completeForm}
		for _, stage := range form.Stages {
			stages = append(stages, stage.Key)
		}
		if x := m["stage"]; x != nil && s.oneOf(x, "stage", stages) {
			look(x, "stage", x.Value, func(f *reportingv1.Form) string {
				if f.GetStage() == "" {
					return completeForm
				}
				return f.GetStage()
			})
		}
		if x := m["missing"]; x != nil {
			look(x, "missing", "["+strings.Join(sorted(s.texts(x)), ", ")+"]", func(f *reportingv1.Form) string {
				return "[" + strings.Join(sorted(f.GetMissing()), ", ") + "]"
			})
		}
	}
	return out
}

// paperWord returns what is found of a paper, or that there is none.
func paperWord(f *reportingv1.Form, found string) string {
	if f == nil {
		return nothing
	}
	return found
}

// paper returns the newest paper of a form, or nil where nothing has begun one.
func (v *view) paper(ctx context.Context, key string) (*reportingv1.Form, error) {
	resp, err := v.api.reporting.GetForm(ctx, &reportingv1.GetFormRequest{ComplaintId: v.complaint, Form: key}, v.viewer())
	if status.Code(err) == codes.FailedPrecondition {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("get form: %w", err)
	}
	return resp.GetForm(), nil
}
