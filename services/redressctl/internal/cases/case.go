package cases

import (
	"context"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"

	"redress.dev/pkg/procedure"
)

// firstComplaint is what the complaint of an entry is called that names none.
const firstComplaint = "a"

// Case is one test.
type Case struct {
	ID string
	// Name for people.
	Name procedure.Label
	// Clauses are the requirements that it shows.
	Clauses []string
	// Line of the file where it begins.
	Line int

	pack  *Pack
	story []*entry
}

// entry is one moment of a story: an act or none, and what must be found after it.
type entry struct {
	line      int
	at        time.Time
	complaint string
	action    string // key of the action of the complaint that the entry is about; "" for the complaint itself
	name      string // of the act, for messages: "complete handle"
	act       act    // nil: only looks
	refused   *refusal
	expect    []check
	looks     bool // it expects something, right or wrong
}

// act is something that somebody does. It fails with the refusal of a service, or because it cannot be done at all.
type act interface {
	do(ctx context.Context, p *play, complaint string) error
}

// refusal is how an act must be refused.
type refusal struct{ reason, field string }

// acts are the keys of an entry that do something.
var acts = []string{
	"register", "complete", "open_action", "cancel_action", "contact", "attach", "visit", "withdraw", "agree", "link", "duty", "duty_change", "duty_decision", "absence", "deputy", "score",
}

func (p *Pack) readCase(r *reader, n *yaml.Node) *Case {
	c := &Case{Line: n.Line, pack: p}
	m := r.mapping(n, "a case", "id", "name", "clauses", "story")
	if c.ID = r.text(m["id"]); c.ID == "" && m != nil {
		r.find(n, "the case has no id; name it, for example T-S1-01 or reply-on-saturday")
	}
	if name := m["name"]; name != nil && name.Kind == yaml.ScalarNode {
		c.Name = procedure.Label{En: name.Value}
	} else if name != nil {
		label := r.mapping(name, "a name", "zh", "en")
		c.Name = procedure.Label{Zh: r.text(label["zh"]), En: r.text(label["en"])}
	}
	c.Clauses = r.texts(m["clauses"])
	s := storyteller{Pack: p, reader: r, registered: map[string]bool{}, alone: map[string]bool{}}
	for _, item := range r.items(m["story"]) {
		c.story = append(c.story, s.entry(item))
	}
	if m != nil && !slices.ContainsFunc(c.story, func(e *entry) bool { return e.refused != nil || e.looks }) {
		r.find(n, "the case expects nothing, so that it cannot fail; add expect: or refused: to its story")
	}
	return c
}

// storyteller reads the story of one case.
type storyteller struct {
	*Pack
	*reader
	now        time.Time
	registered map[string]bool
	alone      map[string]bool // actions opened without a complaint
}

func (s *storyteller) entry(n *yaml.Node) *entry {
	e := &entry{line: n.Line, complaint: firstComplaint}
	m := s.mapping(n, "an entry", append([]string{"at", "complaint", "action", "expect", "refused"}, acts...)...)
	if m == nil {
		return e
	}
	if m["complaint"] != nil {
		e.complaint = s.text(m["complaint"])
	}
	if m["action"] != nil {
		e.action = s.choice(m["action"], "action", s.words.actions)
	}
	s.when(n, m["at"], e)
	if m["refused"] != nil {
		e.refused = s.refusal(m["refused"])
	}
	for key, value := range pairs(n) {
		if !slices.Contains(acts, key.Value) {
			continue
		}
		if e.act != nil {
			s.find(key, "an entry has one act; %s is a second: make it an entry of its own", key.Value)
			continue
		}
		e.name = key.Value
		e.act = s.act(key.Value, value, e)
	}
	if m["expect"] != nil {
		e.expect = s.expect(m["expect"])
		if e.looks = len(m["expect"].Content) > 0; !e.looks {
			s.find(m["expect"], "nothing is expected; say what must be found, for example {state: open}")
		}
	}
	switch {
	case e.act == nil && m["expect"] == nil:
		s.find(n, "the entry does nothing and looks at nothing; give it one of %s, or expect", list(acts))
	case e.act == nil && e.refused != nil:
		s.find(m["refused"], "there is no act that could be refused")
	}
	if a, ok := e.act.(openAction); ok && a.alone && e.refused == nil {
		s.alone[a.action] = true
	}
	s.known(n, m, e)
	return e
}

