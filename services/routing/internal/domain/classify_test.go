package domain_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"redress.dev/pkg/procedure"

	"redress.dev/services/routing/internal/domain"
)

// graded is a procedure whose grade is known at registration only in part: compensation comes up later (S4-19), and so does who else
// complains of the same (S4-17).
const graded = `
code: test
edition: "1"
name: {en: Test}
numbering: {prefix: T, zone: Asia/Shanghai}
fields: [{key: urgent, kind: FIELD_KIND_FLAG}]
counts: [{key: people, link: LINK_KIND_SAME_MATTER, of: COUNT_OF_COMPLAINANTS}]
rules:
  - target: handler
    cases: [{when: answers.look.compensation || counts.people >= 3, value: boss}, {value: desk}]
posts: [{key: desk}, {key: boss}]
closing: {on: [{work_completed: pay}]}
flows:
  - key: main
    steps:
      - {key: look, task: {assignee: {expression: values.handler}, form: [{key: compensation, kind: FIELD_KIND_FLAG}], next: [{step: pay}]}}
      - {key: pay, task: {assignee: {expression: values.handler}}}
`

func TestWorkMakesOtherValues(t *testing.T) {
	t.Parallel()
	s, begun := begin(t, compile(t, graded), nil)
	same(t, "registration", begun, "classified desk", "opened look@desk")
	same(t, "what costs money", s.complete("look", "", map[string]procedure.Value{"compensation": procedure.Flag(true)}),
		"completed look@desk", "classified boss", "opened pay@boss")
	s, _ = begin(t, compile(t, graded), nil)
	same(t, "what costs none", s.complete("look", "", nil), "completed look@desk", "opened pay@desk")
}

func TestAmendmentsMakeOtherValues(t *testing.T) {
	t.Parallel()
	s, _ := begin(t, compile(t, strings.Replace(graded, "answers.look.compensation", "fields.urgent", 1)), nil)
	amend := func(fields map[string]procedure.Value) []string {
		t.Helper()
		c, evs, err := domain.Amend(s.setting, s.c, "letter", fields, received.Add(time.Hour))
		return s.took(c, evs, err)
	}
	same(t, "what the rules do not see", amend(nil))
	if s.c.Facts.Channel != "letter" {
		t.Errorf("the channel is %q", s.c.Facts.Channel)
	}
	same(t, "an urgent one", amend(map[string]procedure.Value{"urgent": procedure.Flag(true)}), "classified boss")
	same(t, "later work", s.complete("look", "", nil), "completed look@desk", "opened pay@boss")
}

func TestVisitsMakeOtherValues(t *testing.T) {
	t.Parallel()
	source := strings.Replace(graded, "answers.look.compensation ||", "answers.call.angry ||", 1) + `
visits:
  - {key: call, after: {work_completed: look}, assignee: {post: desk}, form: [{key: angry, kind: FIELD_KIND_FLAG}], satisfied: VISIT_CONSEQUENCE_CLOSE}
`
	s, _ := begin(t, compile(t, source), nil)
	visited := func(fields map[string]procedure.Value) []string {
		t.Helper()
		c, evs, err := domain.Visited(s.setting, s.c, "call", fields, received.Add(time.Hour))
		return s.took(c, evs, err)
	}
	version := s.c.Version
	same(t, "a visit without facts", visited(nil))
	if s.c.Version != version {
		t.Errorf("a visit that recorded nothing moved the case from version %d to %d", version, s.c.Version)
	}
	same(t, "an angry customer", visited(map[string]procedure.Value{"angry": procedure.Flag(true)}), "classified boss")
	same(t, "work after it", s.complete("look", "", nil), "completed look@desk", "opened pay@boss")
}

func TestLinksMakeOtherValues(t *testing.T) {
	t.Parallel()
	s, _ := begin(t, compile(t, graded), nil)
	link := func(people ...string) []string {
		t.Helper()
		var linked []procedure.Linked
		for i, p := range people {
			id := s.c.ComplaintID
			if i > 0 {
				id = p
			}
			linked = append(linked, procedure.Linked{ComplaintID: id, Complainant: p, ReceiveTime: received})
		}
		c, evs, err := domain.Link(s.setting, s.c, procedure.SameMatter, linked, received.Add(time.Hour))
		return s.took(c, evs, err)
	}
	same(t, "two people", link("li", "wang"))
	same(t, "the same two again", link("li", "wang", "li"))
	same(t, "a third", link("li", "wang", "zhao"), "classified boss")
	same(t, "a mistake undone", link(), "classified desk")
	if diff := cmp.Diff(0, len(s.c.Facts.Links)); diff != "" {
		t.Errorf("links that are none (-want +got):\n%s", diff)
	}
}
