package domain_test

import (
	"testing"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

func TestAJoinWaitsForTheBranchesThatWereTaken(t *testing.T) {
	p := packOf(t, `
- key: split
  check: {next: [{step: short}, {step: long}, {when: fields.urgent, step: third}]}
- {key: short, task: {assignee: {post: desk}, next: [{step: meet}]}}
- {key: long, task: {assignee: {post: desk}, next: [{step: longer}]}}
- {key: longer, task: {assignee: {post: desk}, next: [{step: meet}]}}
- {key: third, question: {assignee: {post: quick}, answers: [{code: on, next: [meet]}, {code: off}]}}
- {key: meet, join: true, task: {assignee: {post: boss}}}
`)
	urgent := map[string]procedure.Value{"urgent": procedure.Flag(true)}
	type act struct{ work, outcome string }
	tests := []struct {
		name   string
		fields map[string]procedure.Value
		acts   []act
		open   []string
	}{
		{"the other has not come as far as a step before it", nil, []act{{"short", ""}}, []string{"long@desk"}},
		{"the other is just before it", nil, []act{{"short", ""}, {"long", ""}}, []string{"longer@desk"}},
		{"both have come", nil, []act{{"short", ""}, {"long", ""}, {"longer", ""}}, []string{"meet@boss"}},
		{"in the other order", nil, []act{{"long", ""}, {"longer", ""}, {"short", ""}}, []string{"meet@boss"}},
		{"a third that was taken is waited for", urgent, []act{{"short", ""}, {"long", ""}, {"longer", ""}}, []string{"third@quick"}},
		{"a third that comes", urgent, []act{{"short", ""}, {"long", ""}, {"longer", ""}, {"third", "on"}}, []string{"meet@boss"}},
		{"a third that ends elsewhere", urgent, []act{{"short", ""}, {"long", ""}, {"longer", ""}, {"third", "off"}}, []string{"meet@boss"}},
		{"it is done once", urgent, []act{{"third", "on"}, {"short", ""}, {"long", ""}, {"longer", ""}, {"meet", ""}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, _ := begin(t, p, tt.fields)
			for _, a := range tt.acts {
				s.complete(a.work, a.outcome, nil)
			}
			same(t, "open work", s.open(), tt.open...)
			want := domain.StateOpen
			if tt.open == nil {
				want = domain.StateDone
			}
			s.is(want)
		})
	}
}

// A join that is alone opens at once, and one that leads back to itself opens again.
func TestAJoinInALoop(t *testing.T) {
	s, _ := begin(t, packOf(t, `
- {key: work, join: true, task: {assignee: {post: desk}, next: [{step: check}]}}
- {key: check, question: {assignee: {post: boss}, answers: [{code: good}, {code: bad, next: [work]}]}}
`), nil)
	same(t, "the first step", s.open(), "work@desk")
	s.complete("work", "", nil)
	s.complete("check", "bad", nil)
	same(t, "the loop", s.open(), "work@desk")
}

// Joins that can each lead to the other would wait for ever if they waited for each other.
func TestJoinsDoNotBlockEachOther(t *testing.T) {
	s, _ := begin(t, packOf(t, `
- {key: split, check: {next: [{step: a}, {step: b}, {step: apart}]}}
- {key: apart, task: {assignee: {post: audit}}}
- {key: a, task: {assignee: {post: desk}, next: [{step: left}]}}
- {key: b, task: {assignee: {post: desk}, next: [{step: right}]}}
- {key: left, join: true, question: {assignee: {post: boss}, answers: [{code: end}, {code: over, next: [right]}]}}
- {key: right, join: true, question: {assignee: {post: quick}, answers: [{code: end}, {code: over, next: [left]}]}}
`), nil)
	s.complete("a", "", nil)
	same(t, "left waits for b", s.open(), "b@desk", "apart@audit")
	s.complete("b", "", nil)
	same(t, "left opens first, right waits for it", s.open(), "apart@audit", "left@boss")
	s.complete("left", "over", nil)
	same(t, "right opens once for both", s.open(), "apart@audit", "right@quick")
	s.complete("right", "end", nil)
	s.complete("apart", "", nil)
	s.is(domain.StateDone)
}

// A join that waits for another gives way to it.
func TestJoinsOpenInTheOrderOfTheFlow(t *testing.T) {
	_, first := begin(t, packOf(t, `
- {key: split, check: {next: [{step: last}, {step: inner}]}}
- {key: last, join: true, notice: {recipients: [{post: boss}]}}
- {key: inner, join: true, notice: {recipients: [{post: audit}], next: [{step: last}]}}
`), nil)
	same(t, "opening", first, "classified desk", "told audit of inner", "told boss of last")
}