// when reads the time of an entry; without one it is that of the entry before.
func (s *storyteller) when(n, at *yaml.Node, e *entry) {
	if at != nil {
		e.at = s.moment(at)
		if !e.at.IsZero() && e.at.Before(s.now) {
			s.find(at, "%s is before the entry above it (%s); a story is told in the order of time", at.Value, written(s.now, s.zone()))
		}
	} else if s.now.IsZero() {
		s.find(n, "the first entry says when it is; add at: 2026-03-06 09:30")
	}
	if e.at.IsZero() {
		e.at = s.now
	}
	s.now = e.at
}

func (s *storyteller) zone() *time.Location { return s.reader.zone }

// known finds an entry about a complaint that is not registered yet.
func (s *storyteller) known(n *yaml.Node, m map[string]*yaml.Node, e *entry) {
	switch {
	case e.name == "register" && s.registered[e.complaint]:
		s.find(n, "complaint %s is registered already; name another with complaint:", e.complaint)
	case e.name == "register" && e.refused == nil:
		s.registered[e.complaint] = true
	case e.name == "register":
		if m["expect"] != nil && !onlyMetrics(m["expect"]) {
			s.find(m["expect"], "there is no complaint to look at: its registration is refused")
		}
	case aboutPosts(e.act) && (m["expect"] == nil || onlyMetrics(m["expect"])):
	case e.act == nil && onlyMetrics(m["expect"]):
	case s.withoutComplaint(m["expect"], e):
	case !s.registered[e.complaint]:
		s.find(n, "complaint %s is not registered before this entry", e.complaint)
	}
}

// aboutPosts reports whether an act is about no complaint.
func aboutPosts(a act) bool {
	switch a.(type) {
	case absence, deputy, scoreEntry:
		return true
	}
	return aboutDuties(a)
}

// withoutComplaint reports whether an entry is about actions alone that were opened without a complaint.
func (s *storyteller) withoutComplaint(expect *yaml.Node, e *entry) bool {
	switch a := e.act.(type) {
	case openAction:
		if !a.alone {
			return false
		}
	case cancelAction:
		if !s.alone[a.action] {
			return false
		}
	case complete:
		if !s.alone[e.action] {
			return false
		}
	case nil:
	default:
		return false
	}
	if expect == nil {
		return true
	}
	for part, value := range pairs(expect) {
		if slices.Contains(figures, part.Value) {
			continue
		}
		if part.Value != "actions" || value.Kind != yaml.MappingNode {
			return false
		}
		for name := range pairs(value) {
			if !s.alone[name.Value] {
				return false
			}
		}
	}
	return true
}

// figures are expectations about no complaint.
var figures = []string{"metrics", "groups", "score", "report"}

// onlyMetrics reports whether an expectation looks at no complaint.
func onlyMetrics(n *yaml.Node) bool {
	if n == nil || n.Kind != yaml.MappingNode {
		return false
	}
	for key := range pairs(n) {
		if !slices.Contains(figures, key.Value) {
			return false
		}
	}
	return true
}

func (s *storyteller) refusal(n *yaml.Node) *refusal {
	m := s.mapping(n, "refused", "reason", "field")
	out := &refusal{s.text(m["reason"]), s.text(m["field"])}
	if out.reason == "" && m != nil {
		s.find(n, "say why it is refused: {reason: FIELD_REQUIRED, field: fields.phone}; the reasons stand in the services' errors.proto")
	}
	return out
}
