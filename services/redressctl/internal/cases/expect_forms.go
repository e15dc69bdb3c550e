package cases

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	intakev1 "redress.dev/proto/gen/redress/intake/v1"
	procedurev1 "redress.dev/proto/gen/redress/procedure/v1"
	reportingv1 "redress.dev/proto/gen/redress/reporting/v1"

	"redress.dev/pkg/procedure"
)

// completeForm is how an author writes that a form has no stage left.
const completeForm = "complete"

// papers checks the newest paper of each named form: {slip: {number: HF-202603-000001/CL-1, stage: fill_in, missing: [values.grade],
// items: {fields.name: 李*}}}, or none where nothing has begun one.
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
		m := s.mapping(value, "a form", "number", "stage", "missing", "items")
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
		if x := m["items"]; x != nil {
			out = append(out, s.boxes(x, form)...)
		}
		if x := m["missing"]; x != nil {
			look(x, "missing", "["+strings.Join(sorted(s.texts(x)), ", ")+"]", func(f *reportingv1.Form) string {
				return "[" + strings.Join(sorted(f.GetMissing()), ", ") + "]"
			})
		}
	}
	return out
}

// boxes checks what stands in the boxes of a paper, by ref: as it is printed, in either language, or none where a box is empty. Personal
// facts are those that intake shows, masked.
func (s *storyteller) boxes(n *yaml.Node, form *procedure.Form) []check {
	items := map[string]procedure.FormItem{}
	var refs []string
	for _, stage := range form.Stages {
		for _, item := range stage.Items {
			items[item.Ref] = item
			refs = append(refs, item.Ref)
		}
	}
	var out []check
	for key, value := range s.entries(n, "box of the form "+form.Key, refs) {
		item, want := items[key.Value], s.text(value)
		what := "form " + form.Key + ", " + item.Ref
		if item.Field.Kind.Personal() {
			find, masked := masks[item.Key]
			if !masked {
				s.find(key, "%s is left out of answers, so that a case cannot look at it; it can at fields.%s", item.Ref, strings.Join(slices.Sorted(maps.Keys(masks)), ", fields."))
				continue
			}
			out = append(out, equal(value, what, want, func(ctx context.Context, v *view) (string, error) {
				c, err := v.intake(ctx)
				return cmp.Or(find(c), nothing), err
			}))
			continue
		}
		out = append(out, check{value.Line, what, want, func(ctx context.Context, v *view) (string, bool, error) {
			f, err := v.paper(ctx, form.Key)
			box := boxOf(f, item.Ref)
			printed := cmp.Or(box.GetZh(), box.GetEn(), nothing)
			return paperWord(f, printed), f != nil && slices.Contains([]string{printed, box.GetEn()}, want), err
		}})
	}
	return out
}

// masks are the personal facts that intake's answers show, masked, by the keys of fields.
var masks = map[string]func(*intakev1.Complaint) string{
	"name":    func(c *intakev1.Complaint) string { return c.GetComplainant().GetName() },
	"phone":   func(c *intakev1.Complaint) string { return c.GetComplainant().GetPhone() },
	"email":   func(c *intakev1.Complaint) string { return c.GetComplainant().GetEmail() },
	"content": (*intakev1.Complaint).GetContent,
	"contact": func(c *intakev1.Complaint) string {
		return cmp.Or(c.GetComplainant().GetPhone(), c.GetComplainant().GetEmail())
	},
}

// boxOf returns what stands in a box of a paper.
func boxOf(f *reportingv1.Form, ref string) *procedurev1.Label {
	for _, stage := range f.GetStages() {
		for _, item := range stage.GetItems() {
			if item.GetRef() == ref {
				return item.GetValue()
			}
		}
	}
	return nil
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
