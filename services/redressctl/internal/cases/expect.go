package cases

import (
	"context"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// check is one expectation: what is looked at, what must be found there, in the author's words, and how to look.
type check struct {
	line       int
	what, want string
	look       func(ctx context.Context, v *view) (found string, ok bool, err error)
}

// equal is a check that what is found is what is written.
func equal(n *yaml.Node, what, want string, find func(ctx context.Context, v *view) (string, error)) check {
	return check{n.Line, what, want, func(ctx context.Context, v *view) (string, bool, error) {
		found, err := find(ctx, v)
		return found, found == want, err
	}}
}

// nothing is how an author writes that there is none.
const nothing = "none"

func (s *storyteller) expect(n *yaml.Node) []check {
	m := s.mapping(n, "expect", "state", "round", "number", "values", "work", "persons", "milestones", "not_milestones",
		"clocks", "visits", "actions", "charges", "notices", "evidence", "forms", "metrics", "groups", "score", "report")
	var out []check
	if x := m["state"]; x != nil && s.oneOf(x, "state", []string{"open", "closed", "withdrawn"}) {
		out = append(out, equal(x, "state", x.Value, func(ctx context.Context, v *view) (string, error) { return v.state(ctx) }))
	}
	if x := m["round"]; x != nil {
		out = append(out, equal(x, "round", s.text(x), func(ctx context.Context, v *view) (string, error) { return v.round(ctx) }))
	}
	if x := m["number"]; x != nil {
		out = append(out, equal(x, "number", s.text(x), func(ctx context.Context, v *view) (string, error) { return v.number(ctx) }))
	}
	if x := m["work"]; x != nil {
		out = append(out, s.work(x))
	}
	if x := m["values"]; x != nil {
		for key, value := range s.entries(x, "value", s.words.values) {
			out = append(out, valueCheck(value, key.Value, s.text(value)))
		}
	}
	if x := m["persons"]; x != nil {
		for key, value := range s.entries(x, "step with work", s.words.work) {
			want := strings.Join(s.texts(value), ", ")
			out = append(out, equal(value, "person of "+key.Value, want, func(ctx context.Context, v *view) (string, error) { return v.persons(ctx, key.Value) }))
		}
	}
	out = append(out, s.milestones(m["milestones"], true)...)
	out = append(out, s.milestones(m["not_milestones"], false)...)
	out = append(out, s.clocks(m["clocks"])...)
	out = append(out, s.visits(m["visits"])...)
	out = append(out, s.actions(m["actions"])...)
	out = append(out, s.charges(m["charges"])...)
	out = append(out, s.notices(m["notices"])...)
	out = append(out, s.evidence(m["evidence"])...)
	out = append(out, s.papers(m["forms"])...)
	out = append(out, s.metrics(m["metrics"])...)
	out = append(out, s.groups(m["groups"])...)
	out = append(out, s.scores(m["score"])...)
	return append(out, s.reports(m["report"])...)
}

// valueCheck checks what a rule worked out. A flag that does not hold may be unset.
func valueCheck(n *yaml.Node, target, want string) check {
	return check{n.Line, "values." + target, want, func(ctx context.Context, v *view) (string, bool, error) {
		found, err := v.value(ctx, target)
		return found, found == want || want == "false" && found == "", err
	}}
}

// work checks all open work: the posts by step.
func (s *storyteller) work(n *yaml.Node) check {
	var want []string
	for key, value := range s.entries(n, "step with work", s.words.work) {
		for _, post := range s.items(value) {
			if s.oneOf(post, "post", s.words.posts) {
				want = append(want, key.Value+": "+post.Value)
			}
		}
	}
	return equal(n, "open work", workWords(want), func(ctx context.Context, v *view) (string, error) { return v.openWork(ctx) })
}

// workWords writes open work in one order: "{follow_up: sales_project, handle: sales_dealer}".
func workWords(work []string) string {
	slices.Sort(work)
	return "{" + strings.Join(work, ", ") + "}"
}

func (s *storyteller) milestones(n *yaml.Node, reached bool) []check {
	var out []check
	for _, x := range s.items(n) {
		if !s.oneOf(x, "milestone", s.words.milestones) {
			continue
		}
		want := "reached"
		if !reached {
			want = "not reached"
		}
		out = append(out, equal(x, "milestone "+x.Value, want, func(ctx context.Context, v *view) (string, error) { return v.milestone(ctx, x.Value) }))
	}
	return out
}

// notices checks which posts have been told, by what it is about.
func (s *storyteller) notices(n *yaml.Node) []check {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode && n.Value == nothing {
		return []check{equal(n, "notices", nothing, func(ctx context.Context, v *view) (string, error) { return v.allNotices(ctx) })}
	}
	var out []check
	for key, value := range s.entries(n, "step or clock/<key>/warned, breached, escalated/<level>", s.words.notices) {
		var posts []string
		for _, x := range s.items(value) {
			if x.Value == nothing || s.oneOf(x, "post", s.words.posts) {
				posts = append(posts, x.Value)
			}
		}
		want := strings.Join(sorted(posts), ", ")
		out = append(out, equal(value, "told about "+key.Value, want, func(ctx context.Context, v *view) (string, error) { return v.told(ctx, key.Value) }))
	}
	return out
}
